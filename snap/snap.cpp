// Drives the SNAP kernels: shares tiles among threads and adds up their forces.
#include "snap/snap.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "base/error.hpp"
#include "snap/device_snap.hpp"
#include "snap/tables.hpp"

namespace splicemd::snap {

// Where the vectorised host kernels run; on a device backend none of them does.
using KernelSpace =
    std::conditional_t<kHostExecution, ExecSpace, Kokkos::DefaultHostExecutionSpace>;

struct Snap::State {
  State(const Parameters& p, const std::vector<int>& map, Precision chosen)
      : precision(chosen),
        ops(select_kernel(chosen)),
        tables(p),
        mixed(tables),
        type_to_element(map),
        cutoff(p.max_cutoff()),
        chunksize(p.chunksize) {}

  Precision precision;
  const KernelOps& ops;
  TableStorage tables;
  MixedTableStorage mixed;
  std::vector<int> type_to_element;
  double cutoff;
  std::int64_t chunksize;
  DeviceView<char*> workspace{"snap::workspace", 0};    // (workers · bytes)
  DeviceView<double*> copies{"snap::force_copies", 0};  // ((workers − 1) · 3 n_all) eV/Å
  long worker_bytes = 0;

  std::unique_ptr<DeviceSnap> device;  // once it is used

  void run(const KernelInput& in, int n_all);
  DeviceSnap& on_device();
};

namespace {

// One index per worker: its tiles, in order, into its own forces.
struct TileLoop {
  KernelInput in;
  const KernelOps* ops;
  int workers;
  int tiles;
  int n_all;
  char* workspace;
  long worker_bytes;
  double* copies;
  KernelProfile* profiles;  // (workers) or null

  void operator()(int worker) const {
    KernelInput own = in;
    if (worker > 0) {
      own.f = copies + static_cast<std::size_t>(worker - 1) * 3 * static_cast<std::size_t>(n_all);
      std::fill(own.f, own.f + 3 * static_cast<std::size_t>(n_all), 0.0);
    }
    const auto share = [&](long w) { return static_cast<int>(w * tiles / workers); };
    ops->run(own, share(worker), share(worker + 1), workspace + worker * worker_bytes,
             profiles == nullptr ? nullptr : profiles + worker);
  }
};

// Adds the workers' forces in a fixed order.
struct SumCopies {
  double* f;
  const double* copies;
  int workers;
  std::size_t n;
  void operator()(std::size_t k) const {
    double sum = 0.0;
    for (int w = 0; w + 1 < workers; ++w) sum += copies[static_cast<std::size_t>(w) * n + k];
    f[k] += sum;
  }
};

// The largest number of listed neighbours of the atoms to compute.
int longest_row(const SnapInput& in) {
  int most = 0;
  for (int n = 0; n < in.n_centres; ++n)
    most = std::max(most, in.count(in.all ? n : in.centres(n)));
  return most;
}

}  // namespace

DeviceSnap& Snap::State::on_device() {
  if (!device) {
    const auto make = precision == Precision::mixed ? make_device_snap_mixed : make_device_snap;
    device = make(tables, type_to_element, chunksize);
  }
  return *device;
}

void Snap::State::run(const KernelInput& in, int n_all) {
  const int tiles = (in.n_centres + ops.width - 1) / ops.width;
  const KernelSpace space;
  const int workers = std::max(1, std::min(static_cast<int>(space.concurrency()), tiles));
  worker_bytes = (ops.workspace(in) + 4095) / 4096 * 4096;
  grow(workspace, static_cast<std::size_t>(workers * worker_bytes));
  const std::size_t reals = 3 * static_cast<std::size_t>(n_all);
  if (workers > 1) grow(copies, static_cast<std::size_t>(workers - 1) * reals);
  KernelProfile* const profile = current_profile();
  std::vector<KernelProfile> profiles(profile == nullptr ? 0 : static_cast<std::size_t>(workers));
  for (KernelProfile& p : profiles) p.now = profile->now;
  const TileLoop loop{in,           &ops,          workers,
                      tiles,        n_all,         workspace.data(),
                      worker_bytes, copies.data(), profiles.empty() ? nullptr : profiles.data()};
  Kokkos::parallel_for(
      "snap::tiles",
      Kokkos::RangePolicy<KernelSpace, Kokkos::Schedule<Kokkos::Static>, int>(space, 0, workers),
      loop);
  space.fence();
  if (workers > 1) {
    Kokkos::parallel_for("snap::sum_forces",
                         Kokkos::RangePolicy<KernelSpace, std::size_t>(space, 0, reals),
                         SumCopies{in.f, copies.data(), workers, reals});
    space.fence();
  }
  for (const KernelProfile& p : profiles) {
    for (int stage = 0; stage < kStages; ++stage) profile->ticks[stage] += p.ticks[stage];
  }
}

Snap::Snap(const Parameters& parameters, const std::vector<int>& type_to_element,
           Precision precision)
    : state_(std::make_unique<State>(parameters, type_to_element, precision)) {
  for (const int e : type_to_element) {
    require(e >= 0 && e < static_cast<int>(parameters.elements.size()),
            "SNAP: element index {} out of range", e);
  }
}
Snap::~Snap() = default;
Snap::Snap(Snap&&) noexcept = default;
Snap& Snap::operator=(Snap&&) noexcept = default;

double Snap::cutoff() const { return state_->cutoff; }
const char* Snap::kernel() const { return state_->ops.name; }
double Snap::bytes_per_worker() const { return static_cast<double>(state_->worker_bytes); }

double Snap::bytes(double centres, double n_all, int neighbours) const {
  if (state_->ops.run == nullptr) return state_->on_device().bytes(centres, neighbours);
  KernelInput k{};
  k.tables = &state_->tables.view;
  k.mixed = &state_->mixed.view;
  k.max_count = neighbours;
  const double tiles = std::ceil(centres / state_->ops.width);
  const double workers = std::clamp(tiles, 1.0, static_cast<double>(KernelSpace().concurrency()));
  return workers * static_cast<double>(state_->ops.workspace(k)) +
         (workers - 1.0) * 3.0 * sizeof(double) * n_all;
}

void Snap::compute(const SnapInput& in, const SnapOutput& out) {
  if (in.n_centres == 0) return;
  if (state_->ops.run == nullptr) {
    DeviceSnap& device = state_->on_device();
    device.compute(in, out);
    state_->worker_bytes = device.bytes();
    return;
  }
  KernelInput k{};
  k.tables = &state_->tables.view;
  k.mixed = &state_->mixed.view;
  k.x = in.x.data();
  k.type = in.type.data();
  k.element = state_->type_to_element.data();
  k.count = in.count.data();
  k.neighbours = in.neighbours.data();
  k.stride = static_cast<long>(in.neighbours.stride(0));
  k.centres = in.all ? nullptr : in.centres.data();
  k.n_centres = in.n_centres;
  k.max_count = longest_row(in);
  k.f = out.f.data();
  k.energy = out.want_energy ? out.energy.data() : nullptr;
  k.virial = out.want_virial ? out.virial.data() : nullptr;
  state_->run(k, in.n_all);
}

}  // namespace splicemd::snap
