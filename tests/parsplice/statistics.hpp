// Tests of hypotheses, as p-values: the probability of data at least this far off if all is right.
#pragma once

#include <cstdint>
#include <vector>

namespace splicemd::parsplice {

// Pearson's χ² of counts against probabilities that add up to 1.
double chi_squared_p(const std::vector<double>& counts, const std::vector<double>& probabilities);
// Kolmogorov–Smirnov of numbers that should be uniform in (0, 1).
double uniform_p(std::vector<double> values);
// Whether the mean of independent samples is `expected` (two-sided, normal approximation).
double mean_p(const std::vector<double>& samples, double expected);
// Fisher's combination of independent p-values.
double combined_p(const std::vector<double>& p_values);

}  // namespace splicemd::parsplice
