// Index tables and coefficients of the SNAP kernels.
#include "snap/tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <tuple>

#include "base/units.hpp"
#include "snap/coupling.hpp"

namespace splicemd::snap {

namespace {

// Polynomials in t on [−1, 1] by their Chebyshev coefficients.
using Chebyshev = std::vector<long double>;

// f·(1 ± t)/2, using t·T_k = (T_{k+1} + T_{|k−1|})/2.
Chebyshev times_half(const Chebyshev& f, int sign) {
  Chebyshev out(f.size() + 1, 0.0L);
  for (std::size_t k = 0; k < f.size(); ++k) {
    out[k] += 0.5L * f[k];
    if (k == 0) {
      out[1] += 0.5L * sign * f[0];
    } else {
      out[k + 1] += 0.25L * sign * f[k];
      out[k - 1] += 0.25L * sign * f[k];
    }
  }
  return out;
}

// u_j(mb, ma) / (a^p b^q) as a function of t (|a|² = (1+t)/2, |b|² = (1−t)/2):
//   √(ma!(j−ma)!/(mb!(j−mb)!)) Σ_k (−1)^k C(j−mb, k) C(mb, ma−k) a*^{j−mb−k} a^{ma−k} b*^k b^{mb−ma+k}
// which is the row u_j(mb, ·) = coefficients of (a* − b* s)^{j−mb} (b + a s)^{mb}, normalised.
Chebyshev radial_polynomial(int j, int mb, int ma) {
  const int p = ma + mb - j, q = mb - ma;
  const long double norm =
      std::sqrt(factorial(ma) * factorial(j - ma) / (factorial(mb) * factorial(j - mb)));
  Chebyshev sum(static_cast<std::size_t>((j - std::abs(p) - std::abs(q)) / 2 + 1), 0.0L);
  for (int k = 0; k <= j - mb; ++k) {
    const long double c = binomial(j - mb, k) * binomial(mb, ma - k);
    if (c == 0.0L) continue;
    const int power_a = std::min(j - mb - k, ma - k), power_b = std::min(k, mb - ma + k);
    Chebyshev term{(k % 2 == 0 ? 1.0L : -1.0L) * c * norm};
    for (int n = 0; n < power_a; ++n) term = times_half(term, 1);
    for (int n = 0; n < power_b; ++n) term = times_half(term, -1);
    for (std::size_t n = 0; n < term.size(); ++n) sum[n] += term[n];
  }
  return sum;
}

int u_offset(int j) { return j * (j + 1) * (2 * j + 1) / 6; }

}  // namespace

TableStorage::TableStorage(const Parameters& parameters) {
  view.twojmax = parameters.twojmax;
  view.channels = parameters.channels();
  view.n_elements = static_cast<int>(parameters.elements.size());
  view.n_u = u_offset(parameters.twojmax + 1);
  view.rmin0 = parameters.rmin0;
  view.rfac0 = parameters.rfac0;
  view.switchflag = parameters.switchflag ? 1 : 0;
  view.inner = parameters.switchinnerflag ? 1 : 0;
  view.quadratic = parameters.quadraticflag ? 1 : 0;
  view.wselfall = parameters.wselfallflag ? 1 : 0;
  build_cells(parameters.twojmax);
  build_couplings(parameters.twojmax);
  build_betas(parameters);
  build_elements(parameters);
  build_forms();
  view.blocks = blocks.data();
  view.chain = chain.data();
  view.u_index = u_index.data();
  view.u_mirror = u_mirror.data();
  view.u_sign = u_sign.data();
  view.adjoint = adjoint.view();
  view.bispectrum = bispectrum.view();
  view.cg = cg.data();
  view.beta_terms = beta_terms.data();
  view.b_index = b_index.data();
  view.b_norm = b_norm.data();
  view.energy0 = energy0.data();
  view.betas = betas.data();
  view.beta = beta.data();
  view.alpha = alpha.data();
  view.b_zero = b_zero.data();
  view.cutsq = cutsq.data();
  view.kappa = kappa.data();
  view.inner_centre = inner_centre.data();
  view.inner_inverse = inner_inverse.data();
  view.weight = weight.data();
}

// Cells in the order of the blocks: (p, Q) then (p, −Q).
void TableStorage::build_cells(int twojmax) {
  const int width = 2 * twojmax + 1;
  chain_first_.assign(static_cast<std::size_t>((twojmax + 1) * width), -1);
  int poly = 0;
  const auto add_cell = [&](int p, int q, int k_max, int* matrix) {
    const int first = static_cast<int>(u_index.size());
    chain_first_[static_cast<std::size_t>(p * width + q + twojmax)] = first;
    *matrix = static_cast<int>(chain.size());
    for (int n = 0; n <= k_max; ++n) {
      const int j = p + std::abs(q) + 2 * n;
      const int mb = (j + p + q) / 2, ma = (j + p - q) / 2;
      Chebyshev c = radial_polynomial(j, mb, ma);
      c.resize(static_cast<std::size_t>(k_max) + 1, 0.0L);
      for (const long double value : c) chain.push_back(static_cast<double>(value));
      u_index.push_back(u_offset(j) + mb * (j + 1) + ma);
      u_mirror.push_back(p == 0 && q == 0 ? -1 : u_offset(j) + (j - mb) * (j + 1) + j - ma);
      u_sign.push_back(q % 2 == 0 ? 1.0 : -1.0);
    }
    return first;
  };
  for (int p = 0; p <= twojmax; ++p) {
    for (int q = 0; p + q <= twojmax; ++q) {
      PolyBlock block{};
      block.p = p;
      block.q = q;
      block.k_max = (twojmax - p - q) / 2;
      block.n_real = (p > 0 ? 2 : 1) * (q > 0 ? 2 : 1);
      block.poly = poly;
      poly += block.n_real * (block.k_max + 1);
      block.plus = add_cell(p, q, block.k_max, &block.to_plus);
      block.minus = p > 0 && q > 0 ? add_cell(p, -q, block.k_max, &block.to_minus) : -1;
      blocks.push_back(block);
    }
  }
  view.n_poly = poly;
  view.n_blocks = static_cast<int>(blocks.size());
  view.n_chain = static_cast<int>(u_index.size());
}

void TableStorage::build_couplings(int twojmax) {
  const int width = 2 * twojmax + 1;
  for (int j1 = 0; j1 <= twojmax; ++j1) {
    for (int j2 = 0; j2 <= j1; ++j2) {
      const int jmax = largest_coupled(twojmax, j1, j2);
      const auto lowest = [&](int m) { return std::max(j1 - j2, m); };
      // cg for every projection m of the coupled momentum: [m1][j descending from jmax].
      std::map<int, int> first;
      for (int m = -jmax; m <= jmax; m += 2) {
        const int s = (m + j1 + j2) / 2;
        first[m] = static_cast<int>(all_cg_.size());
        for (int k1 = std::max(0, s - j2); k1 <= std::min(j1, s); ++k1) {
          for (int j = jmax; j >= lowest(std::abs(m)); j -= 2) {
            all_cg_.push_back(coupling(j1, 2 * k1 - j1, j2, 2 * (s - k1) - j2, j));
          }
        }
      }
      Pair pair{
          j1, j2, jmax, (jmax - (j1 - j2)) / 2 + 1, 0, static_cast<int>(coupled_cells_.size()), 0};
      for (int j = jmax; j >= j1; j -= 2) ++pair.n_b;
      for (int mb = -jmax; mb <= jmax; mb += 2) {
        for (int ma = -jmax; ma <= jmax; ma += 2) {
          const int p = (ma + mb) / 2, q = (mb - ma) / 2;
          if (!(p > 0 || (p == 0 && q >= 0))) continue;
          const int sb = (mb + j1 + j2) / 2, sa = (ma + j1 + j2) / 2;
          const int b0 = std::max(0, sb - j2), a0 = std::max(0, sa - j2);
          const int top = std::max(std::abs(mb), std::abs(ma));
          CouplingForm c{};
          c.x = u_offset(j1) + b0 * (j1 + 1) + a0;
          c.y = u_offset(j2) + (sb - b0) * (j2 + 1) + sa - a0;
          c.dx = static_cast<short>(j1 + 1);
          c.dy = static_cast<short>(j2 + 1);
          c.nb = static_cast<short>(std::min(j1, sb) - b0 + 1);
          c.na = static_cast<short>(std::min(j1, sa) - a0 + 1);
          c.cg_b = first[mb];
          c.cg_a = first[ma];
          const int stride_b = (jmax - lowest(std::abs(mb))) / 2 + 1;
          const int stride_a = (jmax - lowest(std::abs(ma))) / 2 + 1;
          c.out =
              chain_first_[static_cast<std::size_t>(p * width + q + twojmax)] + (jmax - top) / 2;
          const int n_j = (jmax - lowest(top)) / 2 + 1;
          coupled_cells_.push_back({c, n_j, std::min(n_j, pair.n_b), stride_b, stride_a});
        }
      }
      pair.last = static_cast<int>(coupled_cells_.size());
      pairs_.push_back(pair);
    }
  }
}

// ⟨w_j, Z^j(x_j1, y_j2)⟩/(j+1) is symmetric under any exchange of its three (density, j), so each
// component of B feeds Y at three places.
void TableStorage::build_betas(const Parameters& parameters) {
  const int n = view.channels;
  std::map<std::tuple<int, int, int, int>, int> job_of;  // (j1, j2, e1, e2)
  std::map<std::tuple<int, int, int>, int> triple_of;    // (j1, j2, j)
  for (const Pair& pair : pairs_) {
    for (int j = pair.j1 - pair.j2; j <= std::min(view.twojmax, pair.j1 + pair.j2); j += 2) {
      if (j < pair.j1) continue;
      const int next = static_cast<int>(triple_of.size());
      triple_of[{pair.j1, pair.j2, j}] = next;
    }
  }
  const int per_triple = static_cast<int>(triple_of.size());
  view.n_bispectrum = per_triple * n * n * n;
  const auto component = [&](int e1, int e2, int e3, int j1, int j2, int j) {
    return ((e1 * n + e2) * n + e3) * per_triple + triple_of.at({j1, j2, j});
  };
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    const Pair& pair = pairs_[k];
    for (int e1 = 0; e1 < n; ++e1) {
      for (int e2 = pair.j1 == pair.j2 ? e1 : 0; e2 < n; ++e2) {
        const bool same = pair.j1 == pair.j2;
        job_of[{pair.j1, pair.j2, e1, e2}] = static_cast<int>(jobs_.size());
        jobs_.push_back({static_cast<int>(k), e1, e2, same && e1 == e2, view.n_beta,
                         static_cast<int>(b_index.size()) / 2});
        view.n_beta += n * pair.n_j;
        for (int e3 = 0; e3 < n; ++e3) {
          for (int t = 0; t < pair.n_b; ++t) {
            const int j = pair.jmax - 2 * t;
            b_index.push_back(component(e1, e2, e3, pair.j1, pair.j2, j));
            b_index.push_back(same && e1 != e2 ? component(e2, e1, e3, pair.j1, pair.j2, j) : -1);
          }
        }
      }
    }
  }
  view.n_equal = static_cast<int>(b_index.size()) / 2;

