// What a worker of a campaign does: the task type that generates one piece of a segment.
#pragma once

#include <memory>

#include "parsplice/campaign_deck.hpp"
#include "parsplice/engine.hpp"
#include "taskmgr/task_types.hpp"

namespace splicemd::parsplice {

inline constexpr const char* kSegmentTask = "segment";

// Makes its engine when the first task comes, for the communicator of the ranks that run it.
class SegmentWorker {
 public:
  explicit SegmentWorker(const CampaignDeck& deck) : deck_(deck) {}
  // The record is the SegmentOutput without the end configuration, which goes to the data source.
  Bytes run(taskmgr::TaskContext& context);

 private:
  const CampaignDeck& deck_;
  std::unique_ptr<Communicator> comm_;
  std::unique_ptr<Engine> engine_;
};

// The task for an order, and the number that stands for it.
taskmgr::Task segment_task(const SegmentOrder& order);

}  // namespace splicemd::parsplice
