// The `snap` term: maps species to elements of the files and drives snap::Snap.
#include "md/potentials/snap.hpp"

#include <algorithm>
#include <string>

#include "base/log.hpp"
#include "md/potentials/species_map.hpp"
#include "snap/exchange_symmetry.hpp"
#include "snap/snap.hpp"

namespace splicemd::md {

namespace {

class SnapPotential : public Potential {
 public:
  SnapPotential(const snap::Parameters& parameters, const std::vector<int>& type_to_element,
                snap::Precision precision)
      : snap_(parameters, type_to_element, precision) {}

  std::string name() const override { return "snap"; }
  double cutoff() const override { return snap_.cutoff(); }
  bool adds_ghost_forces() const override { return true; }
  double bytes(const WorkSize& work) const override {
    constexpr double kLongestRow = 1.2;  // of the average
    return snap_.bytes(work.owned, work.owned + work.ghosts,
                       static_cast<int>(kLongestRow * work.neighbours));
  }

  void compute(const ForceInput& in, Phase phase, const ForceOutput& out) override {
    snap::SnapInput input;
    input.n_all = in.n_all;
    input.x = in.x;
    input.type = in.type;
    input.count = in.full.count;
    input.neighbours = in.full.neighbours;
    input.all = phase == Phase::all;
    input.n_centres = in.n_local;
    if (!input.all) {
      input.centres = phase == Phase::interior ? in.interior : in.boundary;
      input.n_centres = static_cast<int>(input.centres.extent(0));
    }
    snap::SnapOutput output;
    output.f = out.f;
    output.energy = out.energy;
    output.virial = out.virial;
    output.want_energy = in.energy;
    output.want_virial = in.virial;
    snap_.compute(input, output);
  }

 private:
  snap::Snap snap_;
};

}  // namespace

std::unique_ptr<Potential> make_snap(const ConfigNode& term, const std::vector<Species>& species) {
  const std::string coefficients = find_data_file(term, term.at("coefficients").text());
  const std::string parameters = find_data_file(term, term.at("parameters").text());
  snap::Precision precision = snap::Precision::full;
  if (const auto choice = term.find("precision")) {
    if (choice->choice({"double", "mixed"}) == "mixed") precision = snap::Precision::mixed;
  }
  const std::vector<std::string> names = element_names(term, species);
  std::vector<std::string> unique;  // in the order of the species
  for (const std::string& name : names) {
    if (std::find(unique.begin(), unique.end(), name) == unique.end()) unique.push_back(name);
  }
  const snap::Parameters parsed = snap::read_parameters(coefficients, parameters, unique);
  constexpr double kRoundedCoefficients = 1e-6;
  if (log::on_root() && snap::exchange_asymmetry(parsed) > kRoundedCoefficients) {
    log::warning(
        "{}: coefficients of components that are equal by exchange of elements differ; forces "
        "(here as in "
        "LAMMPS) are then not the exact gradient of the energy",
        coefficients);
  }
  std::vector<int> type_to_element;
  for (const std::string& name : names) {
    int index = 0;
    while (parsed.elements[static_cast<std::size_t>(index)].name != name) ++index;
    type_to_element.push_back(index);
  }
  return std::make_unique<SnapPotential>(parsed, type_to_element, precision);
}

}  // namespace splicemd::md
