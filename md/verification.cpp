// Disguising, computing and comparing a reference case.
#include "md/verification.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "md/integrators/nve.hpp"
#include "md/measure.hpp"
#include "md/potentials/registry.hpp"
#include "md/snapshot.hpp"

namespace splicemd::md {

namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

// Rotation by `angle` about `axis` (Rodrigues); identity if the angle is 0.
Matrix rotation_matrix(const std::array<double, 3>& axis, double angle) {
  Matrix r{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  if (angle == 0.0) return r;
  const double norm = std::sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  const double u[3] = {axis[0] / norm, axis[1] / norm, axis[2] / norm};
  const double c = std::cos(angle), s = std::sin(angle);
  const double cross[3][3] = {{0, -u[2], u[1]}, {u[2], 0, -u[0]}, {-u[1], u[0], 0}};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j)
      r[i][j] = (i == j ? c : 0.0) + s * cross[i][j] + (1 - c) * u[i] * u[j];
  }
  return r;
}

std::array<double, 3> turned(const Matrix& r, const double v[3]) {
  std::array<double, 3> out{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) out[i] += r[i][j] * v[j];
  }
  return out;
}

Matrix transpose(const Matrix& r) {
  Matrix t{};
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) t[i][j] = r[j][i];
  }
  return t;
}

// Rᵀ·T·R of a symmetric tensor in the order xx yy zz xy xz yz.
Tensor turn_back(const Matrix& r, const Tensor& t) {
  const double full[3][3] = {{t[0], t[3], t[4]}, {t[3], t[1], t[5]}, {t[4], t[5], t[2]}};
  const int first[6] = {0, 1, 2, 0, 0, 1}, second[6] = {0, 1, 2, 1, 2, 2};
  Tensor out{};
  for (int c = 0; c < 6; ++c) {
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) out[c] += r[i][first[c]] * full[i][j] * r[j][second[c]];
    }
  }
  return out;
}

// The disguised configuration; atom k of the original gets id `new_id[k]`.
Configuration disguised(const Configuration& original, const Disguise& disguise, const Matrix& r,
                        std::vector<std::int64_t>& new_id) {
  Configuration out = original;
  std::array<std::array<double, 3>, 3> rows{};
  double corner[3];
  for (int k = 0; k < 3; ++k) {
    rows[k] = turned(r, original.box.h[k]);
    corner[k] = original.box.origin[k];
  }
  auto origin = turned(r, corner);
  for (int k = 0; k < 3; ++k) origin[k] += disguise.box_shift[k];
  out.box = Box::from_vectors(
      rows, origin, {original.box.periodic[0], original.box.periodic[1], original.box.periodic[2]});
  const auto n = original.atoms.size();
  new_id.resize(n);
  for (std::size_t k = 0; k < n; ++k) {
    AtomRecord& atom = out.atoms[k];
    double shifted[3];
    for (int c = 0; c < 3; ++c) shifted[c] = original.atoms[k].x[c] + disguise.shift[c];
    const auto x = turned(r, shifted);
    const auto v = turned(r, original.atoms[k].v);
    for (int c = 0; c < 3; ++c) {
      atom.x[c] = x[c] + disguise.box_shift[c];
      atom.v[c] = v[c];
    }
    // A stride coprime to n visits every id once.
    std::size_t stride = 7;
    while (std::gcd(stride, n) != 1) ++stride;
    if (disguise.permute) atom.id = static_cast<std::int64_t>((k * stride + n / 3) % n) + 1;
    new_id[k] = atom.id;
  }
  if (disguise.permute) {
    std::reverse(out.atoms.begin(), out.atoms.end());
  }
  return out;
}

// Rows sorted by id → the case's order, turned back into its orientation.
std::vector<Row3> undisguise(const std::vector<Row3>& rows, const std::vector<std::int64_t>& new_id,
                             const Matrix& back) {
  std::vector<Row3> out(new_id.size());
  for (std::size_t k = 0; k < new_id.size(); ++k) out[k] = turned(back, rows[new_id[k] - 1].data());
  return out;
}

