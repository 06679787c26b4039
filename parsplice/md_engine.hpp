// The engine of real atoms: Langevin dynamics of a deck's system, minimised after every block to see which
// state it is in.
//
// Two copies of the system live side by side, one moving and one being minimised, so that looking at the
// state does not disturb the dynamics.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "md/integrators/langevin.hpp"
#include "md/minimisers/minimiser.hpp"
#include "parsplice/bond_rule.hpp"
#include "parsplice/configuration.hpp"
#include "parsplice/displacement.hpp"
#include "parsplice/engine.hpp"

namespace splicemd::parsplice {

class MdEngine : public Engine {
 public:
  // Reads `system`, `potentials`, `groups`, `neighbour`, `dynamics`, `quench` and `states` of the deck.
  // `block` in ps. The communicator must outlive the engine. Collective; InputError on every rank.
  MdEngine(const ConfigNode& deck, double block, const Communicator& comm);

  double block() const override { return block_; }
  StateRecord initial_state() override;
  void place(ByteView configuration, Placement placement, std::uint64_t seed) override;
  void advance() override;
  Observation observe() override;
  StateRecord state() override;
  Bytes snapshot() override;
  Bytes arrival() override;
  double dynamics_seconds() const override { return dynamics_seconds_; }
  std::string describe() const override;

 private:
  // A system and what evaluates its forces.
  struct Body {
    Body(const ConfigNode& deck, const AtomicConfiguration& configuration,
         const Communicator& comm);
    void load(const md::Configuration& configuration, const std::vector<unsigned>& groups);
    // Unwrapped positions, and velocities if asked, in order of id on rank 0.
    void gather(std::vector<Vector3>& x, std::vector<Vector3>* v) const;

    md::System system;
    md::Timers timers;
    std::unique_ptr<md::Forces> forces;
  };
  void read_system(const ConfigNode& deck);
  void read_dynamics(const ConfigNode& deck);
  void read_states(const ConfigNode& states);
  // True if the resting system is at a minimum: by the deck's minimiser, or else by the other one, which goes on
  // from there with four times the steps.
  bool minimise();
  Observation unlabelled();
  // `placed`: it is the one that came with the configuration.
  void label_minimum(bool placed);
  void label_graph(const BondGraph& graph);
  std::vector<std::string> symbols() const;

  const Communicator& comm_;
  double block_;
  double temperature_ = 0.0, friction_ = 1.0, timestep_ = 0.002;
  std::int64_t steps_ = 0;  // per block
  bool canonical_ = true;
  BondRule bonds_;
  CanonicalCache cache_{10000};
  DisplacementSettings displacement_;
  std::optional<DisplacementCriterion> criterion_;  // used on rank 0

  AtomicConfiguration placed_;  // as placed last, in the numbering in force; on rank 0
  std::unique_ptr<Body> moving_, resting_;
  std::unique_ptr<md::Minimiser> minimiser_, other_minimiser_;
  std::int64_t unlabelled_ = 0, unlabelled_in_a_row_ = 0;  // blocks
  std::unique_ptr<md::Langevin> langevin_;
  bool minimum_known_ = false;  // placed_.minimum is that of where the system is
  bool labelled_ = false;       // the next three are of where the system is
  Observation seen_;
  Permutation order_;             // canonical order of what was seen
  std::vector<Vector3> minimum_;  // Å, unwrapped, numbering of placed_
  double energy_ = 0.0;           // eV
  double dynamics_seconds_ = 0.0;
};

}  // namespace splicemd::parsplice
