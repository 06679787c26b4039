// Segments: short pieces of state-to-state trajectory, as they are ordered, generated and recorded.
//
// Time is counted in blocks, the interval at which the state is looked at: X_k is the state at the end of
// block k. A segment starts from a sample of the quasi-stationary distribution (QSD) of its start state
// and ends once it has run its length and has been in its end state for the decorrelation time, so that
// it ends in a QSD sample of that state. One that meets the cap on a task's length before is carried on
// by another task from exactly where it stopped: a segment is then made of several pieces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/key.hpp"

namespace splicemd::parsplice {

using SegmentId = std::uint64_t;  // 1, 2, … in the order in which generation started

enum class StartKind : std::uint8_t {
  minimum,      // the state's stored minimum: fresh velocities, then dephasing
  hot_point,    // a stored QSD sample, used once
  continuation  // where the segment's previous piece was capped
};

// What a worker is asked for: one piece of a segment. The same order gives the same piece.
struct SegmentOrder {
  SegmentId id = 0;
  std::uint32_t piece = 0;
  StartKind start = StartKind::minimum;
  Key state;  // where this piece starts
  Key data;   // the configuration it starts from
  std::uint64_t seed = 0;
  std::int64_t blocks_done = 0;      // by earlier pieces
  std::int64_t blocks_in_state = 0;  // since the last transition; continuations only

  Bytes encode() const;
  static SegmentOrder decode(ByteView bytes);
};

// A stretch of a piece's path without a transition.
struct Stay {
  Key state;     // canonical label (or the identity label if states are named by those)
  Key identity;  // label of the graph with the atoms numbered as at the piece's start
  std::int64_t blocks = 0;
};

struct SegmentPiece {
  SegmentId id = 0;
  std::uint32_t piece = 0;
  StartKind start = StartKind::minimum;
  std::vector<Stay> path;            // front: the start state; back: the end state
  std::int64_t blocks = 0;           // Σ of the path's
  std::int64_t blocks_in_state = 0;  // at the end, since the last transition
  bool capped = false;               // the end is no QSD sample: only a continuation may follow
  Key end_data;                      // where the configuration at the end is stored
  std::int32_t dephasing_attempts = 0;
  std::int64_t dephasing_blocks = 0;  // of all attempts
  double seconds = 0.0;               // wall time, all included
  double dynamics_seconds = 0.0;      // of it in dynamics, without minimising and labelling

  Bytes encode() const;
  static SegmentPiece decode(ByteView bytes);
};

// A state as it is stored when first seen.
struct StateRecord {
  Key label;
  double energy = 0.0;  // eV, at the minimum
  Bytes configuration;  // the engine's; atoms in canonical order
};

// How the numbering of a piece's atoms goes over into its end state's canonical order; one for each
// start state and identity label seen.
struct Arrival {
  Key from;      // state where the piece started
  Key identity;  // see Stay
  Key to;        // state
  Bytes map;     // the engine's: see Engine::arrival()
};

// Everything that generating one piece gave.
struct SegmentOutput {
  SegmentPiece piece;
  Bytes end_configuration;
  std::vector<StateRecord> states;  // those entered
  std::vector<Arrival> arrivals;    // one for each identity label entered
  std::string
      trouble;  // why no segment can be made of the order, for people; then the piece has no blocks

  Bytes encode() const;
  static SegmentOutput decode(ByteView bytes);
};

// Under which key a piece's end configuration is stored, and the seed of a segment's piece.
Key end_data_key(SegmentId id, std::uint32_t piece);
std::uint64_t segment_seed(std::uint64_t campaign_seed, SegmentId id, std::uint32_t piece);

}  // namespace splicemd::parsplice
