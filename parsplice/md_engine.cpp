// Blocks of Langevin dynamics, quenches and labels.
#include "parsplice/md_engine.hpp"

#include <cmath>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "md/build/system.hpp"
#include "md/deck.hpp"
#include "md/groups.hpp"
#include "md/minimisers/conjugate_gradient.hpp"
#include "md/minimisers/fire.hpp"
#include "md/simulation.hpp"
#include "md/snapshot.hpp"
#include "md/velocities.hpp"

namespace splicemd::parsplice {

namespace {

constexpr std::int64_t kMostUnlabelled = 100;  // blocks in a row

// The other method, with the same tolerances and four times the steps.
std::unique_ptr<md::Minimiser> other_minimiser(const md::Minimiser& first) {
  md::MinimiserSettings settings = first.settings();
  settings.max_steps *= 4;
  settings.max_evaluations *= 4;
  if (first.name() == "cg") return std::make_unique<md::Fire>(settings);
  return std::make_unique<md::ConjugateGradient>(settings);
}

}  // namespace

MdEngine::Body::Body(const ConfigNode& deck, const AtomicConfiguration& configuration,
                     const Communicator& comm)
    : system(comm) {
  load(configuration.to_md(), configuration.group);
  md::NeighbourSettings neighbour;
  if (const auto node = deck.find("neighbour")) neighbour = md::read_neighbour(*node);
  comm.on_every_rank([&] {
    forces = std::make_unique<md::Forces>(
        system, md::make_potentials(deck.at("potentials"), system.species), neighbour, timers);
  });
}

void MdEngine::Body::load(const md::Configuration& configuration,
                          const std::vector<unsigned>& groups) {
  system.distribute(configuration, groups);
  system.step = 0;
  system.time = 0.0;
}

void MdEngine::Body::gather(std::vector<Vector3>& x, std::vector<Vector3>* v) const {
  const md::Frame frame = md::gather_frame(md::take_frame(system, {}), system.comm);
  x.resize(frame.size());
  for (std::size_t i = 0; i < frame.size(); ++i) {
    double shift[3];
    system.box.lattice_vector(frame.image[i][0], frame.image[i][1], frame.image[i][2], shift);
    for (std::size_t k = 0; k < 3; ++k) x[i][k] = frame.x[i][k] + shift[k];
  }
  if (v != nullptr) *v = frame.v;
}

MdEngine::MdEngine(const ConfigNode& deck, double block, const Communicator& comm)
    : comm_(comm), block_(block) {
  read_system(deck);
  read_dynamics(deck);
  moving_ = std::make_unique<Body>(deck, placed_, comm);
  resting_ = std::make_unique<Body>(deck, placed_, comm);
  minimiser_ = md::make_minimiser(deck.at("quench"));
  other_minimiser_ = other_minimiser(*minimiser_);
  read_states(deck.at("states"));
}

void MdEngine::read_system(const ConfigNode& deck) {
  md::Configuration configuration;
  comm_.on_root([&] {
    configuration = md::system_from_deck(deck.at("system"));
    std::vector<md::Group> groups;
    if (const auto node = deck.find("groups")) groups = md::read_groups(*node);
    placed_.group = md::assign_groups(groups, configuration);
  });
  placed_.box = configuration.box;
  placed_.species = configuration.species;
  for (const md::AtomRecord& atom : configuration.atoms) {
    placed_.type.push_back(atom.type);
    placed_.minimum.push_back({atom.x[0], atom.x[1], atom.x[2]});
  }
}

void MdEngine::read_dynamics(const ConfigNode& deck) {
  const ConfigNode dynamics = deck.at("dynamics");
  temperature_ = dynamics.at("temperature").number(Dimension::temperature, 0.0, 1e6);
  friction_ = dynamics.number("friction", Dimension::rate, 1.0, 1e-6, 1e6);
  timestep_ = dynamics.number("timestep", Dimension::time, 0.002, 1e-9, 0.1);
  const double steps = block_ / timestep_;
  steps_ = std::llround(steps);
  if (steps_ < 1 || std::abs(steps - static_cast<double>(steps_)) > 1e-6 * steps) {
    dynamics.fail("a block of {:g} ps is not a whole number of timesteps of {:g} ps", block_,
                  timestep_);
  }
}

void MdEngine::read_states(const ConfigNode& states) {
  const auto labels = states.find("labels");
  canonical_ = !labels || labels->choice({"canonical", "identity"}) == "canonical";
  bonds_ = BondRule::read(states.at("bonds"), symbols());
  const auto distance = states.find("displacement");
  if (!distance) return;
  displacement_.distance = distance->number(Dimension::length, 0.05, 100.0);
  displacement_.canonical = canonical_;
  if (canonical_) {
    displacement_.energy_resolution =
        states.number("energy_resolution", Dimension::energy, 0.01, 1e-6, 100.0);
  }
  criterion_.emplace(displacement_);
}

std::vector<std::string> MdEngine::symbols() const {
  std::vector<std::string> result;
  for (const md::Species& s : resting_->system.species) result.push_back(s.symbol);
  return result;
}

std::string MdEngine::describe() const {
  const auto& forces = *moving_->forces;
  std::string text =
      fmt::format("Engine: molecular dynamics of {} atoms", moving_->system.n_global);
  for (const auto& potential : forces.potentials()) text += ", " + potential->name();
  text += fmt::format(
      "\nDynamics: Langevin, {:g} K, friction {:g} /ps, timestep {:g} fs; blocks of {:g} ps\n",
      temperature_, friction_, 1000.0 * timestep_, block_);
  text += fmt::format("Quench: {}, force tolerance {:g} eV/Å\n", minimiser_->name(),
                      minimiser_->settings().force_tolerance);
  text += fmt::format("States: {} labels, bonds {}", canonical_ ? "canonical" : "identity",
                      bonds_.describe(symbols()));
  if (criterion_) {
    text += fmt::format(", displacements up to {:g} Å", displacement_.distance);
    if (canonical_) text += fmt::format(", energies to {:g} eV", displacement_.energy_resolution);
  }
  return text;
}

StateRecord MdEngine::initial_state() {
  resting_->load(placed_.to_md(), placed_.group);
  require(minimise(), "quench: the initial system does not relax: {}, nor with {}: {}",
          minimiser_->reason(), other_minimiser_->name(), other_minimiser_->reason());
  if (bonds_.needs_rdf()) bonds_.from_rdf(resting_->system, *resting_->forces);
  const double reach = resting_->forces->cutoff() + resting_->forces->settings().skin;
  require(bonds_.largest() <= resting_->forces->cutoff(),
          "a bond cutoff of {:g} Å is beyond the reach of the potential's neighbour lists, {:g} Å",
          bonds_.largest(), reach);
  resting_->gather(placed_.minimum, nullptr);
  minimum_ = placed_.minimum;
  label_minimum(true);
  return state();
}

void MdEngine::place(ByteView configuration, Placement placement, std::uint64_t seed) {
  comm_.on_root([&] {
    AtomicConfiguration next = AtomicConfiguration::decode(configuration);
    ensure(next.size() == placed_.size(), "a stored configuration has {} atoms, the deck {}",
           next.size(), placed_.size());
    placed_ = std::move(next);
  });
  moving_->load(placed_.to_md(), placed_.group);
  moving_->forces->rebuild();
  moving_->forces->compute(false, false);
  if (placement == Placement::fresh) {
    md::VelocitySpec velocities;
    velocities.temperature = temperature_;
    velocities.seed = seed;
    velocities.zero_momentum = velocities.rescale = false;
    md::create_velocities(moving_->system, velocities);
  }
  md::LangevinSettings settings;
  settings.temperature = {temperature_, temperature_};
  settings.friction = friction_;
  settings.seed = seed;
  settings.timestep = timestep_;
  langevin_ = std::make_unique<md::Langevin>(settings);
  langevin_->begin(moving_->system, *moving_->forces);
  minimum_known_ = true;
  labelled_ = false;
  seen_ = {};
}

void MdEngine::advance() {
  const double began = steady_seconds();
  md::System& system = moving_->system;
  md::Forces& forces = *moving_->forces;
  for (std::int64_t k = 0; k < steps_; ++k) {
    look();
    langevin_->first_half(system);
    ExecSpace().fence();
    ++system.step;
    forces.rebuild_if_needed();
    forces.compute(false, false);
    langevin_->second_half(system, forces);
    ExecSpace().fence();
  }
  minimum_known_ = labelled_ = false;
  dynamics_seconds_ += steady_seconds() - began;
}

bool MdEngine::minimise() {
  resting_->forces->rebuild();
  resting_->forces->compute(true, false);
  for (md::Minimiser* each : {minimiser_.get(), other_minimiser_.get()}) {
    each->begin(resting_->system, *resting_->forces);
    while (each->step(resting_->system, *resting_->forces)) look();
    if (each->converged()) return true;
  }
  return false;
}

Observation MdEngine::unlabelled() {
  ++unlabelled_;
  ++unlabelled_in_a_row_;
  const bool lost = seen_.identity == Key{} || unlabelled_in_a_row_ > kMostUnlabelled;
  ensure(!lost,
         "quench: {} blocks in a row could not be labelled: {}; raise max_steps or force_tolerance",
         unlabelled_in_a_row_, other_minimiser_->reason());
  std::int64_t round = 1;  // 1, 10, 100, …: every one would be too many
  while (round < unlabelled_) round *= 10;
  if (comm_.is_root() && round == unlabelled_) {
    log::warning(
        "quench: neither {} nor {} converges; {} block(s) of this worker have no label of their "
        "own",
        minimiser_->name(), other_minimiser_->name(), unlabelled_);
  }
  seen_.labelled = false;
  labelled_ = true;
  return seen_;
}

Observation MdEngine::observe() {
  if (labelled_) return seen_;
  AtomicConfiguration rest;  // the moving atoms, or the minimum that came with the configuration
  rest.box = placed_.box;
  rest.species = placed_.species;
  rest.type = placed_.type;
  if (minimum_known_) {
    rest.minimum = placed_.minimum;
  } else {
    moving_->gather(rest.minimum, nullptr);
  }
  resting_->load(rest.to_md(), placed_.group);
  if (minimum_known_) {
    resting_->forces->rebuild();
    resting_->forces->compute(true, false);
    energy_ = resting_->forces->potential_energy();
    minimum_ = placed_.minimum;
  } else {
    if (!minimise()) return unlabelled();
    resting_->gather(minimum_, nullptr);
  }
  label_minimum(minimum_known_);
  return seen_;
}

void MdEngine::label_graph(const BondGraph& graph) {
  seen_.identity = identity_label(graph);
  if (canonical_) {
    const CanonicalForm& form = cache_.form(seen_.identity, graph);
    seen_.state = form.label;
    order_ = form.order;
  } else {
    seen_.state = seen_.identity;
    order_ = identity_permutation(placed_.size());
  }
}

void MdEngine::label_minimum(bool placed) {
  BondGraph graph;
  graph.bonds = bonds_.bonds(resting_->system, *resting_->forces);
  energy_ = resting_->forces->potential_energy();
  comm_.on_root([&] {
    graph.colours.reserve(placed_.size());
    for (std::size_t k = 0; k < placed_.size(); ++k) {
      graph.colours.push_back(2 * static_cast<std::uint32_t>(placed_.type[k]) +
                              (placed_.group[k] & md::kFrozenBit));
    }
    graph.normalise();
    label_graph(graph);
    if (criterion_) {
      const MinimumSeen minimum{seen_, minimum_, energy_};
      seen_ = placed ? criterion_->begin(placed_, minimum) : criterion_->observe(placed_, minimum);
    }
  });
  comm_.broadcast(&seen_, 1, 0);
  seen_.labelled = labelled_ = true;
  unlabelled_in_a_row_ = 0;
}

StateRecord MdEngine::state() {
  AtomicConfiguration configuration = placed_;
  configuration.minimum = minimum_;
  configuration.x.clear();
  configuration.v.clear();
  if (criterion_ && comm_.is_root()) criterion_->mark(configuration);
  return {seen_.state, energy_, configuration.reordered(order_).encode()};
}

Bytes MdEngine::snapshot() {
  AtomicConfiguration configuration = placed_;
  moving_->gather(configuration.x, &configuration.v);
  configuration.minimum = minimum_;
  if (criterion_ && comm_.is_root()) criterion_->mark(configuration);
  return comm_.is_root() ? configuration.reordered(order_).encode() : Bytes{};
}

Bytes MdEngine::arrival() { return AtomicArrival{order_, placed_.minimum, minimum_}.encode(); }

}  // namespace splicemd::parsplice
