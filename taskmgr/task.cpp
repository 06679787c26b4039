// Encoding of tasks, and their seeds.
#include "taskmgr/task.hpp"

#include "base/random.hpp"

namespace splicemd::taskmgr {

std::uint64_t task_seed(std::uint64_t campaign_seed, std::uint64_t task_id) {
  std::uint64_t bits[4];
  random_bits(campaign_seed, RandomStream::user, task_id, 0, 0, bits);
  return bits[0];
}

Bytes encode(const Task& task) {
  ByteWriter out;
  out.put(task.id).put(task.kind).put(task.keys).put(task.payload).put(task.seed);
  out.put(static_cast<std::int32_t>(task.priority)).put(task.hardware);
  return out.take();
}

Task decode_task(ByteView bytes) {
  ByteReader in(bytes);
  Task task;
  task.id = in.get<std::uint64_t>();
  task.kind = in.get_text();
  task.keys = in.get_vector<Key>();
  task.payload = in.get_vector<std::byte>();
  task.seed = in.get<std::uint64_t>();
  task.priority = in.get<std::int32_t>();
  task.hardware = in.get_text();
  in.finish();
  return task;
}

}  // namespace splicemd::taskmgr
