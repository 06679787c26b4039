// Keeps per-atom arrays of a minimiser with their atoms when a neighbour rebuild sorts them or moves
// them between ranks.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "md/system.hpp"

namespace splicemd::md {

// Not thread-safe; collective.
class CarriedRows {
 public:
  using Array = DeviceView<double* [3]>;  // one row per owned atom

  // Remembers which atom each row belongs to.
  void remember(const System& system);
  // After a rebuild: reorders the arrays' rows to the atoms' new rows, growing the arrays as needed;
  // rows of atoms that changed rank travel through the root. Then remembers the new order.
  void follow(const System& system, std::initializer_list<Array*> arrays);

 private:
  // An atom and where the numbers that belong to it begin in `numbers_`.
  struct Entry {
    std::int64_t id;
    std::size_t at;
  };
  void collect(std::initializer_list<Array*> arrays);
  void exchange_moved(const Communicator& comm, std::size_t width);
  const Entry& find(std::int64_t id) const;

  std::vector<std::int64_t> ids_;         // by row
  std::vector<std::int64_t> sorted_ids_;  // of the atoms now on this rank
  std::vector<Entry> entries_;            // sorted by id
  std::vector<double> numbers_;           // per entry the rows of all arrays, one after the other
};

}  // namespace splicemd::md
