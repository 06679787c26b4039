// The double-precision multiply-add peak of one core, measured.
#pragma once

namespace splicemd::bench {

// Mflop/s (two per multiply-add) of independent vector multiply-adds during about `seconds` of this
// thread's CPU time, and the width of the vectors the measurement was built for.
double fma_peak_mflops(double seconds);
int fma_width();

// CPU time of the calling thread, s and ns.
double thread_seconds();
long thread_nanoseconds();

}  // namespace splicemd::bench
