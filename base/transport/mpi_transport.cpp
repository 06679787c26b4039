// Non-blocking sends and matched probes under MpiTransport.
#include "base/transport/mpi_transport.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <thread>
#include <utility>

namespace splicemd {

namespace {

constexpr int kSingle = 1;  // tag: the body is one message
constexpr int kBatch = 2;   // tag: the body is a row of messages, each behind its 32-bit length
constexpr int kPart = 3;    // tag: the body is a part of a message that goes on
constexpr int kReceivesAtOnce = 64;

void append(Bytes& batch, const Bytes& body) {
  const auto length = static_cast<std::uint32_t>(body.size());
  const std::size_t at = batch.size();
  batch.resize(at + sizeof length + body.size());
  std::memcpy(batch.data() + at, &length, sizeof length);
  if (!body.empty()) std::memcpy(batch.data() + at + sizeof length, body.data(), body.size());
}

}  // namespace

MpiTransport::MpiTransport(const Communicator& comm, const Settings& settings)
    : comm_(comm.duplicate()), settings_(settings), nap_(settings.shortest_nap) {
  ensure(settings_.part_bytes > 0 && settings_.part_bytes < INT_MAX, "parts of {} bytes",
         settings_.part_bytes);
  batches_.resize(static_cast<std::size_t>(comm_.size()));
  parts_.resize(static_cast<std::size_t>(comm_.size()));
  comm_.barrier();
  start_ = steady_seconds();
}

MpiTransport::~MpiTransport() {
  // Buffers must outlive their sends. After an exception a receiver may never come: then they are left
  // to the end of the process.
  const double patience = steady_seconds() + 1.0;
  while (!sends_.empty() && steady_seconds() < patience) {
    int done = 0;
    if (MPI_Test(&sends_.front().request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) break;
    if (done != 0) sends_.pop_front();
  }
  if (!sends_.empty()) new std::deque<Sending>(std::move(sends_));
  if (!receives_.empty()) new std::deque<Receiving>(std::move(receives_));
}

void MpiTransport::send(Endpoint to, Bytes body) {
  if (to == self()) {
    inbox_.push_back({to, std::move(body)});
    return;
  }
  Bytes& batch = batches_[static_cast<std::size_t>(to)];
  if (body.size() >= settings_.batch_bytes) {
    flush_batch(to);
    start_send(to, std::move(body), kSingle);
    return;
  }
  if (batch.empty()) unsent_.push_back(to);
  append(batch, body);
  if (batch.size() >= settings_.batch_bytes) flush_batch(to);
}

void MpiTransport::flush_batch(Endpoint to) {
  Bytes& batch = batches_[static_cast<std::size_t>(to)];
  if (batch.empty()) return;
  start_send(to, std::move(batch), kBatch);
  batch = {};
  unsent_.erase(std::find(unsent_.begin(), unsent_.end(), to));
}

void MpiTransport::flush() {
  while (!unsent_.empty()) flush_batch(unsent_.back());
}

// A long body is kept by the last of its sends: they end in any order, but go in this one.
void MpiTransport::start_send(Endpoint to, Bytes body, int tag) {
  const auto send = [&](const std::byte* data, std::size_t bytes, int how, MPI_Request& request) {
    mpi_check(MPI_Isend(data, static_cast<int>(bytes), MPI_BYTE, to, how, comm_.handle(), &request),
              "MPI_Isend");
  };
  std::size_t at = 0;
  for (; body.size() - at > settings_.part_bytes; at += settings_.part_bytes) {
    send(body.data() + at, settings_.part_bytes, kPart, sends_.emplace_back().request);
  }
  Sending& last = sends_.emplace_back();
  last.body = std::move(body);
  send(last.body.data() + at, last.body.size() - at, tag, last.request);
}

void MpiTransport::test_sends() {
  for (Sending& sending : sends_) {
    int done = 0;
    mpi_check(MPI_Test(&sending.request, &done, MPI_STATUS_IGNORE), "MPI_Test");
  }
  while (!sends_.empty() && sends_.front().request == MPI_REQUEST_NULL) sends_.pop_front();
}

bool MpiTransport::start_receive() {
  int found = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  mpi_check(MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm_.handle(), &found, &message, &status),
            "MPI_Improbe");
  if (found == 0) return false;
  int bytes = 0;
  mpi_check(MPI_Get_count(&status, MPI_BYTE, &bytes), "MPI_Get_count");
  Receiving& receiving = receives_.emplace_back();
  receiving.from = status.MPI_SOURCE;
  receiving.tag = status.MPI_TAG;
  receiving.body.resize(static_cast<std::size_t>(bytes));
  mpi_check(MPI_Imrecv(receiving.body.data(), bytes, MPI_BYTE, &message, &receiving.request),
            "MPI_Imrecv");
  return true;
}

// Moves what is complete to the inbox, unless something earlier from the same rank is not.
bool MpiTransport::test_receives() {
  bool any = false;
  std::vector<Endpoint> late;
  for (Receiving& receiving : receives_) {
    int done = 0;
    mpi_check(MPI_Test(&receiving.request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    const bool overtakes = std::find(late.begin(), late.end(), receiving.from) != late.end();
    if (done == 0 || overtakes) {
      late.push_back(receiving.from);
      continue;
    }
    unpack(receiving);
    receiving.complete = true;
    any = true;
  }
  while (!receives_.empty() && receives_.front().complete) receives_.pop_front();
  if (any) std::erase_if(receives_, [](const Receiving& each) { return each.complete; });
  return any;
}

void MpiTransport::unpack(Receiving& arrived) {
  Bytes& before = parts_[static_cast<std::size_t>(arrived.from)];
  if (arrived.tag == kPart || !before.empty()) {
    before.insert(before.end(), arrived.body.begin(), arrived.body.end());
    if (arrived.tag == kPart) return;
    arrived.body = std::exchange(before, {});
  }
  if (arrived.tag == kSingle) {
    inbox_.push_back({arrived.from, std::move(arrived.body)});
    return;
  }
  ByteView rest = arrived.body;
  while (!rest.empty()) {
    std::uint32_t length = 0;
    ensure(rest.size() >= sizeof length, "a batch of messages from rank {} is cut", arrived.from);
    std::memcpy(&length, rest.data(), sizeof length);
    ensure(rest.size() - sizeof length >= length, "a batch of messages from rank {} is cut",
           arrived.from);
    const ByteView body = rest.subspan(sizeof length, length);
    inbox_.push_back({arrived.from, Bytes(body.begin(), body.end())});
    rest = rest.subspan(sizeof length + length);
  }
}

// One look at the network; true if the inbox holds something.
bool MpiTransport::look() {
  flush();
  if (!sends_.empty()) test_sends();
  for (int k = 0; k < kReceivesAtOnce && start_receive(); ++k) {
  }
  if (!receives_.empty()) test_receives();
  return !inbox_.empty();
}

std::optional<Message> MpiTransport::receive() {
  if (inbox_.empty() && !look()) return std::nullopt;
  Message message = std::move(inbox_.front());
  inbox_.pop_front();
  nap_ = settings_.shortest_nap;
  return message;
}

void MpiTransport::wait(double seconds) {
  if (look() || seconds <= 0.0) return;
  const double end = now() + seconds;
  if (nap_ <= settings_.shortest_nap) {
    for (int k = 0; k < settings_.yields; ++k) {
      sched_yield();
      if (look()) return;
    }
  }
  while (true) {
    const double left = end - now();
    if (left <= 0.0) return;
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(nap_, left)));
    nap_ = std::min(2.0 * nap_, settings_.longest_nap);
    if (look()) return;
  }
}

bool MpiTransport::sending() const { return !sends_.empty() || !unsent_.empty(); }

void MpiTransport::close(double patience) {
  const double end = now() + patience;
  const auto heed_end = [&] {
    if (now() > end) throw RanksLost("other ranks do not answer any more: the job is aborted");
  };
  while (sending()) {
    look();
    inbox_.clear();
    heed_end();
    if (sending()) sched_yield();
  }
  MPI_Request barrier = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibarrier(comm_.handle(), &barrier), "MPI_Ibarrier");
  int done = 0;
  while (done == 0 || !receives_.empty()) {
    look();
    inbox_.clear();
    if (done == 0) mpi_check(MPI_Test(&barrier, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0) {
      heed_end();
      std::this_thread::sleep_for(std::chrono::duration<double>(settings_.shortest_nap));
    }
  }
}

}  // namespace splicemd
