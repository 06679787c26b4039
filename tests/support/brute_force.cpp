// Ghosts and neighbour lists by exhaustive search, sorted into cells so that 10⁵ atoms are bearable.
#include "tests/support/brute_force.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace splicemd::test {

namespace {

// A device copy of host rows.
template <class View, class Fill>
View to_device(const char* label, std::size_t n, Fill fill) {
  typename View::non_const_type view(std::string(label), n);
  const auto host = Kokkos::create_mirror_view(view);
  for (std::size_t k = 0; k < n; ++k) fill(host, k);
  Kokkos::deep_copy(view, host);
  return view;
}

DeviceView<double* [3]> positions(const std::vector<Vec3>& x) {
  return to_device<DeviceView<double* [3]>>("test::x", x.size(),
                                            [&](const auto& view, std::size_t k) {
                                              for (std::size_t c = 0; c < 3; ++c)
                                                view(k, c) = x[k][c];
                                            });
}

DeviceView<const int*> integers(const std::vector<int>& values) {
  return to_device<DeviceView<int*>>("test::ints", values.size(),
                                     [&](const auto& view, std::size_t k) { view(k) = values[k]; });
}

class CopyExchange : public md::GhostExchange {
 public:
  CopyExchange(int n_local, const std::vector<int>& owner) : n_local_(n_local), owner_(owner) {}
  void begin(const DeviceView<double*>& values) override { sent_ = host_copy(values, n_local_); }
  void finish(const DeviceView<double*>& values) override {
    const int n_ghost = static_cast<int>(owner_.size());
    if (n_ghost == 0) return;
    HostView<double*> ghosts("test::ghost_values", n_ghost);
    for (int g = 0; g < n_ghost; ++g) ghosts(g) = sent_(owner_[static_cast<std::size_t>(g)]);
    Kokkos::deep_copy(Kokkos::subview(values, std::pair(n_local_, n_local_ + n_ghost)), ghosts);
  }

 private:
  int n_local_;
  const std::vector<int>& owner_;
  static HostView<double*> host_copy(const DeviceView<double*>& values, int n) {
    Kokkos::fence();
    HostView<double*> copy("test::values", n);
    Kokkos::deep_copy(copy, Kokkos::subview(values, std::pair(0, n)));
    return copy;
  }
  HostView<double*> sent_;
};

using Cell = std::array<int, 3>;

Cell cell_of(const Vec3& x, double size) {
  Cell cell;
  for (std::size_t c = 0; c < 3; ++c) cell[c] = static_cast<int>(std::floor(x[c] / size));
  return cell;
}

}  // namespace

BruteForce::BruteForce(const System& system, double reach) : x_(system.x), type_(system.type) {
  input.n_local = static_cast<int>(system.x.size());
  add_ghosts(system, reach);
  input.n_all = static_cast<int>(x_.size());
  input.x = positions(x_);
  input.type = integers(type_);
  build_lists(reach);
  output.f = DeviceView<double* [3]>("test::f", x_.size());
  output.energy = DeviceView<double*>("test::energy", system.x.size());
  output.virial = DeviceView<double* [6]>("test::virial", system.x.size());
}

void BruteForce::add_ghosts(const System& system, double reach) {
  const md::Box& box = system.box;
  std::vector<Vec3> s(system.x.size());
  Vec3 lo{1e300, 1e300, 1e300}, hi{-1e300, -1e300, -1e300};
  for (std::size_t i = 0; i < s.size(); ++i) {
    box.to_fractional(system.x[i].data(), s[i].data());
    for (std::size_t k = 0; k < 3; ++k)
      lo[k] = std::min(lo[k], s[i][k]), hi[k] = std::max(hi[k], s[i][k]);
  }
  int range[3];
  Vec3 margin{};
  for (int k = 0; k < 3; ++k) {
    const auto c = static_cast<std::size_t>(k);
    margin[c] = reach / box.face_distance(k) + 1e-9;
    range[k] = box.periodic[k] ? static_cast<int>(std::ceil(margin[c] + hi[c] - lo[c])) : 0;
  }
  for (int a = -range[0]; a <= range[0]; ++a) {
    for (int b = -range[1]; b <= range[1]; ++b) {
      for (int c = -range[2]; c <= range[2]; ++c) {
        if (a == 0 && b == 0 && c == 0) continue;
        const int shift[3] = {a, b, c};
        Vec3 offset{};
        box.lattice_vector(a, b, c, offset.data());
        for (std::size_t i = 0; i < s.size(); ++i) {
          bool near = true;
          for (std::size_t k = 0; k < 3; ++k) {
            const double image = s[i][k] + shift[k];
            near = near && image >= lo[k] - margin[k] && image <= hi[k] + margin[k];
          }
          if (!near) continue;
          x_.push_back(
              {system.x[i][0] + offset[0], system.x[i][1] + offset[1], system.x[i][2] + offset[2]});
          type_.push_back(system.type[i]);
          owner_.push_back(static_cast<int>(i));
        }
      }
    }
  }
}

