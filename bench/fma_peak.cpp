// Measures the multiply-add peak with the widest vectors of the target processor.
#include "bench/fma_peak.hpp"

#include <ctime>

namespace splicemd::bench {

namespace {

#if defined(__AVX512F__)
constexpr int kWidth = 8;
constexpr int kChains = 20;
#elif defined(__AVX__)
constexpr int kWidth = 4;
constexpr int kChains = 12;
#else
constexpr int kWidth = 2;
constexpr int kChains = 12;
#endif
typedef double Pack __attribute__((vector_size(8 * kWidth)));

// `rounds` times one multiply-add on each of the chains, which hide its latency.
__attribute__((noinline)) double chains(long rounds) {
  Pack sum[kChains], factor{}, term{};
  for (int lane = 0; lane < kWidth; ++lane) {
    factor[lane] = 0.999999;
    term[lane] = 1e-6;
  }
  for (int k = 0; k < kChains; ++k) sum[k] = term * (k + 1.0);
  for (long n = 0; n < rounds; ++n) {
#pragma GCC unroll 32
    for (int k = 0; k < kChains; ++k) sum[k] = sum[k] * factor + term;
  }
  Pack total{};
  for (int k = 0; k < kChains; ++k) total += sum[k];
  return total[0] + total[kWidth - 1];
}

volatile double sink;

}  // namespace

long thread_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1000000000L * now.tv_sec + now.tv_nsec;
}

double thread_seconds() { return 1e-9 * static_cast<double>(thread_nanoseconds()); }

int fma_width() { return kWidth; }

double fma_peak_mflops(double seconds) {
  const long rounds = 10000;
  double best = 0.0;
  const double start = thread_seconds();
  do {
    const double before = thread_seconds();
    sink = chains(rounds);
    const double spent = thread_seconds() - before;
    const double rate = 2e-6 * kWidth * kChains * static_cast<double>(rounds) / spent;
    if (rate > best) best = rate;
  } while (thread_seconds() - start < seconds);
  return best;
}

}  // namespace splicemd::bench