  std::map<std::pair<int, int>, double> terms;  // (target, source) → factor
  const auto feed = [&](int source, int ea, int ja, int eb, int jb, int e, int j, double factor) {
    if (factor == 0.0) return;
    if (ja < jb || (ja == jb && ea > eb)) {
      std::swap(ja, jb);
      std::swap(ea, eb);
    }
    const Job& job = jobs_[static_cast<std::size_t>(job_of.at({ja, jb, ea, eb}))];
    const Pair& pair = pairs_[static_cast<std::size_t>(job.pair)];
    terms[{job.beta + e * pair.n_j + (pair.jmax - j) / 2, source}] += factor;
  };
  b_norm.assign(static_cast<std::size_t>(view.n_bispectrum), 1.0);
  for (int e1 = 0; e1 < n; ++e1) {
    for (int e2 = 0; e2 < n; ++e2) {
      for (int e3 = 0; e3 < n; ++e3) {
        for (const auto& [triple, k] : triple_of) {
          const auto [j1, j2, j] = triple;
          const int source = component(e1, e2, e3, j1, j2, j);
          const double norm = parameters.bnormflag ? 1.0 / (j + 1) : 1.0;
          b_norm[static_cast<std::size_t>(source)] = norm;
          const RoleWeights roles = role_weights(j1, j2, j);
          feed(source, e1, j1, e2, j2, e3, j, roles.third * norm);
          feed(source, e3, j, e2, j2, e1, j1, roles.first * norm * (j + 1) / (j1 + 1));
          feed(source, e3, j, e1, j1, e2, j2, roles.second * norm * (j + 1) / (j2 + 1));
        }
      }
    }
  }
  for (const auto& [key, factor] : terms) beta_terms.push_back({key.first, key.second, factor});
  view.n_beta_terms = static_cast<int>(beta_terms.size());
}

