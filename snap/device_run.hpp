// Launches the SNAP kernels through Kokkos, chunk by chunk, in one precision.
//
// A .cpp defines SPLICEMD_SNAP_REAL and SPLICEMD_SNAP_DEVICE (its namespace) and includes this file alone.
#include <algorithm>

#include "base/error.hpp"
#include "snap/device_policy.hpp"
#include "snap/device_snap.hpp"
#include "snap/device_tables.hpp"

#define SPLICEMD_SNAP_FN KOKKOS_FORCEINLINE_FUNCTION

namespace splicemd::snap {
namespace SPLICEMD_SNAP_DEVICE {

#include "snap/kernel_math.hpp"
#include "snap/kernel_stages.hpp"

// The stages, as bodies of kernels.
#include "snap/device_kernels.hpp"

// A team takes `items / parts` items of one tile.
template <class Policy, class Body>
struct OverTiles {
  Body body;
  int items, parts;

  KOKKOS_FUNCTION void operator()(const typename Policy::member_type& team) const {
    const int tile = team.league_rank() / parts, part = team.league_rank() % parts;
    const int first = part * team.team_size();
    const int last = first + team.team_size() < items ? first + team.team_size() : items;
    Kokkos::parallel_for(Kokkos::TeamThreadRange(team, first, last), [&](int item) {
      Kokkos::parallel_for(Kokkos::ThreadVectorRange(team, kLanes),
                           [&](int lane) { body(tile, item, lane); });
    });
  }
};

// body(tile, item, lane) for all of them, in teams of at most kTeam items. The hint lets a body that is larger
// than 512 bytes travel as an argument: otherwise each launch would wait for the one before it.
template <int kTeam, class Body>
void over_tiles(const char* label, const ExecSpace& space, int tiles, int items, const Body& body) {
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::LaunchBounds<kTeam * Backend::vector, 1>>;
  if (items == 0) return;
  const int team = std::min(kTeam, items), parts = (items + team - 1) / team;
  const Policy policy(space, tiles * parts, team, Backend::vector);
  constexpr auto kLight = Kokkos::Experimental::WorkItemProperty::HintLightWeight;
  Kokkos::parallel_for(label, Kokkos::Experimental::require(policy, kLight),
                       OverTiles<Policy, Body>{body, items, parts});
}

// Rows of threads that couple a tile: forms of many j need many registers.
constexpr int kFewJ = 5;
inline int couple_team(int twojmax) {
  return twojmax / 2 + 1 <= kFewJ ? Backend::wide_team : Backend::narrow_team;
}

class Run : public DeviceSnap {
 public:
  Run(const TableStorage& tables, const std::vector<int>& type_to_element, std::int64_t chunksize)
      : tables_(tables, type_to_element, couple_team(tables.view.twojmax)), chunksize_(chunksize) {}

  long bytes() const override {
    return static_cast<long>(reals_.extent(0) * sizeof(Real) + ints_.extent(0) * sizeof(int));
  }

  double bytes(double centres, int neighbours) const override {
    const Layout layout(tables_.view, neighbours);
    const double rows = std::min(centres, static_cast<double>(chunksize_)) + kLanes;
    return rows * (static_cast<double>(layout.reals) * sizeof(Real) +
                   static_cast<double>(layout.ints) * sizeof(int));
  }

  void compute(const SnapInput& in, const SnapOutput& out) override {
    Chunk chunk{tables_.view,
                input(in, out),
                tables_.energy0,
                Layout(tables_.view, static_cast<int>(in.neighbours.extent(1))),
                nullptr,
                nullptr,
                0};
    const std::int64_t all = (in.n_centres + kLanes - 1) / kLanes;
    const std::int64_t most = std::max<std::int64_t>(1, (chunksize_ + kLanes - 1) / kLanes);
    const auto tiles = static_cast<std::size_t>(std::min(all, most));
    grow(reals_, tiles * static_cast<std::size_t>(chunk.layout.reals) * kLanes);
    grow(ints_, tiles * static_cast<std::size_t>(chunk.layout.ints) * kLanes);
    chunk.reals = reals_.data();
    chunk.ints = ints_.data();
    for (std::int64_t tile = 0; tile < all; tile += most) {
      chunk.first = static_cast<int>(tile) * kLanes;
      run(chunk, static_cast<int>(std::min(most, all - tile)));
    }
  }

 private:
  KernelInput input(const SnapInput& in, const SnapOutput& out) const {
    KernelInput k{};
    k.x = in.x.data();
    k.type = in.type.data();
    k.element = tables_.element;
    k.count = in.count.data();
    k.neighbours = in.neighbours.data();
    k.stride = static_cast<long>(in.neighbours.stride(0));
    k.centres = in.all ? nullptr : in.centres.data();
    k.n_centres = in.n_centres;
    k.max_count = static_cast<int>(in.neighbours.extent(1));
    k.f = out.f.data();
    k.energy = out.want_energy ? out.energy.data() : nullptr;
    k.virial = out.want_virial ? out.virial.data() : nullptr;
    return k;
  }

