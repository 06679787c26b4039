// Encoding orders and segments.
#include "parsplice/segment.hpp"

#include "base/checksum.hpp"
#include "base/random.hpp"

namespace splicemd::parsplice {
namespace {

StartKind decode_start(std::uint8_t code) {
  ensure(code <= static_cast<std::uint8_t>(StartKind::continuation), "unknown start kind {}", code);
  return static_cast<StartKind>(code);
}

Bytes to_vector(ByteView view) { return {view.begin(), view.end()}; }

}  // namespace

Bytes SegmentOrder::encode() const {
  ByteWriter out;
  out.put(id).put(piece).put(start).put(state).put(data).put(seed);
  out.put(blocks_done).put(blocks_in_state);
  return out.take();
}

SegmentOrder SegmentOrder::decode(ByteView bytes) {
  ByteReader in(bytes);
  SegmentOrder order;
  order.id = in.get<SegmentId>();
  order.piece = in.get<std::uint32_t>();
  order.start = decode_start(in.get<std::uint8_t>());
  order.state = in.get<Key>();
  order.data = in.get<Key>();
  order.seed = in.get<std::uint64_t>();
  order.blocks_done = in.get<std::int64_t>();
  order.blocks_in_state = in.get<std::int64_t>();
  in.finish();
  return order;
}

Bytes SegmentPiece::encode() const {
  ByteWriter out;
  out.put(id).put(piece).put(start).put(path).put(blocks).put(blocks_in_state);
  out.put(static_cast<std::uint8_t>(capped ? 1 : 0)).put(end_data).put(dephasing_attempts);
  out.put(dephasing_blocks).put(seconds).put(dynamics_seconds);
  return out.take();
}

SegmentPiece SegmentPiece::decode(ByteView bytes) {
  ByteReader in(bytes);
  SegmentPiece piece;
  piece.id = in.get<SegmentId>();
  piece.piece = in.get<std::uint32_t>();
  piece.start = decode_start(in.get<std::uint8_t>());
  piece.path = in.get_vector<Stay>();
  piece.blocks = in.get<std::int64_t>();
  piece.blocks_in_state = in.get<std::int64_t>();
  piece.capped = in.get<std::uint8_t>() != 0;
  piece.end_data = in.get<Key>();
  piece.dephasing_attempts = in.get<std::int32_t>();
  piece.dephasing_blocks = in.get<std::int64_t>();
  piece.seconds = in.get<double>();
  piece.dynamics_seconds = in.get<double>();
  in.finish();
  ensure(!piece.path.empty(), "segment {} has no path", piece.id);
  return piece;
}

Bytes SegmentOutput::encode() const {
  ByteWriter out;
  out.put(piece.encode()).put(end_configuration);
  out.put(static_cast<std::uint64_t>(states.size()));
  for (const StateRecord& state : states) {
    out.put(state.label).put(state.energy).put(state.configuration);
  }
  out.put(static_cast<std::uint64_t>(arrivals.size()));
  for (const Arrival& arrival : arrivals) {
    out.put(arrival.from).put(arrival.identity).put(arrival.to).put(arrival.map);
  }
  out.put(trouble);
  return out.take();
}

SegmentOutput SegmentOutput::decode(ByteView bytes) {
  ByteReader in(bytes);
  SegmentOutput output;
  output.piece = SegmentPiece::decode(in.get_view());
  output.end_configuration = to_vector(in.get_view());
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) {
    StateRecord& state = output.states.emplace_back();
    state.label = in.get<Key>();
    state.energy = in.get<double>();
    state.configuration = to_vector(in.get_view());
  }
  for (auto n = in.get<std::uint64_t>(); n > 0; --n) {
    Arrival& arrival = output.arrivals.emplace_back();
    arrival.from = in.get<Key>();
    arrival.identity = in.get<Key>();
    arrival.to = in.get<Key>();
    arrival.map = to_vector(in.get_view());
  }
  output.trouble = in.get_text();
  in.finish();
  return output;
}

Key end_data_key(SegmentId id, std::uint32_t piece) {
  const std::uint64_t words[] = {id, piece};
  return hash_key(words, sizeof words, 1);
}

std::uint64_t segment_seed(std::uint64_t campaign_seed, SegmentId id, std::uint32_t piece) {
  std::uint64_t bits[4];
  random_bits(campaign_seed, RandomStream::segment_seed, id, piece, 0, bits);
  return bits[0];
}

}  // namespace splicemd::parsplice
