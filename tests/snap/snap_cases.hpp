// The SNAP reference cases for the tests of this folder: files, systems and potentials.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/potentials/snap.hpp"
#include "md/reference_case.hpp"
#include "snap/kernel_ops.hpp"
#include "snap/parameters.hpp"
#include "tests/support/brute_force.hpp"

namespace splicemd::test {

inline const std::string kSource = SPLICEMD_SOURCE_DIR;

// Cases whose potential is SNAP alone.
inline std::vector<std::string> snap_cases() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(kSource + "/tests/reference/cases")) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("snap_", 0) != 0) continue;
    if (md::read_reference_case(entry.path().string()).pair_style == "snap") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline md::ReferenceCase snap_case(const std::string& name) {
  return md::read_reference_case(kSource + "/tests/reference/cases/" + name);
}

inline std::string potential_path(const std::string& file) {
  const std::string published = kSource + "/inputs/potentials/" + file;
  return std::filesystem::exists(published) ? published
                                            : kSource + "/tests/reference/potentials/" + file;
}

// The potential of a case named by "* * X.snapcoeff X.snapparam elements…".
struct SnapFiles {
  std::string coefficients, parameters;
};
inline SnapFiles snap_files(const md::ReferenceCase& reference) {
  std::istringstream words(reference.pair_coeff.front());
  std::string star, coefficients, parameters;
  words >> star >> star >> coefficients >> parameters;
  return {potential_path(coefficients), potential_path(parameters)};
}

inline std::unique_ptr<md::Potential> make_snap(const md::ReferenceCase& reference,
                                                const std::string& precision = "double") {
  const SnapFiles files = snap_files(reference);
  const ConfigNode term = ConfigNode::parse("term", "coefficients: " + files.coefficients +
                                                        "\nparameters: " + files.parameters +
                                                        "\nprecision: " + precision + "\n");
  std::vector<md::Species> species;
  for (const std::string& element : reference.elements) species.push_back({element, 1.0});
  return md::make_snap(term, species);
}

inline System snap_system(const md::ReferenceCase& reference) {
  const md::Configuration configuration = md::read_reference_system(reference);
  System system;
  system.box = configuration.box;
  for (const md::AtomRecord& atom : configuration.atoms) {
    system.x.push_back({atom.x[0], atom.x[1], atom.x[2]});
    system.type.push_back(atom.type);
  }
  system.elements = reference.elements;
  return system;
}

// Names of the kernels that run here.
inline std::vector<std::string> snap_kernels() {
  std::vector<std::string> names;
  for (const char* name : {"generic", "avx2", "avx512", "device"}) {
    snap::set_kernel(name);
    try {
      snap::select_kernel();
      names.emplace_back(name);
    } catch (const InputError&) {
      // not on this machine
    }
  }
  snap::set_kernel(nullptr);
  return names;
}

}  // namespace splicemd::test
