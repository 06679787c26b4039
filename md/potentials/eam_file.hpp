// Readers of tabulated embedded-atom potentials: funcfl ("eam"), setfl ("eam/alloy") and
// Finnis–Sinclair ("eam/fs") files.
#pragma once

#include <string>
#include <vector>

namespace splicemd::md {

// The tables of a file in the file's own order of elements. Energies eV, distances Å.
// Knot k of a density table is at r = k·dr, of an embedding table at ρ = k·drho.
struct EamFile {
  std::string path;
  std::vector<std::string> elements;
  double drho = 0.0;                           // spacing of the embedding tables
  double dr = 0.0;                             // spacing of the tables over distance, Å
  double cutoff = 0.0;                         // Å
  std::vector<std::vector<double>> embedding;  // [element][nrho] F(ρ), eV
  std::vector<std::vector<std::vector<double>>>
      density;                             // [donor][site][nr]; setfl: one site entry for all
  std::vector<std::vector<double>> r_phi;  // [a(a+1)/2 + b], b ≤ a: r·φ(r), eV·Å
  std::vector<double> mass;                // [element] g/mol

  int index_of(const std::string& element) const;  // −1 if the file has no such element
};

// One species' funcfl file. `charge` is Z(r) in units of e; φ_ij = 27.2·0.529·Z_i·Z_j / r.
struct FuncflFile {
  std::string path;
  double drho = 0.0, dr = 0.0, cutoff = 0.0, mass = 0.0;
  std::vector<double> embedding;  // [nrho] F(ρ), eV
  std::vector<double> charge;     // [nr] Z(r)
  std::vector<double> density;    // [nr] ρ(r)
};

FuncflFile read_funcfl(const std::string& path);
EamFile read_setfl(const std::string& path);
EamFile read_finnis_sinclair(const std::string& path);

// Several funcfl files, one per element, brought onto one grid and combined into pair tables.
// The grid's spacings are the largest of the files', its ranges the longest; values between knots come
// from the cubic Lagrange polynomial through the four knots around them.
EamFile combine_funcfl(const std::vector<FuncflFile>& files,
                       const std::vector<std::string>& elements);

}  // namespace splicemd::md
