// Checkpoints to write in tests, different on every rank, and exact comparison of two.
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "base/mpi.hpp"
#include "base/random.hpp"
#include "md/io/checkpoint.hpp"

namespace splicemd::md::testing {

// `rows` atoms on this rank; ids of the ranks do not meet.
inline Checkpoint sample_checkpoint(const Communicator& comm, std::size_t rows, std::int64_t step) {
  Checkpoint c;
  c.step = step;
  c.time = 0.1 * static_cast<double>(step);
  c.stage = 2;
  c.deck_fingerprint = "0123456789abcdef";
  c.ranks = comm.size();
  c.threads = 4;
  c.box =
      Box::from_vectors({{{5, 0.1, 0}, {0.2, 6, 0}, {1, 2, 7}}}, {1, 2, 3}, {true, false, true});
  c.box_at_build =
      Box::from_vectors({{{5.01, 0, 0}, {0, 6, 0}, {0, 0, 7}}}, {0, 0, 0}, {true, false, true});
  c.species = {{"W", 183.84}, {"Be", 9.0121831}};
  c.state = {{"nose_hoover/eta", {1.0 / 3.0, -2e-300}}, {"100%", {}}, {"a b", {5.0}}};
  c.counters = {{"grid", {1, 2, 3}}, {"seed", {-9223372036854775807LL}}};
  RandomSequence random(static_cast<std::uint64_t>(comm.rank()) + 17, RandomStream::user);
  const auto vector = [&] {
    return std::array<double, 3>{random.uniform(), -random.uniform(), random.uniform() * 1e-12};
  };
  for (std::size_t i = 0; i < rows; ++i) {
    c.id.push_back(static_cast<std::int64_t>(comm.rank()) * 1000000 +
                   static_cast<std::int64_t>(rows - i));
    c.type.push_back(static_cast<int>(random.below(2)));
    c.x.push_back(vector());
    c.v.push_back(vector());
    c.f.push_back(vector());
    c.image.push_back({static_cast<int>(random.below(9)) - 4, 0, -1});
    c.group.push_back(static_cast<unsigned>(random.bits()));
    c.x_at_build.push_back(vector());
  }
  return c;
}

template <class T>
bool same_bytes(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// Field by field: the bytes between the fields mean nothing.
inline bool same_box(const Box& a, const Box& b) {
  return std::memcmp(a.h, b.h, sizeof a.h) == 0 &&
         std::memcmp(a.hinv, b.hinv, sizeof a.hinv) == 0 &&
         std::memcmp(a.origin, b.origin, sizeof a.origin) == 0 &&
         std::memcmp(a.periodic, b.periodic, sizeof a.periodic) == 0;
}

inline bool same_header(const Checkpoint& a, const Checkpoint& b) {
  bool same = a.step == b.step && a.time == b.time && a.stage == b.stage &&
              a.threads == b.threads && a.deck_fingerprint == b.deck_fingerprint &&
              a.ranks == b.ranks && a.state == b.state && a.counters == b.counters &&
              a.species.size() == b.species.size();
  for (std::size_t t = 0; same && t < a.species.size(); ++t) {
    same = a.species[t].symbol == b.species[t].symbol && a.species[t].mass == b.species[t].mass;
  }
  return same && same_box(a.box, b.box) && same_box(a.box_at_build, b.box_at_build);
}

// True if both hold the same atoms in the same order, bit for bit.
inline bool same_atoms(const Checkpoint& a, const Checkpoint& b) {
  return same_bytes(a.id, b.id) && same_bytes(a.type, b.type) && same_bytes(a.x, b.x) &&
         same_bytes(a.v, b.v) && same_bytes(a.f, b.f) && same_bytes(a.image, b.image) &&
         same_bytes(a.group, b.group) && same_bytes(a.x_at_build, b.x_at_build);
}

}  // namespace splicemd::md::testing