double largest_component(const std::vector<Row3>& rows) {
  double largest = 0.0;
  for (const Row3& row : rows) {
    for (const double c : row) largest = std::max(largest, std::abs(c));
  }
  return largest;
}

double largest_difference(const std::vector<Row3>& a, const std::vector<Row3>& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (int k = 0; k < 3; ++k) largest = std::max(largest, std::abs(a[i][k] - b[i][k]));
  }
  return largest;
}

// The verification of one case: what its steps share.
class Verification {
 public:
  Verification(const ReferenceCase& reference, const VerificationOptions& options,
               const Communicator& comm)
      : reference_(reference),
        options_(options),
        comm_(comm),
        system_(comm),
        rotation_(
            rotation_matrix(options.disguise.rotation_axis, options.disguise.rotation_angle)) {
    Configuration original = read_reference_system(reference);
    set_reference_masses(reference, options.potential_directories, original.species);
    const Configuration configuration = disguised(original, options.disguise, rotation_, new_id_);
    system_.distribute(configuration, {}, options.grid);
    const std::string list = deck_potentials(reference, options.potential_directories);
    const ConfigNode terms = ConfigNode::parse(reference.name, "potentials:\n" + list);
    std::vector<std::unique_ptr<Potential>> potentials;
    int many_files = 0;
    for (const ConfigNode& term : terms.at("potentials").items()) {
      potentials.push_back(make_potential(term, system_.species));
    }
    terms.reject_unread();
    for (const std::string& line : reference.pair_coeff)
      many_files += line.ends_with(".eam") ? 1 : 0;
    tolerance_ = many_files > 1 ? kRegriddedTolerance : kForceTolerance;
    forces_ = std::make_unique<Forces>(system_, std::move(potentials), options.neighbour, timers_);
  }

  std::vector<Deviation> run() {
    forces_->rebuild();
    forces_->compute(true, true);
    compare_static();
    if (options_.nve && reference_.nve) compare_nve(*reference_.nve);
    share();
    return deviations_;
  }

 private:
  void add(const char* quantity, double difference, double scale, double tolerance) {
    deviations_.push_back({quantity, scale > 0.0 ? difference / scale : difference, tolerance});
  }

  void compare_static() {
    const Evaluation result = gather_evaluation(system_, *forces_);
    const Tensor pressure = turn_back(rotation_, result.virial_pressure);
    double forces = 0.0, energies = 0.0, pressures = 0.0, largest_pressure = 0.0,
           largest_energy = 0.0;
    if (comm_.is_root()) {
      forces = largest_difference(undisguise(result.forces, new_id_, transpose(rotation_)),
                                  reference_.forces);
      for (std::size_t k = 0; k < new_id_.size(); ++k) {
        energies = std::max(
            energies, std::abs(result.energies[new_id_[k] - 1] - reference_.atom_energies[k]));
        largest_energy = std::max(largest_energy, std::abs(reference_.atom_energies[k]));
      }
    }
    for (int k = 0; k < 6; ++k) {
      pressures = std::max(pressures, std::abs(pressure[k] - reference_.pressure[k]));
      largest_pressure = std::max(largest_pressure, std::abs(reference_.pressure[k]));
    }
    add("energy", std::abs(result.energy - reference_.energy), std::abs(reference_.energy),
        tolerance_);
    add("atom energies", energies, largest_energy, tolerance_);
    add("forces", forces, reference_.largest_force(), tolerance_);
    add("pressure", pressures, largest_pressure, std::max(kPressureTolerance, tolerance_));
  }