void TableStorage::build_elements(const Parameters& parameters) {
  const auto nb = static_cast<std::size_t>(view.n_bispectrum);
  const int n = view.channels;
  const std::size_t per_triple = nb / static_cast<std::size_t>(n * n * n);
  for (int e = 0; e < view.n_elements; ++e) {
    const Element& element = parameters.elements[static_cast<std::size_t>(e)];
    weight.push_back(element.weight);
    const double* coefficients = element.beta.data() + 1;
    beta.insert(beta.end(), coefficients, coefficients + nb);
    std::vector<double> zero(nb, 0.0);
    for (std::size_t k = 0; parameters.bzeroflag && k < nb; ++k) {
      const int triple = static_cast<int>(k / per_triple);
      const bool own = triple == (e * n + e) * n + e;
      if (n > 1 && !parameters.wselfallflag && !own) continue;
      // With one density, or the self term in all: B of the identity is j + 1, or 1 when normalised.
      std::size_t index = 0;
      for (const Pair& pair : pairs_) {
        for (int j = pair.j1; j <= std::min(view.twojmax, pair.j1 + pair.j2); ++j) {
          if ((pair.j1 + pair.j2 + j) % 2 != 0) continue;
          if (index++ == k % per_triple) zero[k] = parameters.bnormflag ? 1.0 : j + 1.0;
        }
      }
    }
    b_zero.insert(b_zero.end(), zero.begin(), zero.end());
    const double shift = std::inner_product(zero.begin(), zero.end(), coefficients, 0.0);
    energy0.push_back(element.beta[0] - (parameters.quadraticflag ? 0.0 : shift));
    std::vector<double> y(static_cast<std::size_t>(view.n_beta), 0.0);
    for (const BetaTerm& term : beta_terms) {
      y[static_cast<std::size_t>(term.target)] += term.factor * coefficients[term.source];
    }
    betas.insert(betas.end(), y.begin(), y.end());
    if (parameters.quadraticflag) {
      const std::size_t base = alpha.size();
      alpha.resize(base + nb * nb);
      std::size_t next = nb;
      for (std::size_t k = 0; k < nb; ++k) {
        for (std::size_t l = k; l < nb; ++l, ++next) {
          alpha[base + k * nb + l] = alpha[base + l * nb + k] = coefficients[next];
        }
      }
    }
    for (int other = 0; other < view.n_elements; ++other) {
      const Element& second = parameters.elements[static_cast<std::size_t>(other)];
      const double cut = parameters.cutoff(e, other);
      cutsq.push_back(cut * cut);
      kappa.push_back(units::kPi / (cut - parameters.rmin0));
      inner_centre.push_back(0.5 * (element.sinner + second.sinner));
      inner_inverse.push_back(2.0 / (element.dinner + second.dinner));
    }
  }
}

