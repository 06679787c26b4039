// The SNAP reference implementation.
#include "snap/reference.hpp"

#include <algorithm>
#include <cmath>

#include "base/units.hpp"
#include "snap/coupling.hpp"

namespace splicemd::snap {

namespace {

using units::kPi;

// f and df/dr of a switching function.
struct Switch {
  double f = 1.0;
  double df = 0.0;
};

Switch outer_switch(const Parameters& p, double r, double rcut) {
  if (!p.switchflag || r <= p.rmin0) return {};
  const double k = kPi / (rcut - p.rmin0);
  return {0.5 * (std::cos(k * (r - p.rmin0)) + 1.0), -0.5 * k * std::sin(k * (r - p.rmin0))};
}

Switch inner_switch(const Parameters& p, double r, const Element& a, const Element& b) {
  if (!p.switchinnerflag) return {};
  const double centre = 0.5 * (a.sinner + b.sinner);
  const double width = 0.5 * (a.dinner + b.dinner);
  if (r >= centre + width) return {};
  if (r <= centre - width) return {0.0, 0.0};
  const double k = 0.5 * kPi / width;
  const double phase = 0.5 * kPi + k * (r - centre);
  return {0.5 * (1.0 - std::cos(phase)), 0.5 * k * std::sin(phase)};
}

}  // namespace

Reference::Reference(const Parameters& parameters) : parameters_(parameters) {
  for (int j = 0; j <= parameters_.twojmax; ++j) {
    offset_.push_back(size_);
    size_ += static_cast<std::size_t>((j + 1) * (j + 1));
  }
  for (int j1 = 0; j1 <= parameters_.twojmax; ++j1) {
    for (int j2 = 0; j2 <= j1; ++j2) {
      for (int j = j1 - j2; j <= std::min(parameters_.twojmax, j1 + j2); j += 2) {
        if (j >= j1) triples_.push_back({j1, j2, j});
      }
    }
  }
}

std::size_t Reference::index(int j, int mb, int ma) const {
  return offset_[static_cast<std::size_t>(j)] + static_cast<std::size_t>(mb * (j + 1) + ma);
}

Reference::Expansion Reference::expand(int element, const ReferenceNeighbour& neighbour) const {
  const auto& d = neighbour.r;
  const double r = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  const double rcut = parameters_.cutoff(element, neighbour.element);
  const double dtheta = parameters_.rfac0 * kPi / (rcut - parameters_.rmin0);
  const double theta0 = dtheta * (r - parameters_.rmin0);
  const double c = std::cos(theta0), s = std::sin(theta0);
  const Complex i(0.0, 1.0);
  const Complex a = Complex(c, -s * d[2] / r), b = s / r * Complex(d[1], -d[0]);
  std::array<Complex, 3> da, db;
  for (int k = 0; k < 3; ++k) {
    const double dr = d[static_cast<std::size_t>(k)] / r;
    const double ds_over_r = (c * dtheta / r - s / (r * r)) * dr;  // d(sinθ0/r)
    da[static_cast<std::size_t>(k)] =
        -s * dtheta * dr - i * (ds_over_r * d[2] + (k == 2 ? s / r : 0.0));
    db[static_cast<std::size_t>(k)] =
        ds_over_r * Complex(d[1], -d[0]) + s / r * Complex(k == 1 ? 1.0 : 0.0, k == 0 ? -1.0 : 0.0);
  }

  Expansion out;
  out.u.assign(size_, 0.0);
  for (auto& du : out.du) du.assign(size_, 0.0);
  out.u[0] = 1.0;
  // u_j from u_{j−1}: rows below the last by one recursion, the last row (mb = j) by the other one,
  // which also defines u_j(j, ·) from u_{j−1}(j−1, ·).
  for (int j = 1; j <= parameters_.twojmax; ++j) {
    for (int mb = 0; mb <= j; ++mb) {
      for (int ma = 0; ma <= j; ++ma) {
        const bool last = mb == j;
        const double den = last ? mb : j - mb;
        const Complex fa = last ? a : std::conj(a), fb = last ? b : -std::conj(b);
        // last row: u = √(ma/mb) a u(mb−1, ma−1) + √((j−ma)/mb) b u(mb−1, ma)
        // others:   u = √((j−ma)/(j−mb)) a* u(mb, ma) − √(ma/(j−mb)) b* u(mb, ma−1)
        const int row = last ? mb - 1 : mb;
        const int col_a = last ? ma - 1 : ma, col_b = last ? ma : ma - 1;
        const double root_a = std::sqrt((last ? ma : j - ma) / den),
                     root_b = std::sqrt((last ? j - ma : ma) / den);
        const std::size_t to = index(j, mb, ma);
        for (const bool second : {false, true}) {
          const int col = second ? col_b : col_a;
          const double root = second ? root_b : root_a;
          if (col < 0 || col > j - 1) continue;
          const std::size_t from = index(j - 1, row, col);
          const Complex factor = second ? fb : fa;
          out.u[to] += root * factor * out.u[from];
          for (std::size_t k = 0; k < 3; ++k) {
            const Complex plain = second ? db[k] : da[k];
            const Complex dfactor = last ? plain : (second ? -std::conj(plain) : std::conj(plain));
            out.du[k][to] += root * (dfactor * out.u[from] + factor * out.du[k][from]);
          }
        }
      }
    }
  }

  const auto& elements = parameters_.elements;
  const Element& ei = elements[static_cast<std::size_t>(element)];
  const Element& ej = elements[static_cast<std::size_t>(neighbour.element)];
  const Switch outer = outer_switch(parameters_, r, rcut),
               inner = inner_switch(parameters_, r, ei, ej);
  const double f = ej.weight * outer.f * inner.f;
  const double df = ej.weight * (outer.df * inner.f + outer.f * inner.df);
  for (std::size_t n = 0; n < size_; ++n) {
    for (std::size_t k = 0; k < 3; ++k) out.du[k][n] = f * out.du[k][n] + df * d[k] / r * out.u[n];
    out.u[n] *= f;
  }
  return out;
}

double Reference::component(const Triple& t, const Matrices& u1, const Matrices& u2,
                            const Matrices& u3, double scale, Matrices* g1, Matrices* g2,
                            Matrices* g3) const {
  double value = 0.0;
  const RoleWeights roles = role_weights(t.j1, t.j2, t.j);
  const double norm = parameters_.bnormflag ? 1.0 / (t.j + 1) : 1.0;
  std::vector<double> cg(static_cast<std::size_t>((t.j1 + 1) * (t.j2 + 1)));
  for (int k1 = 0; k1 <= t.j1; ++k1) {
    for (int k2 = 0; k2 <= t.j2; ++k2) {
      cg[static_cast<std::size_t>(k1 * (t.j2 + 1) + k2)] =
          coupling(t.j1, 2 * k1 - t.j1, t.j2, 2 * k2 - t.j2, t.j);
    }
  }
  for (int mb1 = 0; mb1 <= t.j1; ++mb1) {
    for (int mb2 = 0; mb2 <= t.j2; ++mb2) {
      const int mb = mb1 + mb2 - (t.j1 + t.j2 - t.j) / 2;
      const double cb = cg[static_cast<std::size_t>(mb1 * (t.j2 + 1) + mb2)];
      if (cb == 0.0) continue;
      for (int ma1 = 0; ma1 <= t.j1; ++ma1) {
        for (int ma2 = 0; ma2 <= t.j2; ++ma2) {
          const int ma = ma1 + ma2 - (t.j1 + t.j2 - t.j) / 2;
          const double c = norm * cb * cg[static_cast<std::size_t>(ma1 * (t.j2 + 1) + ma2)];
          if (c == 0.0) continue;
          const std::size_t n1 = index(t.j1, mb1, ma1), n2 = index(t.j2, mb2, ma2),
                            n3 = index(t.j, mb, ma);
          value += c * std::real(std::conj(u3[n3]) * u1[n1] * u2[n2]);
          if (g1 == nullptr) continue;
          // dB = Σ Re(conj(g) dU)
          (*g1)[n1] += scale * roles.first * c * u3[n3] * std::conj(u2[n2]);
          (*g2)[n2] += scale * roles.second * c * u3[n3] * std::conj(u1[n1]);
          (*g3)[n3] += scale * roles.third * c * u1[n1] * u2[n2];
        }
      }
    }
  }
  return value;
}

std::vector<double> Reference::effective_beta(int element, const std::vector<double>& b,
                                              double* energy) const {
  const std::vector<double>& beta = parameters_.elements[static_cast<std::size_t>(element)].beta;
  const std::size_t n = b.size();
  std::vector<double> out(beta.begin() + 1, beta.begin() + 1 + static_cast<std::ptrdiff_t>(n));
  *energy = beta[0];
  for (std::size_t k = 0; k < n; ++k) *energy += out[k] * b[k];
  if (!parameters_.quadraticflag) return out;
  std::size_t next = 1 + n;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t l = k; l < n; ++l, ++next) {
      const double alpha = beta[next];
      *energy += (k == l ? 0.5 : 1.0) * alpha * b[k] * b[l];
      out[k] += alpha * b[l];
      if (k != l) out[l] += alpha * b[k];
    }
  }
  return out;
}

