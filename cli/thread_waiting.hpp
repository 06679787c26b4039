// How long a thread that waits for others keeps its core.
#pragma once

namespace splicemd::cli {

// Bounds how long OpenMP's threads spin before they sleep, unless the user has said how they are to wait
// (OMP_WAIT_POLICY, GOMP_SPINCOUNT): spinning as long as the runtime does by itself, threads hold up those they wait
// for as soon as another process wants a core. The runtime reads its environment when it is loaded: the process starts
// itself again with the same arguments. Returns if nothing is to be done or that fails. To be called first in main().
void bound_spinning(char** argv);

// Sets the environment of bound_spinning() for processes started from here.
void set_spin_bound();

}  // namespace splicemd::cli
