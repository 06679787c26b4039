// The parameters of a SNAP potential and the readers of its .snapcoeff and .snapparam files.
//
// Formats: LAMMPS documentation, command `pair_style snap`. Lengths in Å, energies in eV.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace splicemd::snap {

// One element of a SNAP potential.
struct Element {
  std::string name;
  double radius = 0.5;  // Å; pair cutoff = rcutfac·(R_i + R_j)
  double weight = 1.0;  // w_j of the neighbour density
  double sinner = 0.0;  // Å; centre of the inner switching (if switchinner)
  double dinner = 1.0;  // Å; its half width
  std::vector<double>
      beta;  // β_0 (constant), linear, then the upper triangle of the quadratic ones
};

struct Parameters {
  double rcutfac = 0.0;
  int twojmax = 0;
  double rfac0 = 0.99363;
  double rmin0 = 0.0;      // Å
  bool switchflag = true;  // smooth cutoff function
  bool bzeroflag = true;   // subtract the bispectrum of an isolated atom
  bool quadraticflag = false;
  bool chemflag = false;      // one density per element
  bool bnormflag = false;     // divide Z^j by 2j + 1
  bool wselfallflag = false;  // with chemflag: self term in every element's density
  bool switchinnerflag = false;
  std::int64_t chunksize = 32768;  // largest number of atoms whose work memory a GPU holds at once
  std::int64_t parallelthresh =
      8192;  // accepted for compatibility; the kernels here need no such switch
  std::vector<Element> elements;

  double cutoff(int a, int b) const {
    return rcutfac * (elements[static_cast<std::size_t>(a)].radius +
                      elements[static_cast<std::size_t>(b)].radius);
  }
  double max_cutoff() const;
  int channels() const { return chemflag ? static_cast<int>(elements.size()) : 1; }
};

// The largest 2J the kernels accept: beyond it the tables of coupling coefficients grow past memory.
inline constexpr int kMaxTwojmax = 24;

// Number of bispectrum components B_{j1 j2 j} with j2 <= j1 <= j for one triple of densities.
int bispectrum_count(int twojmax);
// Number of linear coefficients besides β_0: bispectrum_count·channels³.
std::int64_t linear_count(const Parameters& parameters);

// Reads both files for the elements named (each once, in the order of the user's list; `sinner` and
// `dinner` follow that order). With chemflag the file must hold exactly these elements and
// parameters.elements is in the file's order, which is the order of its coefficients; otherwise it is
// in the order of `elements`. Throws InputError "file:line: message".
Parameters read_parameters(const std::string& coefficients_path, const std::string& parameters_path,
                           const std::vector<std::string>& elements);

}  // namespace splicemd::snap
