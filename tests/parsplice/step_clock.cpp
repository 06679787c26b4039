// Preloaded into a process it sets the system's clock back by 20 s (STEP_CLOCK=-) or forward by an hour (STEP_CLOCK=+)
// two seconds after the start, as a time server or a virtual machine that wakes up would; not the steady clock.
#include <dlfcn.h>
#include <sys/time.h>

#include <cstdlib>
#include <ctime>

namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::time_t step_now() {
  static const auto real = next<int(clockid_t, timespec*)>("clock_gettime");
  timespec now{};
  real(CLOCK_MONOTONIC, &now);
  static const std::time_t begun = now.tv_sec;
  const char* text = std::getenv("STEP_CLOCK");
  if (text == nullptr || now.tv_sec < begun + 2) return 0;
  return text[0] == '-' ? -20 : 3600;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* out) noexcept {
  static const auto real = next<int(clockid_t, timespec*)>("clock_gettime");
  const int status = real(id, out);
  if (status == 0 && id == CLOCK_REALTIME) out->tv_sec += step_now();
  return status;
}

int gettimeofday(timeval* out, void* zone) noexcept {
  static const auto real = next<int(timeval*, void*)>("gettimeofday");
  const int status = real(out, zone);
  if (status == 0) out->tv_sec += step_now();
  return status;
}

std::time_t time(std::time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