// Every form finds its coefficients at a constant distance from one another: equal blocks are kept once.
int TableStorage::pack_cg(const CgBlock& block) {
  const auto [place, is_new] = packed_cg_.try_emplace(block, static_cast<int>(cg.size()));
  if (is_new) {
    const auto [first, rows, stride, n_j, factor] = block;
    for (int row = 0; row < rows; ++row) {
      for (int j = 0; j < n_j; ++j)
        cg.push_back(factor * all_cg_[static_cast<std::size_t>(first + row * stride + j)]);
    }
  }
  return place->second;
}

// Every job's forms, sorted by shape; within a shape in the order of the pairs, whose operands lie together.
void TableStorage::build_forms() {
  struct Shaped {
    int half, n_j;
    CouplingForm form;
    auto shape() const { return std::make_tuple(half, n_j, form.na, form.nb); }
  };
  const auto build = [&](bool adjoint_forms, FormList& list) {
    std::vector<Shaped> all;
    for (const Job& job : jobs_) {
      const Pair& pair = pairs_[static_cast<std::size_t>(job.pair)];
      for (int n = pair.first; n < pair.last; ++n) {
        const CoupledCell& cell = coupled_cells_[static_cast<std::size_t>(n)];
        const int n_j = adjoint_forms ? cell.n_j : cell.n_b;
        if (n_j == 0) continue;
        CouplingForm form = cell.form;
        form.cg_b = pack_cg({form.cg_b, form.nb, cell.stride_b, n_j, job.half ? 2 : 1});
        form.cg_a = pack_cg({form.cg_a, form.na, cell.stride_a, n_j, 1});
        form.x += job.e1 * view.n_u;
        form.y += job.e2 * view.n_u;
        form.target = adjoint_forms ? job.beta : job.b;
        form.n_targets = adjoint_forms ? pair.n_j : pair.n_b;
        all.push_back({job.half ? 1 : 0, n_j, form});
      }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Shaped& a, const Shaped& b) { return a.shape() < b.shape(); });
    for (std::size_t n = 0; n < all.size(); ++n) {
      const auto at = static_cast<int>(n);
      if (n == 0 || all[n].shape() != all[n - 1].shape()) {
        list.groups.push_back({all[n].form.na, all[n].form.nb, all[n].n_j, all[n].half, at, at});
      }
      list.forms.push_back(all[n].form);
      list.groups.back().last = at + 1;
    }
  };
  build(true, adjoint);
  if (view.quadratic != 0) build(false, bispectrum);
}

