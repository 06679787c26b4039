// Conjugate gradients. The direction is the array a_ of the base class, the last step's forces are b_.
#include "md/minimisers/conjugate_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace splicemd::md {

namespace {
constexpr double kSlopeDrop = 0.3;    // a line search ends when the slope has fallen to this share
constexpr double kRounding = 1e-11;   // relative error of energies that is taken for rounding
constexpr double kFirstStep = 0.03;   // Å²/eV: the inverse of a stiff bond's force constant
constexpr double kLeastMove = 1e-12;  // Å: steps shorter than this are lost in rounding
constexpr int kMostTrials = 25;       // of one line search
}  // namespace

ConjugateGradient::Direction ConjugateGradient::turn(const System& system, double beta) const {
  const auto f = system.atoms.f;
  const auto group = system.atoms.group;
  const auto d = a_;
  const auto before = b_;
  double dd = 0.0, largest2 = 0.0;
  reduce_rows(
      "conjugate_gradient::turn", system.atoms.n_local,
      KOKKOS_LAMBDA(const int i, double& sum, double& largest) {
        if ((group(i) & kFrozenBit) != 0) return;
        double square = 0.0;
        for (int k = 0; k < 3; ++k) {
          before(i, k) = f(i, k);
          d(i, k) = f(i, k) + beta * d(i, k);
          square += d(i, k) * d(i, k);
        }
        sum += square;
        if (square > largest) largest = square;
      },
      Kokkos::Sum<double>(dd), Kokkos::Max<double>(largest2));
  return {system.comm.sum(dd), std::sqrt(system.comm.max(std::max(largest2, 0.0)))};
}

void ConjugateGradient::move(System& system, double length) const {
  const auto x = system.atoms.x;
  const auto group = system.atoms.group;
  const auto d = a_;
  for_rows(
      "conjugate_gradient::move", system.atoms.n_local, KOKKOS_LAMBDA(const int i) {
        if ((group(i) & kFrozenBit) != 0) return;
        for (int k = 0; k < 3; ++k) x(i, k) += length * d(i, k);
      });
}

void ConjugateGradient::start(System&) {
  first_step_ = 0.0;
  ff_before_ = 0.0;
}

ConjugateGradient::Point ConjugateGradient::go_to(System& system, Forces& forces, double alpha) {
  move(system, alpha - alpha_);
  alpha_ = alpha;
  evaluate(system, forces);
  return {alpha, energy_, -sums_.fa};
}

// Searches along d from the current point, at most to `longest`. True if it found a point to go on
// from; else the system is back where it was.
bool ConjugateGradient::search(System& system, Forces& forces, double longest) {
  const Point origin{0.0, energy_, -sums_.fa};
  const double rounding = kRounding * (std::abs(energy_) + 1.0);
  Point low = origin, behind = origin;
  std::optional<Point> high;  // uphill of the minimum, once one has been seen
  double alpha = std::min(first_step_, longest);
  alpha_ = 0.0;
  for (int trial = 0; trial < kMostTrials; ++trial) {
    const Point point = go_to(system, forces, alpha);
    const bool higher = point.energy > origin.energy + rounding;
    if (!higher && std::abs(point.slope) <= kSlopeDrop * std::abs(origin.slope)) return true;
    if (higher || point.slope > 0.0) {
      high = point;
    } else {
      if (alpha >= longest) return true;
      behind = low;
      low = point;
    }
    if (high) {
      // The secant's zero where both ends bracket one, else the middle; never too near the ends.
      const double width = high->alpha - low.alpha;
      const double share =
          high->slope > 0.0 && high->energy <= origin.energy + rounding
              ? -low.slope / (high->slope - low.slope)
              : (high->slope > 0.0 ? std::min(0.5, -low.slope / (high->slope - low.slope)) : 0.5);
      alpha = low.alpha + std::clamp(share, 0.05, 0.95) * width;
    } else {
      const double curvature = (low.slope - behind.slope) / (low.alpha - behind.alpha);
      const double jump = curvature > 0.0 ? low.alpha - low.slope / curvature : 4.0 * low.alpha;
      alpha = std::min(std::clamp(jump, 1.2 * low.alpha, 5.0 * low.alpha), longest);
    }
  }
  go_to(system, forces, low.alpha);
  return low.alpha > 0.0;
}

void ConjugateGradient::advance(System& system, Forces& forces) {
  double beta = 0.0;
  if (ff_before_ > 0.0) beta = std::max(0.0, (sums_.ff - sums_.fb) / ff_before_);
  for (;;) {
    const double slope = sums_.ff + beta * sums_.fa;  // F·d of the new direction
    // Not clearly downhill: start anew along the forces.
    if (beta > 0.0 && slope < 0.1 * sums_.ff) {
      beta = 0.0;
      continue;
    }
    const Direction direction = turn(system, beta);
    sums_.fa = slope;
    const double longest = settings_.max_displacement / direction.largest;
    first_step_ = first_step_ > 0.0 ? first_step_ * slope_before_ / slope : kFirstStep;
    const double ff = sums_.ff;
    if (search(system, forces, longest)) {
      first_step_ = alpha_;
      slope_before_ = slope;
      ff_before_ = ff;
      if (alpha_ * direction.largest < kLeastMove) stop(MinimiserEnd::no_descent);
      return;
    }
    first_step_ = 0.0;
    if (beta == 0.0) {
      stop(MinimiserEnd::no_descent);
      return;
    }
    beta = 0.0;
  }
}

std::unique_ptr<Minimiser> make_conjugate_gradient(const ConfigNode&,
                                                   const MinimiserSettings& settings) {
  return std::make_unique<ConjugateGradient>(settings);
}

}  // namespace splicemd::md
