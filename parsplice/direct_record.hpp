// The store of a plain trajectory: its pieces as they are generated, and where it goes on after a stop.
#pragma once

#include <memory>
#include <vector>

#include "parsplice/campaign_deck.hpp"
#include "parsplice/path_recorder.hpp"
#include "parsplice/tables.hpp"

namespace splicemd::parsplice {

// On one rank; used by one thread.
class DirectRecord {
 public:
  // Begins a trajectory in the deck's store, or goes on with the one that is there. InputError if the store holds
  // something else, or the trajectory of another deck. The deck must outlive the record.
  DirectRecord(const CampaignDeck& deck, const StateRecord& start);

  bool resumed() const { return resumed_; }
  // What comes next, and the configuration it starts from.
  const SegmentOrder& next() const { return order_; }
  const Bytes& configuration() const { return configuration_; }
  // The piece that was next has been generated; `begun` in s since 1970. Durable on return.
  void add(SegmentOutput output, double begun);

  // A limit of the deck is reached.
  bool finished() const;
  double length() const { return deck_.ps(blocks_); }  // ps
  // A line for people.
  void report() const;
  void close();

 private:
  void begin(const StateRecord& start);
  void resume(const CampaignHistory& history, const StateRecord& start);
  void advance(const SegmentPiece& piece);
  void keep(const SegmentOutput& output);
  void note(const Visit& visit);
  void write(datastore::LedgerWork work);
  double wall() const;

  const CampaignDeck& deck_;
  datastore::Store store_;
  double epoch_, began_;  // when this session began: s since 1970, and on the steady clock
  bool resumed_ = false;
  StateNames names_;
  std::shared_ptr<CampaignTables> tables_;  // of the ledger work too
  std::unique_ptr<PathRecorder> path_;
  std::vector<Visit> visits_;  // that changed since they were last written
  Visit written_;
  std::uint32_t stay_ = 0;
  std::int64_t blocks_ = 0, blocks_before_ = 0;  // of the trajectory; when this session began
  std::size_t known_ = 0;                        // states that have a row
  SegmentOrder order_;
  Bytes configuration_;
};

}  // namespace splicemd::parsplice
