// p-values from Boost.Math's distributions.
#include "parsplice/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

namespace splicemd::parsplice {

double chi_squared_p(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  double sum = 0.0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double expected = total * probabilities[k];
    sum += (counts[k] - expected) * (counts[k] - expected) / expected;
  }
  const boost::math::chi_squared distribution(static_cast<double>(counts.size() - 1));
  return boost::math::cdf(boost::math::complement(distribution, sum));
}

double uniform_p(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double distance = 0.0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    distance = std::max({distance, static_cast<double>(k + 1) / n - values[k],
                         values[k] - static_cast<double>(k) / n});
  }
  // Kolmogorov's limit distribution with Stephens's correction for finite n.
  const double x = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
  if (x < 0.2) return 1.0;
  double p = 0.0;
  for (int j = 1; j < 100; ++j) p += (j % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * j * j * x * x);
  return std::clamp(p, 0.0, 1.0);
}

double mean_p(const std::vector<double>& samples, double expected) {
  const auto n = static_cast<double>(samples.size());
  const double mean = std::accumulate(samples.begin(), samples.end(), 0.0) / n;
  double squares = 0.0;
  for (const double x : samples) squares += (x - mean) * (x - mean);
  const double error = std::sqrt(squares / (n - 1.0) / n);
  const boost::math::normal distribution;
  return 2.0 *
         boost::math::cdf(boost::math::complement(distribution, std::abs(mean - expected) / error));
}

double combined_p(const std::vector<double>& p_values) {
  double sum = 0.0;
  for (const double p : p_values) sum -= 2.0 * std::log(std::max(p, 1e-300));
  const boost::math::chi_squared distribution(2.0 * static_cast<double>(p_values.size()));
  return boost::math::cdf(boost::math::complement(distribution, sum));
}

}  // namespace splicemd::parsplice
