// The memory bandwidth of this process's cores, measured.
#pragma once

namespace splicemd::bench {

// GB/s of the triad a = b + s·c over arrays far larger than the caches, all threads of ExecSpace
// together, counted as in STREAM (McCalpin): 24 bytes per element. The best of several passes.
double triad_bandwidth_gbs();

}  // namespace splicemd::bench
