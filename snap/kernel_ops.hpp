// The table of SNAP kernels built for different instruction sets, chosen at run time.
#pragma once

#include "snap/kernel_tables.hpp"

namespace splicemd::snap {

// Stages of the tile pipeline, for timing.
enum KernelStage { kPack, kDensity, kTransform, kCouple, kForce, kStages };

// Counts time per stage if `now` is set: ticks of any steady counter.
struct KernelProfile {
  long (*now)() = nullptr;
  long ticks[kStages] = {};
};

// While set, every evaluation on the host adds its times per stage, summed over threads; null: none does.
void set_profile(KernelProfile* profile);
KernelProfile* current_profile();

struct KernelOps {
  const char* name;  // "avx512", "avx2", "generic", "device"
  int width;         // atoms per tile
  // The kernels through Kokkos have neither of these: snap/device_snap.hpp.
  // Bytes of work memory one worker needs (64-byte aligned).
  long (*workspace)(const KernelInput& in);
  // Computes the tiles [first, last); tile t holds centres [t·width, (t+1)·width).
  void (*run)(const KernelInput& in, int first, int last, void* workspace, KernelProfile* profile);
};

// What a kernel computes in: double, or float with double sums of forces, energies and virials.
enum class Precision { full, mixed };

// One per instruction set; null where the compiler cannot build it. `generic` is never null.
const KernelOps* kernel_avx512();
const KernelOps* kernel_avx512_mixed();
const KernelOps* kernel_avx2();
const KernelOps* kernel_avx2_mixed();
const KernelOps* kernel_generic();
const KernelOps* kernel_generic_mixed();
// Kokkos kernels in ExecSpace: the only ones on a GPU, for tests elsewhere; in either precision.
const KernelOps* kernel_device();

// The fastest kernel this processor runs, or the one named by set_kernel() or the environment variable
// SPLICEMD_SNAP_KERNEL, which is read once. Throws InputError for a name that is unknown or cannot run here.
const KernelOps& select_kernel(Precision precision = Precision::full);
void set_kernel(const char* name);  // null: back to automatic

}  // namespace splicemd::snap
