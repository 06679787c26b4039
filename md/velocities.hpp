// Initial velocities.
#pragma once

#include <cstdint>

#include "md/system.hpp"

namespace splicemd::md {

struct VelocitySpec {
  double temperature = 0.0;   // K
  std::uint64_t seed = 0;     // the numbers are keyed by it and the atoms' ids
  bool zero_momentum = true;  // remove the centre-of-mass motion of the mobile atoms
  bool rescale = true;        // to exactly `temperature`, over degrees_of_freedom()
};

// Gives mobile atoms velocities of the Maxwell–Boltzmann distribution, frozen atoms none. The same for
// any number of ranks up to rounding. Collective. InputError unless the temperature is ≥ 0 and finite.
void create_velocities(System& system, const VelocitySpec& spec);

// Subtracts the centre-of-mass velocity of the mobile atoms from each of them. Collective.
void zero_momentum(System& system);

// Scales all velocities to the temperature `target` (K) over degrees_of_freedom(system,
// conserves_momentum); leaves atoms at rest as they are. Collective.
void rescale_velocities(System& system, double target, bool conserves_momentum);

}  // namespace splicemd::md