  // How often a tile's work is halved again, so that few tiles still fill the machine.
  int spread(int tiles) const {
    const int rows = ExecSpace().concurrency() / Backend::vector;
    const int team = couple_team(tables_.view.twojmax);
    int out = 0;
    while (out + 1 < kSpreads && tiles * (team << out) < rows / 2) ++out;
    return out;
  }

  void run(const Chunk& c, int tiles) {
    const Tables& t = c.t;
    constexpr int kTeam = Backend::narrow_team;
    const int blocks = t.n_blocks * t.channels;
    over_tiles<kTeam>("snap::pack", space_, tiles, 1, Pack{c});
    over_tiles<kTeam>("snap::geometry", space_, tiles, c.layout.capacity, Geometry{c});
    by_twojmax(c, tiles, Stage::density);
    over_tiles<kTeam>("snap::transform", space_, tiles, blocks, Transform{c});
    if (t.quadratic) {
      couple(c, tiles, true);
      over_tiles<kTeam>("snap::quadratic", space_, tiles, t.n_bispectrum, Quadratic{c});
      over_tiles<kTeam>("snap::betas", space_, tiles, t.n_beta,
                        QuadraticBetas{c, tables_.beta_first});
    }
    couple(c, tiles, false);
    over_tiles<kTeam>("snap::adjoint", space_, tiles, blocks, Adjoint{c});
    if (c.in.energy != nullptr) over_tiles<kTeam>("snap::energy", space_, tiles, 1, Energy{c});
    by_twojmax(c, tiles, Stage::force);
  }

  enum class Stage { density, force };

  void by_twojmax(const Chunk& c, int tiles, Stage stage) {
    switch (c.t.twojmax) {
      case 2:
        return per_neighbour<2>(c, tiles, stage);
      case 4:
        return per_neighbour<4>(c, tiles, stage);
      case 6:
        return per_neighbour<6>(c, tiles, stage);
      case 8:
        return per_neighbour<8>(c, tiles, stage);
      case 10:
        return per_neighbour<10>(c, tiles, stage);
      case 12:
        return per_neighbour<12>(c, tiles, stage);
      case 14:
        return per_neighbour<14>(c, tiles, stage);
      default:
        return per_neighbour<-1>(c, tiles, stage);
    }
  }

  template <int J>
  void per_neighbour(const Chunk& c, int tiles, Stage stage) {
    constexpr int kTeam = Backend::narrow_team;
    if (stage == Stage::density) {
      const int rows = c.t.twojmax / 2 + 1;
      over_tiles<kTeam>("snap::density", space_, tiles, rows * c.t.channels, Density<J>{c, rows});
    } else {
      const int items = std::min(kTeam << spread(tiles), std::max(1, c.layout.capacity));
      over_tiles<kTeam>("snap::force", space_, tiles, items, Force<J>{c, items});
    }
  }

  void couple(const Chunk& c, int tiles, bool bispectrum) {
    const int most = c.t.twojmax / 2 + 1;
    if (most <= 3) return couple_as<3, Backend::wide_team>(c, tiles, bispectrum);
    if (most <= 4) return couple_as<4, Backend::wide_team>(c, tiles, bispectrum);
    if (most <= kFewJ) return couple_as<kFewJ, Backend::wide_team>(c, tiles, bispectrum);
    if (most <= 8) return couple_as<8, Backend::narrow_team>(c, tiles, bispectrum);
    couple_as<kMaxJ / 2 + 1, Backend::narrow_team>(c, tiles, bispectrum);
  }

  template <int kMost, int kTeam>
  void couple_as(const Chunk& c, int tiles, bool bispectrum) {
    const int wide = spread(tiles), shares = kTeam << wide;
    if (bispectrum) {
      over_tiles<kTeam>("snap::bispectrum", space_, tiles, shares,
                        Bispectrum<kMost>{c, tables_.bispectrum, wide});
    } else {
      over_tiles<kTeam>("snap::couple", space_, tiles, shares,
                        Couple<kMost>{c, tables_.adjoint, wide});
    }
  }

  ExecSpace space_;
  DeviceTables<Real> tables_;
  std::int64_t chunksize_;
  DeviceView<Real*> reals_{"snap::chunk_reals", 0};
  DeviceView<int*> ints_{"snap::chunk_ints", 0};
};

}  // namespace SPLICEMD_SNAP_DEVICE
}  // namespace splicemd::snap
