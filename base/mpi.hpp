// A communicator with typed collectives: the only way the rest of the code talks MPI, apart from the
// halo exchange, which uses the raw handle.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.hpp"

namespace splicemd {

// Throws RunError "what: <MPI's own text>" unless `code` is MPI_SUCCESS. (MPI's default handler
// aborts before a code is returned; Communicator installs MPI_ERRORS_RETURN on those it owns.)
void mpi_check(int code, const char* what);

template <class T>
MPI_Datatype mpi_type() {
  if constexpr (std::is_same_v<T, double>)
    return MPI_DOUBLE;
  else if constexpr (std::is_same_v<T, float>)
    return MPI_FLOAT;
  else if constexpr (std::is_same_v<T, int>)
    return MPI_INT;
  else if constexpr (std::is_same_v<T, unsigned>)
    return MPI_UNSIGNED;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return MPI_INT64_T;
  else if constexpr (std::is_same_v<T, std::uint64_t>)
    return MPI_UINT64_T;
  else if constexpr (std::is_same_v<T, char>)
    return MPI_CHAR;
  else
    static_assert(sizeof(T) == 0, "no MPI type for T");
}

// A handle to an MPI communicator. Movable; either borrows a communicator that outlives it, or owns a
// duplicate (or split) and frees it. Collectives must be called by all ranks in the same order, from
// one thread at a time; they throw RunError if MPI reports an error.
class Communicator {
 public:
  enum class Ownership { borrowed, duplicate };

  // MPI_COMM_WORLD, borrowed.
  Communicator() : Communicator(MPI_COMM_WORLD) {}
  explicit Communicator(MPI_Comm comm, Ownership ownership = Ownership::borrowed);
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  ~Communicator();

  MPI_Comm handle() const { return comm_; }
  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }

  // A new communicator of the ranks that gave the same `color`, ordered by `key` (collective).
  Communicator split(int color, int key) const;
  // A duplicate that this object's messages cannot meet (collective).
  Communicator duplicate() const { return Communicator(comm_, Ownership::duplicate); }

  void barrier() const;

  // Reductions over all ranks; every rank gets the result. T: double, int, int64_t, uint64_t, unsigned.
  template <class T>
  T sum(T value) const {
    return reduce(value, MPI_SUM);
  }
  template <class T>
  T max(T value) const {
    return reduce(value, MPI_MAX);
  }
  template <class T>
  T min(T value) const {
    return reduce(value, MPI_MIN);
  }
  // Element by element, in place; every rank passes the same length.
  template <class T>
  void sum(std::vector<T>& values) const {
    reduce(values.data(), values.size(), MPI_SUM);
  }
  template <class T>
  void max(std::vector<T>& values) const {
    reduce(values.data(), values.size(), MPI_MAX);
  }
  template <class T>
  void min(std::vector<T>& values) const {
    reduce(values.data(), values.size(), MPI_MIN);
  }
  template <class T>
  void sum(T* values, std::size_t n) const {
    reduce(values, n, MPI_SUM);
  }
  // Logical and/or over ranks.
  bool all(bool value) const { return min(value ? 1 : 0) != 0; }
  bool any(bool value) const { return max(value ? 1 : 0) != 0; }
  // Σ of `value` over the ranks below this one (0 on rank 0).
  std::int64_t exclusive_sum(std::int64_t value) const;

  // The root's value, on every rank; vectors and strings are resized.
  template <class T>
  void broadcast(T& value, int root = 0) const {
    broadcast(&value, 1, root);
  }
  template <class T>
  void broadcast(std::vector<T>& values, int root = 0) const {
    std::uint64_t n = values.size();
    broadcast(&n, 1, root);
    values.resize(n);
    broadcast(values.data(), values.size(), root);
  }
  void broadcast(std::string& text, int root = 0) const;
  template <class T>
  void broadcast(T* values, std::size_t n, int root) const {
    broadcast_bytes(values, n * element_bytes<T>(), root);
  }

