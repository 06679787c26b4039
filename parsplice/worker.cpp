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

SegmentOutput SegmentWorker::generate(const SegmentOrder& order, ByteView start) {
  SegmentRules rules = deck_.planner.rules;
  if (!proven_) rules.max_dephasing_attempts = rules.first_dephasing_attempts;
  try {
    SegmentOutput output = SegmentGenerator(*engine_, rules).generate(order, start);
    if (order.start == StartKind::minimum) proven_ = true;
    return output;
  } catch (const HopelessState& hopeless) {
    SegmentOutput output;
    output.piece.id = order.id;
    output.piece.piece = order.piece;
    output.piece.start = order.start;
    output.piece.path.push_back({order.state, order.state, 0});
    output.trouble = hopeless.what();
    return output;
  }
}

Bytes SegmentWorker::run(taskmgr::TaskContext& context) {
  if (!engine_) {
    comm_ = std::make_unique<Communicator>(context.communicator().duplicate());
    engine_ = make_engine(deck_.root, deck_.block, *comm_);
    engine_->initial_state();
  }
  engine_->heed([&context] {
    context.progress();
    if (context.stop_requested()) throw taskmgr::GivenUp();
  });
  SegmentOutput output = generate(SegmentOrder::decode(context.payload()), context.input(0));
  engine_->heed({});
  if (!output.trouble.empty()) return output.encode();
  context.put(output.piece.end_data, std::move(output.end_configuration));
  output.end_configuration.clear();
  return output.encode();
}

}  // namespace splicemd::parsplice
