// Reordering by atom id, on the host: rebuilds are rare in a minimisation.
#include "md/minimisers/carried_rows.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace splicemd::md {

void CarriedRows::remember(const System& system) {
  const auto n = static_cast<std::size_t>(system.atoms.n_local);
  ids_.resize(n);
  const auto id = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), system.atoms.id);
  for (std::size_t i = 0; i < n; ++i) ids_[i] = id(i);
}

void CarriedRows::collect(std::initializer_list<Array*> arrays) {
  const std::size_t width = 3 * arrays.size();
  entries_.clear();
  numbers_.resize(ids_.size() * width);
  for (std::size_t i = 0; i < ids_.size(); ++i) entries_.push_back({ids_[i], i * width});
  std::size_t column = 0;
  for (const Array* array : arrays) {
    const auto host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), *array);
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      for (int k = 0; k < 3; ++k) numbers_[i * width + column + k] = host(i, k);
    }
    column += 3;
  }
}

void CarriedRows::exchange_moved(const Communicator& comm, std::size_t width) {
  std::vector<std::int64_t> moved_ids;
  std::vector<double> moved_numbers;
  for (const Entry& entry : entries_) {
    if (std::binary_search(sorted_ids_.begin(), sorted_ids_.end(), entry.id)) continue;
    moved_ids.push_back(entry.id);
    moved_numbers.insert(moved_numbers.end(), numbers_.begin() + static_cast<long>(entry.at),
                         numbers_.begin() + static_cast<long>(entry.at + width));
  }
  std::vector<std::int64_t> all_ids = comm.gather(moved_ids);
  std::vector<double> all_numbers = comm.gather(moved_numbers);
  comm.broadcast(all_ids);
  comm.broadcast(all_numbers);
  for (std::size_t k = 0; k < all_ids.size(); ++k) {
    if (!std::binary_search(sorted_ids_.begin(), sorted_ids_.end(), all_ids[k])) continue;
    entries_.push_back({all_ids[k], numbers_.size()});
    numbers_.insert(numbers_.end(), all_numbers.begin() + static_cast<long>(k * width),
                    all_numbers.begin() + static_cast<long>((k + 1) * width));
  }
}

const CarriedRows::Entry& CarriedRows::find(std::int64_t id) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), id,
                       [](const Entry& entry, std::int64_t key) { return entry.id < key; });
  ensure(at != entries_.end() && at->id == id, "atom {} was lost in a neighbour rebuild", id);
  return *at;
}

void CarriedRows::follow(const System& system, std::initializer_list<Array*> arrays) {
  ExecSpace().fence();
  collect(arrays);
  remember(system);
  if (system.comm.size() > 1) {
    sorted_ids_ = ids_;
    std::sort(sorted_ids_.begin(), sorted_ids_.end());
    exchange_moved(system.comm, 3 * arrays.size());
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
  std::size_t column = 0;
  for (Array* array : arrays) {
    grow(*array, ids_.size());
    const auto host = Kokkos::create_mirror_view(*array);
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const Entry& entry = find(ids_[i]);
      for (int k = 0; k < 3; ++k) host(i, k) = numbers_[entry.at + column + k];
    }
    Kokkos::deep_copy(*array, host);
    column += 3;
  }
}

}  // namespace splicemd::md
