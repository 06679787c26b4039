// Random configurations, and a soft pair potential by lists and by brute force.
#include "support/random_system.hpp"

#include <cmath>

namespace splicemd::md {

namespace {

// Calls f(displacement of image n of b from a) for every image within `range` of the box's periodic axes.
template <class F>
void for_images(const Box& box, const double a[3], const double b[3], double cutoff, const F& f) {
  int range[3];
  for (int k = 0; k < 3; ++k) {
    range[k] = box.periodic[k] ? static_cast<int>(std::ceil(cutoff / box.face_distance(k))) + 1 : 0;
  }
  for (int i = -range[0]; i <= range[0]; ++i) {
    for (int j = -range[1]; j <= range[1]; ++j) {
      for (int k = -range[2]; k <= range[2]; ++k) {
        double shift[3], d[3];
        box.lattice_vector(i, j, k, shift);
        for (int c = 0; c < 3; ++c) d[c] = b[c] + shift[c] - a[c];
        f(d, i == 0 && j == 0 && k == 0);
      }
    }
  }
}

class SoftPotential : public Potential {
 public:
  SoftPotential(double cutoff, ListKind kind) : cutoff_(cutoff), kind_(kind) {}
  std::string name() const override { return "soft"; }
  double cutoff() const override { return cutoff_; }
  ListKind list() const override { return kind_; }
  bool adds_ghost_forces() const override { return kind_ == ListKind::half; }

  // Plain host loop: tests run on host execution spaces.
  void compute(const ForceInput& in, Phase phase, const ForceOutput& out) override {
    const bool half = kind_ == ListKind::half;
    const NeighbourList& list = half ? in.half : in.full;
    const int n = phase == Phase::all
                      ? in.n_local
                      : static_cast<int>(phase == Phase::interior ? in.interior.extent(0)
                                                                  : in.boundary.extent(0));
    for (int c = 0; c < n; ++c) {
      const int i =
          phase == Phase::all ? c : (phase == Phase::interior ? in.interior(c) : in.boundary(c));
      for (int k = 0; k < list.count(i); ++k) {
        const int j = list.neighbours(i, k);
        double d[3], r2 = 0.0;
        for (int a = 0; a < 3; ++a) {
          d[a] = in.x(j, a) - in.x(i, a);
          r2 += d[a] * d[a];
        }
        if (r2 >= cutoff_ * cutoff_) continue;
        const double r = std::sqrt(r2), w = 1.0 - r / cutoff_;
        const double share = half ? 1.0 : 0.5;
        const double scale = 2.0 * w / cutoff_ / r;  // −dE/dr / r of the pair
        for (int a = 0; a < 3; ++a) {
          out.f(i, a) -= scale * d[a];
          if (half) out.f(j, a) += scale * d[a];
        }
        if (in.energy) out.energy(i) += share * w * w;
        if (in.virial) {
          const int first[6] = {0, 1, 2, 0, 0, 1}, second[6] = {0, 1, 2, 1, 2, 2};
          for (int t = 0; t < 6; ++t)
            out.virial(i, t) += share * scale * d[first[t]] * d[second[t]];
        }
      }
    }
  }

 private:
  double cutoff_;
  ListKind kind_;
};

}  // namespace

Configuration random_configuration(const Box& box, int n, double separation, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  Configuration configuration;
  configuration.box = box;
  configuration.species = {{"X", 10.0}, {"Y", 20.0}};
  while (static_cast<int>(configuration.atoms.size()) < n) {
    AtomRecord atom;
    const double s[3] = {uniform(generator), uniform(generator), uniform(generator)};
    box.to_cartesian(s, atom.x);
    bool apart = true;
    for (const AtomRecord& other : configuration.atoms) {
      for_images(box, other.x, atom.x, separation, [&](const double d[3], bool) {
        apart = apart && d[0] * d[0] + d[1] * d[1] + d[2] * d[2] > separation * separation;
      });
    }
    if (!apart) continue;
    atom.id = static_cast<std::int64_t>(configuration.atoms.size()) + 1;
    atom.type = static_cast<int>(atom.id % 2);
    configuration.atoms.push_back(atom);
  }
  return configuration;
}

std::unique_ptr<Potential> make_soft_potential(double cutoff, ListKind kind) {
  return std::make_unique<SoftPotential>(cutoff, kind);
}

SoftResult soft_brute_force(const Configuration& configuration, double cutoff) {
  const auto& atoms = configuration.atoms;
  SoftResult result;
  result.forces.resize(atoms.size());
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    for (std::size_t j = 0; j < atoms.size(); ++j) {
      for_images(configuration.box, atoms[i].x, atoms[j].x, cutoff,
                 [&](const double d[3], bool home) {
                   const double r = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
                   if ((i == j && home) || r >= cutoff) return;
                   const double w = 1.0 - r / cutoff;
                   result.energy += 0.5 * w * w;
                   const int first[6] = {0, 1, 2, 0, 0, 1}, second[6] = {0, 1, 2, 1, 2, 2};
                   for (int a = 0; a < 3; ++a) result.forces[i][a] -= 2.0 * w / cutoff * d[a] / r;
                   for (int t = 0; t < 6; ++t)
                     result.virial[t] += w / cutoff / r * d[first[t]] * d[second[t]];
                 });
    }
  }
  return result;
}

}  // namespace splicemd::md
