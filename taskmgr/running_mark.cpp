// A page of memory under a file, a signal handler that writes to it, and a list of deaths.
#include "taskmgr/running_mark.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/parse.hpp"

namespace splicemd::taskmgr {

namespace {

namespace fs = std::filesystem;

constexpr std::array kSignals{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
constexpr const char* kList = "deaths";
constexpr std::int64_t kLoneFailure = -1;  // in place of a signal

struct Page {
  std::uint64_t running;  // 1 while a task runs
  std::int64_t signal;    // that ends the process, or kLoneFailure; 0: none
  std::int64_t endpoint;
  std::uint64_t task;
  std::array<char, 64> kind;
};

// The compiler must not move a task's instructions across these.
void set(std::uint64_t& running, std::uint64_t value) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  running = value;
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

Page* watched = nullptr;
std::array<struct sigaction, kSignals.size()> before{};

// Notes the signal; what was to happen before happens when this returns.
extern "C" void mark_deadly_signal(int number) {
  if (watched != nullptr && watched->running != 0 && watched->signal == 0) watched->signal = number;
  for (std::size_t k = 0; k < kSignals.size(); ++k) {
    if (kSignals[k] == number) ::sigaction(number, &before[k], nullptr);
  }
  ::raise(number);
}

std::string cause_of(const Page& page) {
  if (page.signal == kLoneFailure) return "it failed on one rank of its worker alone";
  const auto number = static_cast<int>(page.signal);
  return fmt::format("signal {}, {}", number, ::strsignal(number));
}

std::optional<Page> read_page(const fs::path& path) {
  Page page{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&page), sizeof page)) return std::nullopt;
  page.kind.back() = '\0';
  return page;
}

}  // namespace

RunningMark::RunningMark(const std::string& folder, Endpoint endpoint)
    : path_(fmt::format("{}/rank{}", folder, endpoint)) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  // Memory over a disk that is full would end the process.
  if (file >= 0 && ::posix_fallocate(file, 0, sizeof(Page)) == 0) {
    void* page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) page_ = page;
  }
  if (file >= 0) ::close(file);
  if (page_ == nullptr) {
    log::warning("{}: cannot be made; a task that kills this job will not be known by it", path_);
    return;
  }
  static_cast<Page*>(page_)->endpoint = endpoint;
  watch_signals();
}

void RunningMark::watch_signals() {
  watched = static_cast<Page*>(page_);
  for (std::size_t k = 0; k < kSignals.size(); ++k) {
    struct sigaction action {};
    action.sa_handler = mark_deadly_signal;
    ::sigaction(kSignals[k], &action, &before[k]);
  }
}

RunningMark::~RunningMark() {
  if (page_ == nullptr) return;
  watched = nullptr;
  for (std::size_t k = 0; k < kSignals.size(); ++k) ::sigaction(kSignals[k], &before[k], nullptr);
  ::munmap(page_, sizeof(Page));
  std::error_code failure;
  fs::remove(path_, failure);
  fs::remove(fs::path(path_).parent_path(), failure);  // if nothing else is in it
}

void RunningMark::begin(const Task& task) {
  if (page_ == nullptr) return;
  Page& page = *static_cast<Page*>(page_);
  page.task = task.id;
  page.kind.fill('\0');
  task.kind.copy(page.kind.data(), page.kind.size() - 1);
  set(page.running, 1);
}

void RunningMark::end() {
  if (page_ != nullptr) set(static_cast<Page*>(page_)->running, 0);
}

void RunningMark::condemn() {
  if (page_ != nullptr) static_cast<Page*>(page_)->signal = kLoneFailure;
}

DeathRegister::DeathRegister(const std::string& folder) {
  std::ifstream file(folder.empty() ? "" : folder + "/" + kList);
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    const auto id = parse_int(line.substr(0, space));
    if (id && space != std::string::npos) {
      attempts_[static_cast<std::uint64_t>(*id)].push_back(line.substr(space + 1));
    }
  }
}

const std::vector<std::string>& DeathRegister::attempts(std::uint64_t id) const {
  static const std::vector<std::string> none;
  const auto found = attempts_.find(id);
  return found == attempts_.end() ? none : found->second;
}

void DeathRegister::collect(const std::string& folder) {
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> marks;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != kList) marks.push_back(entry.path());
  }
  std::map<std::uint64_t, std::string>
      guilty;  // one row for each task, however many of its ranks died
  std::set<std::uint64_t> present;
  for (const fs::path& path : marks) {
    const std::optional<Page> page = read_page(path);
    if (!page || page->running == 0) continue;
    present.insert(page->task);
    if (page->signal == 0) continue;
    guilty.emplace(page->task, fmt::format("{} on endpoint {} ended its job: {}", page->kind.data(),
                                           page->endpoint, cause_of(*page)));
  }
  if (!guilty.empty()) {
    OutputFile list(folder + "/" + kList, OutputFile::Mode::append, OutputFile::Owner::program);
    for (const auto& [task, what] : guilty) {
      list.write(fmt::format("{} {}\n", static_cast<std::int64_t>(task), what));
    }
    list.sync();
    list.close();
  } else if (!present.empty()) {
    log::warning("the last job was killed while it ran the tasks {}", fmt::join(present, ", "));
  }
  for (const fs::path& path : marks) fs::remove(path);
}

}  // namespace splicemd::taskmgr
