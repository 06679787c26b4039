// Propagation of a Nosé–Hoover chain.
#include "md/integrators/nose_hoover_chain.hpp"

#include <cmath>

namespace splicemd::md {

namespace {
// Suzuki–Yoshida weights of third order: w, 1 − 2w, w with w = 1/(2 − 2^(1/3)).
constexpr double kOuter = 1.3512071919596576340;
constexpr double kWeights[3] = {kOuter, 1.0 - 2.0 * kOuter, kOuter};
}  // namespace

NoseHooverChain::NoseHooverChain(int length, double tau)
    : tau_(tau), rate_(static_cast<std::size_t>(length), 0.0) {}

void NoseHooverChain::set_target(double degrees, double kt) {
  if (kt_ > 0.0 && kt != kt_) {
    const double factor = std::sqrt(kt_ / kt);
    for (double& rate : rate_) rate *= factor;
  }
  degrees_ = degrees;
  kt_ = kt;
}

void NoseHooverChain::reset() {
  for (double& rate : rate_) rate = 0.0;
  heat_ = 0.0;
}

double NoseHooverChain::mass(std::size_t link) const {
  return (link == 0 ? degrees_ : 1.0) * kt_ * tau_ * tau_;
}

// dξ/dt's rate of change without friction, 1/ps².
double NoseHooverChain::drive(std::size_t link, double twice_kinetic) const {
  if (link == 0) return (twice_kinetic - degrees_ * kt_) / mass(0);
  return (mass(link - 1) * rate_[link - 1] * rate_[link - 1] - kt_) / mass(link);
}

double NoseHooverChain::advance_once(double& twice_kinetic, double dt) {
  const std::size_t last = rate_.size() - 1;
  // A link's rate over dt/2: half of the damping by the next link, the drive, the other half.
  const auto push = [&](std::size_t link) {
    const double damping = link < last ? std::exp(-0.125 * dt * rate_[link + 1]) : 1.0;
    rate_[link] = (rate_[link] * damping + 0.25 * dt * drive(link, twice_kinetic)) * damping;
  };
  for (std::size_t link = last + 1; link-- > 0;) push(link);
  const double scale = std::exp(-0.5 * dt * rate_[0]);
  twice_kinetic *= scale * scale;
  for (std::size_t link = 0; link <= last; ++link) {
    heat_ += (link == 0 ? degrees_ : 1.0) * kt_ * 0.5 * dt * rate_[link];
  }
  for (std::size_t link = 0; link <= last; ++link) push(link);
  return scale;
}

double NoseHooverChain::advance(double twice_kinetic, double dt) {
  if (degrees_ <= 0.0) return 1.0;
  double scale = 1.0;
  // advance_once covers half of what it is given, as the splitting is usually written.
  for (const double weight : kWeights) scale *= advance_once(twice_kinetic, 2.0 * dt * weight);
  return scale;
}

double NoseHooverChain::energy() const {
  double sum = heat_;
  for (std::size_t link = 0; link < rate_.size(); ++link) {
    sum += 0.5 * mass(link) * rate_[link] * rate_[link];
  }
  return sum;
}

void NoseHooverChain::save(std::vector<double>& values) const {
  values.push_back(degrees_);
  values.push_back(kt_);
  values.push_back(heat_);
  values.insert(values.end(), rate_.begin(), rate_.end());
}

void NoseHooverChain::restore(SavedState& saved) {
  degrees_ = saved.next();
  kt_ = saved.next();
  heat_ = saved.next();
  for (double& rate : rate_) rate = saved.next();
}

}  // namespace splicemd::md
