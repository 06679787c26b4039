// Finds the settings that run a deck fastest on this machine, and remembers them per machine and potential.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mpi.hpp"
#include "md/deck.hpp"

namespace splicemd::bench {

// What is tuned. Results agree to rounding whatever the choice.
struct Tuning {
  double skin = 1.0;  // Å, of the neighbour lists
  std::string
      kernel;  // of SNAP: its instruction set and with it the height of a tile; "" without SNAP
};

struct TuningPoint {
  Tuning tuning;
  double atom_steps_per_s = 0.0;  // median over rounds
};

// Measures the deck's first stage, which must be dynamics: the skins in turn, then at the best of them the
// kernels this processor runs. `seconds` per measurement. Collective; the fastest point comes first.
std::vector<TuningPoint> measure_tunings(const md::Deck& deck, double seconds,
                                         const Communicator& comm);

// The file that remembers the tuning of a deck's potentials on this kind of processor with this number of
// ranks and threads: below XDG_CACHE_HOME (default ~/.cache) in splicemd/tuned.
std::string tuning_file(const md::Deck& deck, const Communicator& comm);
// `remark` is kept as a comment.
void save_tuning(const std::string& file, const Tuning& tuning, const std::string& remark);
// None if there is no such file; InputError if it is not what save_tuning wrote.
std::optional<Tuning> load_tuning(const std::string& file);
// Makes the deck and the SNAP kernels of this process use it.
void apply_tuning(const Tuning& tuning, md::Deck& deck);

}  // namespace splicemd::bench
