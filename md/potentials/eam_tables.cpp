// Builds the interpolation tables of EAM from the tables of a potential file.
#include "md/potentials/eam_tables.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/parse.hpp"

namespace splicemd::md {

namespace {

double knot_slope(const std::vector<double>& f, std::size_t m) {
  const std::size_t last = f.size() - 1;
  if (m == 0) return f[1] - f[0];
  if (m == last) return f[last] - f[last - 1];
  if (m == 1 || m == last - 1) return 0.5 * (f[m + 1] - f[m - 1]);
  return ((f[m - 2] - f[m + 2]) + 8.0 * (f[m + 1] - f[m - 1])) / 12.0;
}

std::size_t triangle(std::size_t a, std::size_t b) {
  return a >= b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a;
}

std::vector<std::size_t> elements_of(const EamFile& file, const std::vector<std::string>& names) {
  std::vector<std::size_t> result;
  for (const std::string& name : names) {
    const int k = file.index_of(name);
    require(k >= 0, "{}: the file has no element '{}'{}", file.path, name,
            did_you_mean(name, file.elements));
    result.push_back(static_cast<std::size_t>(k));
  }
  return result;
}

using PairHost = HostView<double** [kPairRow]>;

void fill_pair(const PairHost& out, int row, const std::vector<double>& rho,
               const std::vector<double>& z) {
  const auto rho_rows = hermite_rows(rho), z_rows = hermite_rows(z);
  for (std::size_t m = 0; m < rho.size(); ++m) {
    for (std::size_t k = 0; k < 4; ++k) {
      out(row, m, k) = rho_rows[4 * m + k];
      out(row, m, 4 + k) = z_rows[4 * m + k];
    }
  }
}

}  // namespace

std::vector<double> hermite_rows(const std::vector<double>& f) {
  std::vector<double> rows(4 * f.size(), 0.0);
  for (std::size_t m = 0; m + 1 < f.size(); ++m) {
    const double s0 = knot_slope(f, m), s1 = knot_slope(f, m + 1), rise = f[m + 1] - f[m];
    rows[4 * m] = s0 + s1 - 2.0 * rise;
    rows[4 * m + 1] = 3.0 * rise - 2.0 * s0 - s1;
    rows[4 * m + 2] = s0;
    rows[4 * m + 3] = f[m];
  }
  rows.back() = f.back();
  return rows;
}

EamTables make_eam_tables(const EamFile& file, const std::vector<std::string>& names) {
  const auto element = elements_of(file, names);
  const std::size_t n = names.size(), n_r = file.r_phi[0].size(), n_rho = file.embedding[0].size();
  const double bytes = 8.0 * (double(n * n * n_r) * kPairRow + double(n * n_rho) * kEmbeddingRow);
  require(bytes < kMaxTableBytes, "{}: tables for {} species would take {:.1f} GB", file.path, n,
          bytes / 1e9);

  EamTables tables;
  tables.n_species = static_cast<int>(n);
  tables.n_r = static_cast<int>(n_r);
  tables.n_rho = static_cast<int>(n_rho);
  tables.inv_dr = 1.0 / file.dr;
  tables.inv_drho = 1.0 / file.drho;
  tables.cutoff_sq = file.cutoff * file.cutoff;
  tables.rho_max = file.drho * static_cast<double>(n_rho - 1);

  DeviceView<double** [kPairRow]> pair("eam::pair", n * n, n_r);
  DeviceView<double** [kEmbeddingRow]> embedding("eam::embedding", n, n_rho);
  const auto pair_host = Kokkos::create_mirror_view(pair);
  const auto embedding_host = Kokkos::create_mirror_view(embedding);
  for (std::size_t a = 0; a < n; ++a) {
    const auto rows = hermite_rows(file.embedding[element[a]]);
    std::copy(rows.begin(), rows.end(), &embedding_host(a, 0, 0));
    for (std::size_t b = 0; b < n; ++b) {
      const auto& donor = file.density[element[a]];
      const auto& rho = donor.size() == 1 ? donor[0] : donor[element[b]];
      fill_pair(pair_host, static_cast<int>(a * n + b), rho,
                file.r_phi[triangle(element[a], element[b])]);
    }
  }
  Kokkos::deep_copy(pair, pair_host);
  Kokkos::deep_copy(embedding, embedding_host);
  tables.pair = pair;
  tables.embedding = embedding;
  return tables;
}

}  // namespace splicemd::md
