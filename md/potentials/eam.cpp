// The portable EAM kernels (one thread per atom) and the potential's stages around the ghost exchange.
#include "md/potentials/eam.hpp"

#include <cmath>

#include "base/error.hpp"
#include "md/potentials/eam_host.hpp"

namespace splicemd::md {

namespace {

// Which owned atoms a stage covers: the first `n` of `rows`, or all n if `rows` is empty.
struct RowSet {
  DeviceView<const int*> rows;
  bool listed;
  KOKKOS_INLINE_FUNCTION int operator()(int k) const { return listed ? rows(k) : k; }
};

RowSet row_set(const DeviceView<const int*>& rows) { return {rows, rows.data() != nullptr}; }

}  // namespace

Eam::Eam(std::string style, EamTables tables, Kernel kernel)
    : style_(std::move(style)), tables_(std::move(tables)) {
#if defined(SPLICEMD_HOST_LANES)
  // The host kernel addresses the tables with 32-bit offsets.
  const bool fits = tables_.pair.size() < (std::size_t{1} << 31);
  const bool host = kernel == Kernel::host || (kernel == Kernel::best && fits);
  ensure(!host || fits, "{}: the tables are too large for the host kernel", style_);
  if (host) host_ = std::make_unique<EamHost>(tables_);
#else
  ensure(kernel != Kernel::host, "{}: this build has no host kernel", style_);
#endif
}

Eam::~Eam() = default;

double Eam::cutoff() const { return std::sqrt(tables_.cutoff_sq); }

double Eam::bytes(const WorkSize& work) const {
  const double tables =
      sizeof(double) * static_cast<double>(tables_.pair.size() + tables_.embedding.size());
  if (host_) return tables + host_->bytes(work);
  return tables + sizeof(double) * (2.0 * work.owned + work.ghosts);
}

void Eam::compute(const ForceInput& in, Phase phase, const ForceOutput& out) {
  if (host_) {
    host_->compute(in, phase, out);
  } else {
    compute_portable(in, phase, out);
  }
}

void Eam::compute_portable(const ForceInput& in, Phase phase, const ForceOutput& out) {
  const DeviceView<const int*> everyone;
  if (phase == Phase::interior) {
    grow(rho_, in.n_local);
    density(in, in.interior, static_cast<int>(in.interior.extent(0)));
    return;
  }
  grow(rho_, in.n_local);
  grow(slope_, in.n_all);
  const bool split = phase == Phase::boundary;
  const int n_boundary = split ? static_cast<int>(in.boundary.extent(0)) : in.n_local;
  density(in, split ? in.boundary : everyone, n_boundary);
  embed(in, out);
  if (in.exchange) in.exchange->begin(slope_);
  if (split) force(in, in.interior, static_cast<int>(in.interior.extent(0)), out);
  if (in.exchange) in.exchange->finish(slope_);
  force(in, split ? in.boundary : everyone, n_boundary, out);
}

void Eam::density(const ForceInput& in, const DeviceView<const int*>& rows, int n) {
  const RowSet row = row_set(rows);
  const EamTables tables = tables_;
  const NeighbourList list = in.full;
  const auto x = in.x;
  const auto type = in.type;
  const auto rho = rho_;
  Kokkos::parallel_for(
      "md::eam_density", RangePolicy(ExecSpace(), 0, n), KOKKOS_LAMBDA(int k) {
        const int i = row(k);
        double sum = 0.0;
        for (int q = 0; q < list.count(i); ++q) {
          const int j = list.neighbours(i, q);
          const double dx = x(i, 0) - x(j, 0), dy = x(i, 1) - x(j, 1), dz = x(i, 2) - x(j, 2);
          const double r_sq = dx * dx + dy * dy + dz * dz;
          if (r_sq >= tables.cutoff_sq) continue;
          double p;
          const int m = EamTables::interval(::sqrt(r_sq) * tables.inv_dr, tables.n_r, p);
          sum += EamTables::value(&tables.pair(type(j) * tables.n_species + type(i), m, 0), p);
        }
        rho(i) = sum;
      });
}

void Eam::embed(const ForceInput& in, const ForceOutput& out) {
  const EamTables tables = tables_;
  const auto type = in.type;
  const auto rho = rho_;
  const auto slope = slope_;
  const bool want_energy = in.energy;
  const auto energy = out.energy;
  Kokkos::parallel_for(
      "md::eam_embed", RangePolicy(ExecSpace(), 0, in.n_local), KOKKOS_LAMBDA(int i) {
        const double f = tables.embed(type(i), rho(i), slope(i));
        if (want_energy) energy(i) += f;
      });
}

void Eam::force(const ForceInput& in, const DeviceView<const int*>& rows, int n,
                const ForceOutput& out) {
  const RowSet row = row_set(rows);
  const EamTables tables = tables_;
  const NeighbourList list = in.full;
  const auto x = in.x;
  const auto type = in.type;
  const auto slope = slope_;
  const auto f = out.f;
  const auto energy = out.energy;
  const auto virial = out.virial;
  const bool want_energy = in.energy, want_virial = in.virial;
  Kokkos::parallel_for(
      "md::eam_force", RangePolicy(ExecSpace(), 0, n), KOKKOS_LAMBDA(int k) {
        const int i = row(k);
        const int ns = tables.n_species;
        double fx = 0.0, fy = 0.0, fz = 0.0, e = 0.0, v[6] = {0, 0, 0, 0, 0, 0};
        for (int q = 0; q < list.count(i); ++q) {
          const int j = list.neighbours(i, q);
          const double dx = x(i, 0) - x(j, 0), dy = x(i, 1) - x(j, 1), dz = x(i, 2) - x(j, 2);
          const double r_sq = dx * dx + dy * dy + dz * dz;
          if (r_sq >= tables.cutoff_sq) continue;
          const double r = ::sqrt(r_sq), inv_r = 1.0 / r;
          double p;
          const int m = EamTables::interval(r * tables.inv_dr, tables.n_r, p);
          const double* j_at_i = &tables.pair(type(j) * ns + type(i), m, 0);
          const double* i_at_j = &tables.pair(type(i) * ns + type(j), m, 0);
          const double phi = EamTables::value(j_at_i + 4, p) * inv_r;
          const double dphi = (EamTables::slope(j_at_i + 4, p) * tables.inv_dr - phi) * inv_r;
          const double drho =
              slope(i) * EamTables::slope(j_at_i, p) + slope(j) * EamTables::slope(i_at_j, p);
          const double g = -(drho * tables.inv_dr + dphi) * inv_r;
          fx += g * dx;
          fy += g * dy;
          fz += g * dz;
          e += 0.5 * phi;
          if (want_virial) {
            const double h = 0.5 * g;
            v[0] += h * dx * dx;
            v[1] += h * dy * dy;
            v[2] += h * dz * dz;
            v[3] += h * dx * dy;
            v[4] += h * dx * dz;
            v[5] += h * dy * dz;
          }
        }
        f(i, 0) += fx;
        f(i, 1) += fy;
        f(i, 2) += fz;
        if (want_energy) energy(i) += e;
        if (want_virial) {
          for (int c = 0; c < 6; ++c) virial(i, c) += v[c];
        }
      });
}

}  // namespace splicemd::md
