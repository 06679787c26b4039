// Names of roles.
#include "taskmgr/counters.hpp"

namespace splicemd::taskmgr {

std::string_view name_of(RoleName role) {
  switch (role) {
    case RoleName::work_manager:
      return "work manager";
    case RoleName::task_manager:
      return "task manager";
    case RoleName::worker:
      return "worker";
    case RoleName::member:
      return "worker member";
    default:
      return "host";
  }
}

}  // namespace splicemd::taskmgr
