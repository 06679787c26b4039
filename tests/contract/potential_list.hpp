// The potentials that must pass the contract tests: adding one is a row here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "md/potential.hpp"
#include "tests/support/brute_force.hpp"

namespace splicemd::test {

enum class Lattice { fcc, bcc, diamond };

struct PotentialRow {
  const char* name;  // letters, digits and underscores
  const char* deck;  // one entry of a deck's `potentials:` list
  std::vector<std::string> elements;
  Lattice lattice;
  double a;         // Å, lattice constant of the test crystals
  double disorder;  // Å, largest random displacement along each axis
};

const std::vector<PotentialRow>& potential_rows();

std::unique_ptr<md::Potential> make(const PotentialRow& row);
// A disordered crystal of n × n × n cells in a slightly sheared periodic box, species alternating at random.
System crystal(const PotentialRow& row, int n, unsigned seed = 1);
// The atoms of crystal(row, n) with open boundaries.
System cluster(const PotentialRow& row, int n, unsigned seed = 1);

}  // namespace splicemd::test
