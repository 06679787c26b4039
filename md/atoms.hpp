// The atoms one rank holds: owned atoms first, then ghosts, as a struct of arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/execution.hpp"

namespace splicemd::md {

// Image counts are three signed integers packed per atom as int32[3].
// Group membership is a bit mask; bit 0 is "all".
struct Atoms {
  int n_local = 0;  // owned by this rank: rows [0, n_local)
  int n_ghost = 0;  // copies of other atoms or periodic images: rows [n_local, n_local + n_ghost)

  DeviceView<double* [3]> x { "atoms::x", 0 };  // (capacity, 3) position, Å; owned and ghost
  DeviceView<double* [3]> v { "atoms::v", 0 };  // (capacity, 3) velocity, Å/ps; owned
  DeviceView<double* [3]> f { "atoms::f", 0 };  // (capacity, 3) force, eV/Å; owned and ghost
  DeviceView<int*> type{"atoms::type", 0};  // (capacity) element index, 0-based; owned and ghost
  DeviceView<std::int64_t*> id{"atoms::id", 0};      // (capacity) 1-based identity; owned and ghost
  DeviceView<int* [3]> image { "atoms::image", 0 };  // (capacity, 3) periodic crossings; owned
  DeviceView<unsigned*> group{"atoms::group", 0};    // (capacity) group bits; owned
  DeviceView<double*> energy{"atoms::energy", 0};    // (capacity) eV; owned; filled when asked for
  DeviceView<double* [6]> virial {
    "atoms::virial", 0
  };  // (capacity, 6) xx yy zz xy xz yz, eV; owned, when asked for

  int n_all() const { return n_local + n_ghost; }
  std::size_t capacity() const { return x.extent(0); }
  // Makes room for `n` rows in every array, keeping what is there.
  void reserve(std::size_t n);
};

// What an atom type is: element symbol and mass.
struct Species {
  std::string symbol;  // chemical symbol or the name used in the deck
  double mass = 0.0;   // g/mol
};

// One atom on the host, as readers and builders produce them.
struct AtomRecord {
  std::int64_t id = 0;      // 1-based, unique
  int type = 0;             // index into Configuration::species
  double x[3] = {0, 0, 0};  // Å
  double v[3] = {0, 0, 0};  // Å/ps
  int image[3] = {0, 0, 0};
  // Axes along which the file it comes from holds the atom: bits 0, 1 and 2; see kHeldAlongAll.
  unsigned held = 0;
};
inline constexpr unsigned kHeldAlongAll = 7;

}  // namespace splicemd::md
