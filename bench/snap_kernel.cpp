// Speed of the SNAP kernel alone (neighbour lists given) on one thread, against the multiply-add peak
// measured between its runs: snap_kernel [--kernel NAME] [--mixed] [--seconds S] [CASE…].
//
// Times are CPU times of the thread, so that other work on the machine counts little; the best of
// many calls is printed. Beside it, of each stage, the call in which it took least.
#include <fmt/format.h>

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/parse.hpp"
#include "bench/fma_peak.hpp"
#include "snap/snap.hpp"

namespace splicemd::bench {
namespace {

struct Site {
  double s[3];
  int type;
};

struct Case {
  std::string name, file;
  std::vector<std::string> elements;
  double a;  // Å
  std::vector<Site> basis;
  int cells[3];
};

const std::vector<Site> kBcc{{{0, 0, 0}, 0}, {{0.5, 0.5, 0.5}, 0}};

std::vector<Site> diamond(int second) {
  std::vector<Site> basis;
  for (const auto& [x, y, z] :
       {std::array{0.0, 0.0, 0.0}, {0.0, 0.5, 0.5}, {0.5, 0.0, 0.5}, {0.5, 0.5, 0.0}}) {
    basis.push_back({{x, y, z}, 0});
    basis.push_back({{x + 0.25, y + 0.25, z + 0.25}, second});
  }
  return basis;
}

std::vector<Case> cases() {
  return {
      {"w_2j8", "W_2940_2017_2", {"W"}, 3.1803, kBcc, {10, 10, 10}},
      {"w_2j14", "synthetic_2j14", {"X"}, 3.1803, kBcc, {6, 6, 6}},
      {"c_quadratic", "C_SNAP_2021.10.15.quadratic", {"C"}, 3.0, diamond(0), {6, 6, 6}},
      {"inp_chem", "InP_JCPA2020", {"In", "P"}, 5.83, diamond(1), {6, 6, 6}},
      {"ta06a", "Ta06A", {"Ta"}, 3.316, kBcc, {10, 10, 10}},
      {"w_54", "W_2940_2017_2", {"W"}, 3.1803, kBcc, {3, 3, 3}},
      {"w_250", "W_2940_2017_2", {"W"}, 3.1803, kBcc, {5, 5, 5}},
  };
}

// Atoms of the crystal, displaced by up to 0.1 Å, with ghosts and a full list of reach cutoff + 1 Å.
struct System {
  int n_local = 0, n_all = 0;
  DeviceView<double*[3]> x { "x", 0 }, f{"f", 0};
  DeviceView<int*> type{"type", 0}, count{"count", 0};
  DeviceView<int**> neighbours{"neighbours", 0, 0};
};

System build(const Case& c, double cutoff) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> jitter(-0.1, 0.1);
  const double reach = cutoff + 1.0;
  struct Atom {
    double x[3];
    int type;
  };
  std::vector<Atom> atoms;
  for (int i = 0; i < c.cells[0]; ++i) {
    for (int j = 0; j < c.cells[1]; ++j) {
      for (int k = 0; k < c.cells[2]; ++k) {
        for (const Site& site : c.basis) {
          atoms.push_back(
              {{(i + site.s[0]) * c.a + jitter(random), (j + site.s[1]) * c.a + jitter(random),
                (k + site.s[2]) * c.a + jitter(random)},
               site.type});
        }
      }
    }
  }
  System out;
  out.n_local = static_cast<int>(atoms.size());
  const double box[3] = {c.cells[0] * c.a, c.cells[1] * c.a, c.cells[2] * c.a};
  const int images = 2;
  for (int i = -images; i <= images; ++i) {
    for (int j = -images; j <= images; ++j) {
      for (int k = -images; k <= images; ++k) {
        if (i == 0 && j == 0 && k == 0) continue;
        for (int n = 0; n < out.n_local; ++n) {
          const Atom& atom = atoms[static_cast<std::size_t>(n)];
          const Atom ghost{{atom.x[0] + i * box[0], atom.x[1] + j * box[1], atom.x[2] + k * box[2]},
                           atom.type};
          bool near = true;
          for (int d = 0; d < 3; ++d)
            near = near && ghost.x[d] > -reach && ghost.x[d] < box[d] + reach;
          if (near) atoms.push_back(ghost);
        }
      }
    }
  }
  out.n_all = static_cast<int>(atoms.size());
  out.x = DeviceView<double* [3]>("x", atoms.size());
  out.f = DeviceView<double* [3]>("f", atoms.size());
  out.type = DeviceView<int*>("type", atoms.size());
  out.count = DeviceView<int*>("count", static_cast<std::size_t>(out.n_local));
  const int capacity = 200;
  out.neighbours = DeviceView<int**>("neighbours", static_cast<std::size_t>(out.n_local), capacity);
  for (int n = 0; n < out.n_all; ++n) {
    for (int d = 0; d < 3; ++d) out.x(n, d) = atoms[static_cast<std::size_t>(n)].x[d];
    out.type(n) = atoms[static_cast<std::size_t>(n)].type;
  }
  for (int n = 0; n < out.n_local; ++n) {
    int count = 0;
    for (int m = 0; m < out.n_all; ++m) {
      double rsq = 0.0;
      for (int d = 0; d < 3; ++d) rsq += (out.x(n, d) - out.x(m, d)) * (out.x(n, d) - out.x(m, d));
      if (m == n || rsq > reach * reach) continue;
      ensure(count < capacity, "more than {} neighbours", capacity);
      out.neighbours(n, count++) = m;
    }
    out.count(n) = count;
  }
  return out;
}

void measure(const Case& c, double seconds, snap::Precision precision) {
  const std::string source = SPLICEMD_SOURCE_DIR;
  const std::string base =
      source +
      (c.file.rfind("synthetic", 0) == 0 ? "/tests/reference/potentials/" : "/inputs/potentials/") +
      c.file;
  const snap::Parameters parameters =
      snap::read_parameters(base + ".snapcoeff", base + ".snapparam", c.elements);
  std::vector<int> map;
  for (std::size_t n = 0; n < c.elements.size(); ++n) map.push_back(static_cast<int>(n));
  snap::Snap snap(parameters, map, precision);
  const System system = build(c, snap.cutoff());
  snap::SnapInput in;
  in.n_all = system.n_all;
  in.x = system.x;
  in.type = system.type;
  in.count = system.count;
  in.neighbours = system.neighbours;
  in.n_centres = system.n_local;
  snap::SnapOutput out;
  out.f = system.f;
  snap.compute(in, out);

  double best = 1e30, peak = 0.0;
  std::vector<double> stages(snap::kStages, 1e30);
  const double start = thread_seconds();
  while (thread_seconds() - start < seconds) {
    peak = std::max(peak, fma_peak_mflops(0.001));
    snap::KernelProfile profile;
    profile.now = thread_nanoseconds;
    snap::set_profile(&profile);
    const double before = thread_seconds();
    snap.compute(in, out);
    best = std::min(best, thread_seconds() - before);
    snap::set_profile(nullptr);
    for (std::size_t k = 0; k < stages.size(); ++k)
      stages[k] =
          std::min(stages[k], 1e-3 * static_cast<double>(profile.ticks[k]) / system.n_local);
  }
  const double rate = system.n_local / best;
  double sum = 0.0;
  for (const double t : stages) sum += t;
  fmt::print("{:12s} {:12s} {:6d} {:9.2f} {:8.0f} {:7.4f} |{:7.4f} ", c.name, snap.kernel(),
             system.n_local, 1e-3 * rate, peak, rate / peak, 1e6 / sum / peak);
  for (const double t : stages) fmt::print(" {:8.3f}", t);
  fmt::print("\n");
}

int run(int argc, char** argv) {
  double seconds = 1.0;
  snap::Precision precision = snap::Precision::full;
  std::vector<std::string> wanted;
  for (int n = 1; n < argc; ++n) {
    const std::string word = argv[n];
    if (word == "--seconds" && n + 1 < argc) {
      const auto value = parse_double(argv[++n]);
      require(value && *value > 0.0, "--seconds needs a positive number");
      seconds = *value;
    } else if (word == "--kernel" && n + 1 < argc) {
      snap::set_kernel(argv[++n]);
    } else if (word == "--mixed") {
      precision = snap::Precision::mixed;
    } else {
      wanted.push_back(word);
    }
  }
  fmt::print(
      "case         kernel        atoms    katom/s Mflop/s   ratio | stages at best; us per atom: "
      "pack density transform couple force\n");
  for (const Case& c : cases()) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), c.name) != wanted.end())
      measure(c, seconds, precision);
  }
  return 0;
}

}  // namespace
}  // namespace splicemd::bench

int main(int argc, char** argv) {
  Kokkos::initialize();
  int status = 0;
  try {
    status = splicemd::bench::run(argc, argv);
  } catch (const splicemd::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    status = error.exit_status();
  }
  Kokkos::finalize();
  return status;
}
