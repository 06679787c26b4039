// Choice of the rank grid by least communication surface.
#include "md/rank_grid.hpp"

#include <limits>

#include "base/error.hpp"

namespace splicemd::md {

namespace {

// Surface of one brick (Å²): the sum of its face areas, V / d_k being the area of the box face k.
double brick_surface(const Box& box, const std::array<int, 3>& dims) {
  double surface = 0.0;
  for (int k = 0; k < 3; ++k) {
    const bool communicates = box.periodic[k] || dims[k] > 1;
    const double area = box.volume() / box.face_distance(k);
    if (communicates) surface += 2.0 * area * dims[k] / (dims[0] * dims[1] * dims[2]);
  }
  return surface;
}

}  // namespace

RankGrid choose_rank_grid(int ranks, int my_rank, const Box& box,
                          const std::array<int, 3>& requested) {
  std::array<int, 3> best = {0, 0, 0};
  double best_surface = std::numeric_limits<double>::max();
  for (int i = 1; i <= ranks; ++i) {
    if (ranks % i != 0 || (requested[0] != 0 && requested[0] != i)) continue;
    for (int j = 1; j <= ranks / i; ++j) {
      const int k = ranks / i / j;
      if (i * j * k != ranks || (requested[1] != 0 && requested[1] != j)) continue;
      if (requested[2] != 0 && requested[2] != k) continue;
      const double surface = brick_surface(box, {i, j, k});
      if (surface < best_surface) {
        best_surface = surface;
        best = {i, j, k};
      }
    }
  }
  require(best[0] > 0,
          "decomposition.ranks: [{}, {}, {}] does not multiply to this run's {} rank{}",
          requested[0], requested[1], requested[2], ranks, ranks == 1 ? "" : "s");
  RankGrid grid;
  for (int k = 0; k < 3; ++k) grid.dims[k] = best[k];
  grid.coords[0] = my_rank / (best[1] * best[2]);
  grid.coords[1] = my_rank / best[2] % best[1];
  grid.coords[2] = my_rank % best[2];
  return grid;
}

}  // namespace splicemd::md