  // One value per rank, in rank order, on every rank.
  template <class T>
  std::vector<T> all_gather(T value) const {
    std::vector<T> out(static_cast<std::size_t>(size_));
    all_gather_bytes(&value, out.data(), element_bytes<T>());
    return out;
  }
  // All ranks' values one after another in rank order on the root; empty elsewhere. Lengths may
  // differ and their sum may exceed 2³¹. `counts`, if given, gets each rank's length (on the root).
  template <class T>
  std::vector<T> gather(const std::vector<T>& values, int root = 0,
                        std::vector<std::uint64_t>* counts = nullptr) const {
    const std::vector<std::uint64_t> n = all_gather(static_cast<std::uint64_t>(values.size()));
    std::uint64_t total = 0;
    for (const std::uint64_t k : n) total += k;
    std::vector<T> out(rank_ == root ? total : 0);
    gather_bytes(values.data(), out.data(), n, element_bytes<T>(), root);
    if (counts != nullptr && rank_ == root) *counts = n;
    return out;
  }
  // Rank r gets `counts[r]` consecutive values of the root's vector (`values` and `counts` matter on
  // the root only).
  template <class T>
  std::vector<T> scatter(const std::vector<T>& values, const std::vector<std::uint64_t>& counts,
                         int root = 0) const {
    std::vector<std::uint64_t> n = counts;
    broadcast(n, root);
    ensure(n.size() == static_cast<std::size_t>(size_), "scatter: {} counts for {} ranks", n.size(),
           size_);
    std::vector<T> out(n[static_cast<std::size_t>(rank_)]);
    scatter_bytes(values.data(), out.data(), n, element_bytes<T>(), root);
    return out;
  }

  // Runs `action` on the root only; an Error it throws is rethrown on every rank with the same
  // message and exit status, so that no rank is left waiting.
  template <class Action>
  void on_root(const Action& action, int root = 0) const {
    std::string message;
    int status = 0;
    if (rank_ == root) {
      try {
        action();
      } catch (const Error& error) {
        message = error.what();
        status = error.exit_status();
      } catch (const std::exception& error) {
        message = error.what();
        status = 1;
      }
    }
    agree(message, status, root);
  }
  // Runs `action`, which must not communicate, on every rank; if any threw an Error, all throw the
  // one of the lowest such rank.
  template <class Action>
  void on_every_rank(const Action& action) const {
    std::string message;
    int status = 0;
    try {
      action();
    } catch (const Error& error) {
      message = error.what();
      status = error.exit_status();
    } catch (const std::exception& error) {
      message = error.what();
      status = 1;
    }
    const int first = min(status != 0 ? rank_ : size_);
    if (first < size_) agree(message, status, first);
  }

 private:
  template <class T>
  static constexpr std::size_t element_bytes() {
    static_assert(std::is_trivially_copyable_v<T>, "only plain data can be sent");
    return sizeof(T);
  }
  template <class T>
  T reduce(T value, MPI_Op op) const {
    reduce(&value, 1, op);
    return value;
  }
  template <class T>
  void reduce(T* values, std::size_t n, MPI_Op op) const {
    reduce_raw(values, n, sizeof(T), mpi_type<T>(), op);
  }

  void reduce_raw(void* values, std::size_t n, std::size_t bytes, MPI_Datatype type,
                  MPI_Op op) const;
  void broadcast_bytes(void* data, std::size_t bytes, int root) const;
  void all_gather_bytes(const void* in, void* out, std::size_t bytes) const;
  void gather_bytes(const void* in, void* out, const std::vector<std::uint64_t>& counts,
                    std::size_t bytes, int root) const;
  void scatter_bytes(const void* in, void* out, const std::vector<std::uint64_t>& counts,
                     std::size_t bytes, int root) const;
  void agree(std::string& message, int status, int root) const;
  void release() noexcept;

  MPI_Comm comm_ = MPI_COMM_NULL;
  bool owned_ = false;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace splicemd