void BruteForce::build_lists(double reach) {
  std::map<Cell, std::vector<int>> cells;
  for (std::size_t i = 0; i < x_.size(); ++i)
    cells[cell_of(x_[i], reach)].push_back(static_cast<int>(i));
  const auto n = static_cast<std::size_t>(input.n_local);
  std::vector<std::vector<int>> rows(n);
  std::vector<int> interior, boundary;
  std::size_t stride = 0, total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Cell home = cell_of(x_[i], reach);
    bool owned_only = true;
    for (int k = 0; k < 27; ++k) {
      const auto found =
          cells.find({home[0] + k % 3 - 1, home[1] + k / 3 % 3 - 1, home[2] + k / 9 - 1});
      if (found == cells.end()) continue;
      for (const int j : found->second) {
        const Vec3& other = x_[static_cast<std::size_t>(j)];
        const double d2 = std::pow(other[0] - x_[i][0], 2) + std::pow(other[1] - x_[i][1], 2) +
                          std::pow(other[2] - x_[i][2], 2);
        if (j == static_cast<int>(i) || d2 >= reach * reach) continue;
        rows[i].push_back(j);
        owned_only = owned_only && j < input.n_local;
      }
    }
    (owned_only ? interior : boundary).push_back(static_cast<int>(i));
    stride = std::max(stride, rows[i].size());
    total += rows[i].size();
  }
  neighbours_per_atom_ = n ? static_cast<double>(total) / static_cast<double>(n) : 0.0;
  input.interior = integers(interior);
  input.boundary = integers(boundary);
  input.full.count = to_device<DeviceView<int*>>(
      "test::count", n,
      [&](const auto& view, std::size_t i) { view(i) = static_cast<int>(rows[i].size()); });
  DeviceView<int**> neighbours("test::neighbours", n, stride);
  const auto host = Kokkos::create_mirror_view(neighbours);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t q = 0; q < rows[i].size(); ++q) host(i, q) = rows[i][q];
  }
  Kokkos::deep_copy(neighbours, host);
  input.full.neighbours = neighbours;
  static std::int64_t builds = 0;
  input.list_id = ++builds;
}

void BruteForce::compute(md::Potential& potential, Split split, bool observe) {
  CopyExchange exchange(input.n_local, owner_);
  input.exchange = &exchange;
  input.energy = input.virial = observe;
  if (split == Split::none) {
    potential.compute(input, md::Phase::all, output);
  } else {
    // Ghosts are still in flight during the interior call: reading one poisons the result.
    std::vector<Vec3> early = x_;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t k = static_cast<std::size_t>(input.n_local); k < early.size(); ++k)
      early[k] = {nan, nan, nan};
    const DeviceView<double* [3]> x = positions(early);
    input.x = x;
    potential.compute(input, md::Phase::interior, output);
    Kokkos::fence();
    Kokkos::deep_copy(x, positions(x_));
    potential.compute(input, md::Phase::boundary, output);
  }
  Kokkos::fence();
  input.exchange = nullptr;
}

Result BruteForce::result() const {
  const auto f = Kokkos::create_mirror_view(output.f);
  const auto e = Kokkos::create_mirror_view(output.energy);
  const auto v = Kokkos::create_mirror_view(output.virial);
  Kokkos::deep_copy(f, output.f);
  Kokkos::deep_copy(e, output.energy);
  Kokkos::deep_copy(v, output.virial);
  const auto n = static_cast<std::size_t>(input.n_local);
  Result result;
  result.force.resize(n);
  result.atom_energy.resize(n);
  result.atom_virial.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    result.energy += result.atom_energy[i] = e(i);
    for (std::size_t c = 0; c < 6; ++c) result.virial[c] += result.atom_virial[i][c] = v(i, c);
  }
  for (std::size_t k = 0; k < x_.size(); ++k) {
    const std::size_t home = k < n ? k : static_cast<std::size_t>(owner_[k - n]);
    for (std::size_t c = 0; c < 3; ++c) result.force[home][c] += f(k, c);
  }
  return result;
}

void BruteForce::clear() {
  Kokkos::deep_copy(output.f, 0.0);
  Kokkos::deep_copy(output.energy, 0.0);
  Kokkos::deep_copy(output.virial, 0.0);
}

Result evaluate(md::Potential& potential, const System& system, Split split, double skin) {
  BruteForce runner(system, potential.cutoff() + skin);
  runner.compute(potential, split);
  return runner.result();
}

}  // namespace splicemd::test
