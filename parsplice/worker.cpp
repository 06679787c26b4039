// Orders into tasks, and tasks into segments.
#include "parsplice/worker.hpp"

#include "base/error.hpp"
#include "parsplice/segment_generator.hpp"

namespace splicemd::parsplice {
namespace {

constexpr int kPieceBits = 20;  // of a task's id

}  // namespace

taskmgr::Task segment_task(const SegmentOrder& order) {
  ensure(order.piece < (1U << kPieceBits), "segment {} has more than 2^{} pieces", order.id,
         kPieceBits);
  taskmgr::Task task;
  task.id = (order.id << kPieceBits) | order.piece;
  task.kind = kSegmentTask;
  task.keys = {order.data};
  task.payload = order.encode();
  task.seed = order.seed;
  // A trajectory may be waiting for what a capped piece left open.
  task.priority = order.start == StartKind::continuation ? 1 : 0;
  return task;
}

Bytes SegmentWorker::run(taskmgr::TaskContext& context) {
  if (!engine_) {
    comm_ = std::make_unique<Communicator>(context.communicator().duplicate());
    engine_ = make_engine(deck_.root, deck_.block, *comm_);
    engine_->initial_state();
  }
  SegmentGenerator generator(*engine_, deck_.planner.rules, [&] { context.progress(); });
  SegmentOutput output =
      generator.generate(SegmentOrder::decode(context.payload()), context.input(0));
  context.put(output.piece.end_data, std::move(output.end_configuration));
  output.end_configuration.clear();
  return output.encode();
}

}  // namespace splicemd::parsplice
