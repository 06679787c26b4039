// Collectives of Communicator; counts beyond 2³¹ bytes go in pieces.
#include "base/mpi.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.hpp"

namespace splicemd {

namespace {

// Largest message in bytes: MPI-3 counts are int.
constexpr std::size_t kPiece = std::size_t{1} << 30;
constexpr int kGatherTag = 7101;
constexpr int kScatterTag = 7102;

// Calls piece(offset, bytes) for consecutive pieces of a message.
template <class Piece>
void in_pieces(std::size_t bytes, const Piece& piece) {
  for (std::size_t offset = 0; offset < bytes; offset += kPiece) {
    piece(offset, static_cast<int>(std::min(kPiece, bytes - offset)));
  }
}

}  // namespace

void mpi_check(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) length = 0;
  throw RunError(fmt::format("{}: MPI error {}: {}", what, code,
                             std::string_view(text.data(), static_cast<std::size_t>(length))));
}

Communicator::Communicator(MPI_Comm comm, Ownership ownership) : comm_(comm) {
  if (ownership == Ownership::duplicate) {
    mpi_check(MPI_Comm_dup(comm, &comm_), "MPI_Comm_dup");
    owned_ = true;
    mpi_check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  }
  mpi_check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  mpi_check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
}

Communicator::Communicator(Communicator&& other) noexcept
    : comm_(std::exchange(other.comm_, MPI_COMM_NULL)),
      owned_(std::exchange(other.owned_, false)),
      rank_(other.rank_),
      size_(other.size_) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  if (this != &other) {
    release();
    comm_ = std::exchange(other.comm_, MPI_COMM_NULL);
    owned_ = std::exchange(other.owned_, false);
    rank_ = other.rank_;
    size_ = other.size_;
  }
  return *this;
}

Communicator::~Communicator() { release(); }

void Communicator::release() noexcept {
  if (!owned_ || comm_ == MPI_COMM_NULL) return;
  int finalized = 0;
  const bool alive = MPI_Finalized(&finalized) == MPI_SUCCESS && finalized == 0;
  if (alive && MPI_Comm_free(&comm_) != MPI_SUCCESS) {
    log::warning("MPI_Comm_free failed: a communicator is not freed before the end");
  }
  comm_ = MPI_COMM_NULL;
  owned_ = false;
}

Communicator Communicator::split(int color, int key) const {
  MPI_Comm part = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split(comm_, color, key, &part), "MPI_Comm_split");
  Communicator result(part);
  result.owned_ = true;
  mpi_check(MPI_Comm_set_errhandler(part, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return result;
}

void Communicator::barrier() const { mpi_check(MPI_Barrier(comm_), "MPI_Barrier"); }

std::int64_t Communicator::exclusive_sum(std::int64_t value) const {
  std::int64_t below = 0;
  mpi_check(MPI_Exscan(&value, &below, 1, MPI_INT64_T, MPI_SUM, comm_), "MPI_Exscan");
  return rank_ == 0 ? 0 : below;  // MPI leaves rank 0's result undefined
}

void Communicator::reduce_raw(void* values, std::size_t n, std::size_t bytes, MPI_Datatype type,
                              MPI_Op op) const {
  const std::size_t step = kPiece / bytes;
  for (std::size_t first = 0; first < n; first += step) {
    void* piece = static_cast<char*>(values) + first * bytes;
    const int count = static_cast<int>(std::min(step, n - first));
    mpi_check(MPI_Allreduce(MPI_IN_PLACE, piece, count, type, op, comm_), "MPI_Allreduce");
  }
}

void Communicator::broadcast(std::string& text, int root) const {
  std::uint64_t n = text.size();
  broadcast(&n, 1, root);
  text.resize(n);
  broadcast(text.data(), text.size(), root);
}

void Communicator::broadcast_bytes(void* data, std::size_t bytes, int root) const {
  in_pieces(bytes, [&](std::size_t offset, int count) {
    mpi_check(MPI_Bcast(static_cast<char*>(data) + offset, count, MPI_BYTE, root, comm_),
              "MPI_Bcast");
  });
}

void Communicator::all_gather_bytes(const void* in, void* out, std::size_t bytes) const {
  const int n = static_cast<int>(bytes);
  mpi_check(MPI_Allgather(in, n, MPI_BYTE, out, n, MPI_BYTE, comm_), "MPI_Allgather");
}

void Communicator::gather_bytes(const void* in, void* out, const std::vector<std::uint64_t>& counts,
                                std::size_t bytes, int root) const {
  const std::size_t mine = counts[static_cast<std::size_t>(rank_)] * bytes;
  if (rank_ != root) {
    in_pieces(mine, [&](std::size_t offset, int n) {
      mpi_check(
          MPI_Send(static_cast<const char*>(in) + offset, n, MPI_BYTE, root, kGatherTag, comm_),
          "MPI_Send (gather)");
    });
    return;
  }
  char* destination = static_cast<char*>(out);
  for (int source = 0; source < size_; ++source) {
    const std::size_t length = counts[static_cast<std::size_t>(source)] * bytes;
    if (source == root) {
      std::copy_n(static_cast<const char*>(in), length, destination);
    } else {
      in_pieces(length, [&](std::size_t offset, int n) {
        mpi_check(MPI_Recv(destination + offset, n, MPI_BYTE, source, kGatherTag, comm_,
                           MPI_STATUS_IGNORE),
                  "MPI_Recv (gather)");
      });
    }
    destination += length;
  }
}

void Communicator::scatter_bytes(const void* in, void* out,
                                 const std::vector<std::uint64_t>& counts, std::size_t bytes,
                                 int root) const {
  const std::size_t mine = counts[static_cast<std::size_t>(rank_)] * bytes;
  if (rank_ != root) {
    in_pieces(mine, [&](std::size_t offset, int n) {
      mpi_check(MPI_Recv(static_cast<char*>(out) + offset, n, MPI_BYTE, root, kScatterTag, comm_,
                         MPI_STATUS_IGNORE),
                "MPI_Recv (scatter)");
    });
    return;
  }
  const char* source = static_cast<const char*>(in);
  for (int target = 0; target < size_; ++target) {
    const std::size_t length = counts[static_cast<std::size_t>(target)] * bytes;
    if (target == root) {
      std::copy_n(source, length, static_cast<char*>(out));
    } else {
      in_pieces(length, [&](std::size_t offset, int n) {
        mpi_check(MPI_Send(source + offset, n, MPI_BYTE, target, kScatterTag, comm_),
                  "MPI_Send (scatter)");
      });
    }
    source += length;
  }
}

void Communicator::agree(std::string& message, int status, int root) const {
  broadcast(status, root);
  if (status == 0) return;
  broadcast(message, root);
  if (status == 2) throw InputError(message);
  if (status == 1) throw RunError(message);
  throw Error(message, status);
}

}  // namespace splicemd