  void compare_nve(const ReferenceNve& nve) {
    Nve integrator(nve.timestep);
    double energy = 0.0, temperatures = 0.0, pressures = 0.0, largest_pressure = 0.0,
           largest_temperature = 0.0;
    std::size_t row = 0;
    for (std::int64_t step = 0; step <= nve.steps; ++step) {
      if (step > 0) {
        integrator.first_half(system_);
        system_.step = step;
        forces_->rebuild_if_needed();
      }
      const bool compare =
          row < nve.thermo.size() && static_cast<double>(step) == nve.thermo[row][0];
      if (step > 0) {
        forces_->compute(compare || step == nve.steps, compare);
        integrator.second_half(system_, *forces_);
      }
      if (!compare) continue;
      const std::vector<double>& expected = nve.thermo[row++];
      const Tensor flux = momentum_flux(system_);
      const double kinetic = 0.5 * trace(flux);
      const double potential = forces_->potential_energy();
      const double pressure =
          trace(pressure_tensor(flux, forces_->virial(), system_.box.volume())) / 3.0;
      const double temp = temperature(kinetic, degrees_of_freedom(system_, true));
      energy =
          std::max(energy, std::abs(potential + kinetic - expected[4]) / std::abs(expected[4]));
      energy = std::max(energy, std::abs(potential - expected[2]) / std::abs(expected[2]));
      temperatures = std::max(temperatures, std::abs(temp - expected[1]));
      pressures = std::max(pressures, std::abs(pressure - expected[5]));
      largest_temperature = std::max(largest_temperature, std::abs(expected[1]));
      largest_pressure = std::max(largest_pressure, std::abs(expected[5]));
    }
    require(row == nve.thermo.size(), "{}: the NVE thermo rows do not lie on its steps",
            reference_.name);
    add("nve energy", energy, 1.0, kNveEnergyTolerance);
    add("nve temperature", temperatures, largest_temperature, kNveEnergyTolerance);
    add("nve pressure", pressures, largest_pressure, kPressureTolerance);
    compare_final(nve);
  }

  void compare_final(const ReferenceNve& nve) {
    const Evaluation end = gather_evaluation(system_, *forces_);
    double positions = 0.0, velocities = 0.0;
    if (comm_.is_root()) {
      velocities = largest_difference(undisguise(end.v, new_id_, transpose(rotation_)),
                                      nve.final_velocities);
      for (std::size_t k = 0; k < new_id_.size(); ++k) {
        // Positions are compared up to lattice vectors: codes differ in when they wrap.
        const Row3 expected = turned(rotation_, nve.final_positions[k].data());
        const Row3 shift = turned(rotation_, options_.disguise.shift.data());
        double d[3], s[3];
        for (int c = 0; c < 3; ++c) {
          d[c] = end.x[new_id_[k] - 1][c] - expected[c] - shift[c] -
                 options_.disguise.box_shift[c] + system_.box.origin[c];
        }
        system_.box.to_fractional(d, s);
        for (int c = 0; c < 3; ++c) s[c] -= system_.box.periodic[c] ? std::round(s[c]) : 0.0;
        system_.box.to_cartesian(s, d);
        for (int c = 0; c < 3; ++c)
          positions = std::max(positions, std::abs(d[c] - system_.box.origin[c]));
      }
    }
    add("nve positions", positions, largest_component(nve.final_positions), kNvePositionTolerance);
    add("nve velocities", velocities, largest_component(nve.final_velocities),
        kNvePositionTolerance);
  }

  // Rank 0 holds the gathered arrays: its figures are everybody's. NaN counts as infinite.
  void share() {
    for (Deviation& deviation : deviations_) {
      if (!(deviation.largest >= 0.0)) deviation.largest = HUGE_VAL;
      deviation.largest = comm_.max(deviation.largest);
    }
  }

  const ReferenceCase& reference_;
  const VerificationOptions& options_;
  const Communicator& comm_;
  System system_;
  Timers timers_;
  std::unique_ptr<Forces> forces_;
  Matrix rotation_;
  std::vector<std::int64_t> new_id_;
  double tolerance_ = kForceTolerance;
  std::vector<Deviation> deviations_;
};

}  // namespace

std::vector<Deviation> verify_case(const ReferenceCase& reference,
                                   const VerificationOptions& options, const Communicator& comm) {
  Verification verification(reference, options, comm);
  return verification.run();
}

}  // namespace splicemd::md
