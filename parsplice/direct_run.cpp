// One endless segment, piece by piece.
#include "parsplice/direct_run.hpp"

#include <filesystem>
#include <memory>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "parsplice/direct_record.hpp"
#include "parsplice/stop_signals.hpp"

namespace splicemd::parsplice {
namespace {

// s that a piece may still take once a stop was asked for; then it is given up, to be generated again by a resumed run.
constexpr double kGrace = 5.0;

// Thrown through a piece that is given up; not an error.
struct GivenUp {};

// Looks for a stop after every block, on all ranks together.
class StopWatch {
 public:
  explicit StopWatch(const Communicator& comm) : comm_(comm) {}

  bool asked() const { return comm_.any(comm_.is_root() && StopSignals::count() > 0); }
  void after_block() {
    if (comm_.any(comm_.is_root() && late())) throw GivenUp();
  }

 private:
  bool late() {
    const int count = StopSignals::count();
    if (count == 0) return false;
    if (noticed_ < 0.0) noticed_ = steady_seconds();
    return count > 1 || steady_seconds() - noticed_ > kGrace;
  }

  const Communicator& comm_;
  double noticed_ = -1.0;
};

std::unique_ptr<DirectRecord> open_record(const CampaignDeck& deck, const DirectOptions& options,
                                          const StateRecord& start) {
  require(!options.resume || std::filesystem::exists(deck.store),
          "there is no store {} to resume from", deck.store);
  auto record = std::make_unique<DirectRecord>(deck, start);
  require(!options.resume || record->resumed(), "the store {} holds no trajectory to resume",
          deck.store);
  if (record->resumed()) {
    log::info("Continuing the plain dynamics in {}: {:.6g} ps so far", deck.store,
              record->length());
  } else {
    log::info("Plain dynamics into {}", deck.store);
  }
  return record;
}

// What comes next, from the rank that keeps the record to all.
SegmentOrder next_order(const DirectRecord* record, const Communicator& comm) {
  Bytes bytes = record != nullptr ? record->next().encode() : SegmentOrder{}.encode();
  comm.broadcast(bytes.data(), bytes.size(), 0);
  return SegmentOrder::decode(bytes);
}

}  // namespace

void run_direct(const CampaignDeck& deck, const DirectOptions& options, const Communicator& comm) {
  const StopSignals signals;
  const auto engine = make_engine(deck.root, deck.block, comm);
  const StateRecord start = engine->initial_state();
  std::unique_ptr<DirectRecord> record;
  comm.on_root([&] {
    deck.root.reject_unread();
    log::line(engine->describe());
    record = open_record(deck, options, start);
  });
  SegmentRules rules = deck.planner.rules;
  rules.cap = rules.length;
  rules.length = std::int64_t{1} << 62;
  StopWatch stop(comm);
  SegmentGenerator generator(*engine, rules, [&stop] {
    stop.after_block();
    return false;
  });
  double reported = steady_seconds();
  try {
    while (!comm.any(comm.is_root() && record->finished()) && !stop.asked()) {
      const double begun = seconds_since_1970();
      const SegmentOrder order = next_order(record.get(), comm);
      SegmentOutput output =
          generator.generate(order, record ? ByteView(record->configuration()) : ByteView());
      comm.on_root([&] {
        record->add(std::move(output), begun);
        if (steady_seconds() - reported < deck.report) return;
        reported = steady_seconds();
        record->report();
      });
    }
  } catch (const GivenUp&) {
    comm.on_root([] { log::info("A piece was given up; a resumed run generates it again"); });
  }
  comm.on_root([&] {
    record->report();
    record->close();
  });
}

}  // namespace splicemd::parsplice
