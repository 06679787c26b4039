// One endpoint's part of a workflow over a real transport.
#include "taskmgr/workflow.hpp"

#include "taskmgr/node.hpp"
#include "taskmgr/running_mark.hpp"

namespace splicemd::taskmgr {

Outcome run_workflow(Transport& transport, const Communicator& world, const Layout& layout,
                     const Settings& settings, const Application& application) {
  ensure(layout.ranks == transport.size() && world.size() == transport.size(),
         "a layout of {} ranks for {} endpoints and {} ranks", layout.ranks, transport.size(),
         world.size());
  layout.check();
  if (!settings.marks.empty()) {  // before any rank leaves a new one
    world.on_root([&] { DeathRegister::collect(settings.marks); }, layout.work_manager);
  }
  const int index = layout.worker_of(transport.self());
  const Communicator group = world.split(index < 0 ? layout.ranks : index, world.rank());
  Node node(transport, layout, settings, application, group);
  node.run();
  return node.outcome();
}

}  // namespace splicemd::taskmgr
