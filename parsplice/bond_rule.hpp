// When two atoms count as bonded: a cutoff distance for each pair of species.
#pragma once

#include <string>
#include <vector>

#include "base/config.hpp"
#include "md/forces.hpp"
#include "parsplice/bond_graph.hpp"

namespace splicemd::parsplice {

class BondRule {
 public:
  BondRule() = default;

  // From a deck's `bonds:`: one length, `rdf`, or a map such as {Cu-Cu: 3.1, Cu-Ni: rdf}; pairs that are not
  // named take the value of `default`. Cutoffs that are to come from the radial distribution function
  // (RDF) are set by from_rdf().
  static BondRule read(const ConfigNode& node, const std::vector<std::string>& symbols);

  bool needs_rdf() const;
  // Sets those cutoffs to the first minimum of the pair's RDF in the system's present positions, where
  // `forces` has up-to-date lists. InputError if there is no minimum within the lists' reach. Collective.
  void from_rdf(const md::System& system, const md::Forces& forces);

  double cutoff(std::size_t a, std::size_t b) const { return cutoffs_[a * species_ + b]; }  // Å
  double largest() const;
  // "Cu-Cu 3.09 Å (from the RDF)", …
  std::string describe(const std::vector<std::string>& symbols) const;

  // The bonds of the system on rank 0 (elsewhere those of this rank's atoms), atoms numbered by id − 1.
  // Collective.
  std::vector<std::pair<AtomIndex, AtomIndex>> bonds(const md::System& system,
                                                     const md::Forces& forces) const;

 private:
  void set(std::size_t a, std::size_t b, double cutoff, bool from_rdf);
  std::size_t species_ = 0;
  std::vector<double> cutoffs_;    // (species, species) Å; 0: to come from the RDF
  std::vector<char> is_from_rdf_;  // the same shape
};

// The first minimum after the first peak of the RDF made of these distances (Å, each pair as often as it
// likes), or 0 if there is none below `reach`.
double first_rdf_minimum(const std::vector<double>& distances, double reach);

}  // namespace splicemd::parsplice