MixedTableStorage::MixedTableStorage(const TableStorage& tables) {
  const SnapTables& full = tables.view;
  static_cast<TableSizes&>(view) = full;
  view.blocks = full.blocks;
  view.u_index = full.u_index;
  view.u_mirror = full.u_mirror;
  view.adjoint = full.adjoint;
  view.bispectrum = full.bispectrum;
  view.beta_terms = full.beta_terms;
  view.b_index = full.b_index;
  view.rmin0 = static_cast<float>(full.rmin0);
  view.rfac0 = static_cast<float>(full.rfac0);
  const auto round = [](const std::vector<double>& from, std::vector<float>& to) {
    to.assign(from.begin(), from.end());
    return to.data();
  };
  view.chain = round(tables.chain, chain);
  view.u_sign = round(tables.u_sign, u_sign);
  view.cg = round(tables.cg, cg);
  view.b_norm = round(tables.b_norm, b_norm);
  view.energy0 = round(tables.energy0, energy0);
  view.betas = round(tables.betas, betas);
  view.beta = round(tables.beta, beta);
  view.alpha = round(tables.alpha, alpha);
  view.b_zero = round(tables.b_zero, b_zero);
  view.cutsq = round(tables.cutsq, cutsq);
  view.kappa = round(tables.kappa, kappa);
  view.inner_centre = round(tables.inner_centre, inner_centre);
  view.inner_inverse = round(tables.inner_inverse, inner_inverse);
  view.weight = round(tables.weight, weight);
}

}  // namespace splicemd::snap
