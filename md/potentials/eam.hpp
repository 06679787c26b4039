// The embedded-atom method (styles "eam", "eam/alloy", "eam/fs") as Kokkos kernels.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/atoms.hpp"
#include "md/potential.hpp"
#include "md/potentials/eam_tables.hpp"

namespace splicemd::md {

class EamHost;

// Full neighbour lists, no atomics, no ghost forces: results do not depend on the schedule.
// Three stages: densities ρ_i; F(ρ_i) and F′(ρ_i), the latter sent to the ghosts; forces
//   f_i = −Σ_j [F′_i ρ′_tj→ti + F′_j ρ′_ti→tj + φ′] r̂,  r̂ from j to i.
class Eam : public Potential {
 public:
  // `portable`: one thread per atom, on any backend. `host`: vectorised, for CPU cores. `best`: the
  // faster one where kernels run.
  enum class Kernel { best, portable, host };

  Eam(std::string style, EamTables tables, Kernel kernel = Kernel::best);
  ~Eam() override;

  std::string name() const override { return style_; }
  double cutoff() const override;
  void compute(const ForceInput& in, Phase phase, const ForceOutput& out) override;
  double bytes(const WorkSize& work) const override;

  // Kernel stages of the portable path, over the owned atoms `rows` (all of them if empty). Public only
  // because device lambdas may not sit in private functions.
  void density(const ForceInput& in, const DeviceView<const int*>& rows, int n);
  void embed(const ForceInput& in, const ForceOutput& out);
  void force(const ForceInput& in, const DeviceView<const int*>& rows, int n,
             const ForceOutput& out);

 private:
  void compute_portable(const ForceInput& in, Phase phase, const ForceOutput& out);

  std::string style_;
  EamTables tables_;
  std::unique_ptr<EamHost> host_;                         // null: the portable kernels
  DeviceView<double*> rho_{"eam::rho", 0};                // (n_local) electron density
  DeviceView<double*> slope_{"eam::embedding_slope", 0};  // (n_all) F′(ρ), eV
};

// Factories of the registry.
std::unique_ptr<Potential> make_eam_funcfl(const ConfigNode& term,
                                           const std::vector<Species>& species);
std::unique_ptr<Potential> make_eam_alloy(const ConfigNode& term,
                                          const std::vector<Species>& species);
std::unique_ptr<Potential> make_eam_fs(const ConfigNode& term, const std::vector<Species>& species);

}  // namespace splicemd::md
