// What a worker of a campaign does: the task type that generates one piece of a segment.
#pragma once

#include <memory>

#include "parsplice/campaign_deck.hpp"
#include "parsplice/engine.hpp"
#include "taskmgr/task_types.hpp"

namespace splicemd::parsplice {

inline constexpr const char* kSegmentTask = "segment";

// A piece is a function of its order alone: when the workflow ends while one is generated, it is given up, and the
// campaign's next session generates it again with the same seed.
// Makes its engine when the first task comes, for the communicator of the ranks that run it.
class SegmentWorker {
 public:
  // `proven`: the campaign has segments already, so that its states can be dephased.
  explicit SegmentWorker(const CampaignDeck& deck, bool proven = false)
      : deck_(deck), proven_(proven) {}
  // The record is the SegmentOutput without the end configuration, which goes to the data source. For an order
  // of which no segment can be made it is one with `trouble`.
  Bytes run(taskmgr::TaskContext& context);

 private:
  SegmentOutput generate(const SegmentOrder& order, ByteView start);

  const CampaignDeck& deck_;
  bool proven_;
  std::unique_ptr<Communicator> comm_;
  std::unique_ptr<Engine> engine_;
};

// The task for an order, and the number that stands for it.
taskmgr::Task segment_task(const SegmentOrder& order);

}  // namespace splicemd::parsplice