ReferenceAtom Reference::compute(int element,
                                 const std::vector<ReferenceNeighbour>& neighbours) const {
  const int channels = parameters_.channels();
  std::vector<Matrices> density(static_cast<std::size_t>(channels), Matrices(size_, 0.0));
  for (int e = 0; e < channels; ++e) {
    const bool self = channels == 1 || parameters_.wselfallflag || e == element;
    for (int j = 0; self && j <= parameters_.twojmax; ++j) {
      for (int m = 0; m <= j; ++m) density[static_cast<std::size_t>(e)][index(j, m, m)] = 1.0;
    }
  }
  std::vector<Expansion> expansions(neighbours.size());
  std::vector<bool> inside(neighbours.size());
  const auto channel = [&](std::size_t k) {
    return static_cast<std::size_t>(channels == 1 ? 0 : neighbours[k].element);
  };
  for (std::size_t k = 0; k < neighbours.size(); ++k) {
    const auto& d = neighbours[k].r;
    const double rcut = parameters_.cutoff(element, neighbours[k].element);
    const double rsq = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    inside[k] = rsq < rcut * rcut && rsq > 1e-20;
    if (!inside[k]) continue;
    expansions[k] = expand(element, neighbours[k]);
    for (std::size_t n = 0; n < size_; ++n) density[channel(k)][n] += expansions[k].u[n];
  }

  ReferenceAtom out;
  const auto each = [&](auto&& visit) {
    std::size_t next = 0;
    for (std::size_t e1 = 0; e1 < density.size(); ++e1) {
      for (std::size_t e2 = 0; e2 < density.size(); ++e2) {
        for (std::size_t e3 = 0; e3 < density.size(); ++e3) {
          for (const Triple& triple : triples_) visit(e1, e2, e3, triple, next++);
        }
      }
    }
  };
  each([&](std::size_t e1, std::size_t e2, std::size_t e3, const Triple& t, std::size_t) {
    double value =
        component(t, density[e1], density[e2], density[e3], 0.0, nullptr, nullptr, nullptr);
    const auto i = static_cast<std::size_t>(element);
    const bool isolated =
        channels == 1 || parameters_.wselfallflag || (e1 == i && e2 == i && e3 == i);
    if (parameters_.bzeroflag && isolated) value -= parameters_.bnormflag ? 1.0 : t.j + 1.0;
    out.bispectrum.push_back(value);
  });
  const std::vector<double> beta = effective_beta(element, out.bispectrum, &out.energy);
  std::vector<Matrices> gradient(density.size(), Matrices(size_, 0.0));
  each([&](std::size_t e1, std::size_t e2, std::size_t e3, const Triple& t, std::size_t n) {
    component(t, density[e1], density[e2], density[e3], beta[n], &gradient[e1], &gradient[e2],
              &gradient[e3]);
  });
  for (std::size_t k = 0; k < neighbours.size(); ++k) {
    out.gradient.push_back({0.0, 0.0, 0.0});
    if (!inside[k]) continue;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (std::size_t n = 0; n < size_; ++n) {
        out.gradient[k][axis] +=
            std::real(std::conj(gradient[channel(k)][n]) * expansions[k].du[axis][n]);
      }
    }
  }
  return out;
}

}  // namespace splicemd::snap
