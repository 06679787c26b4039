// Measurements in rounds, so that a machine's changing speed hits every candidate alike.
#include "bench/tuning.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "base/execution.hpp"
#include "base/files.hpp"
#include "bench/step_loop.hpp"
#include "snap/kernel_ops.hpp"

namespace splicemd::bench {

namespace {

constexpr double kSkins[] = {0.3, 0.5, 0.75, 1.0, 1.5, 2.0};  // Å
constexpr int kRounds = 3;

bool has_snap(const md::Deck& deck) {
  const auto terms = deck.potentials.items();
  return std::any_of(terms.begin(), terms.end(),
                     [](const ConfigNode& term) { return term.at("style").text() == "snap"; });
}

// Names of the kernels worth trying: those of this processor's vector instructions.
std::vector<std::string> kernels() {
  std::vector<std::string> names;
  const std::string fastest = snap::select_kernel().name;
  names.push_back(fastest);
  if (fastest == "avx512") names.emplace_back("avx2");
  return names;
}

struct Candidate {
  TuningPoint point;
  std::unique_ptr<md::Deck> deck;
  std::unique_ptr<StepLoop> loop;
  std::vector<double> rates;
};

void measure(std::vector<Candidate>& candidates, double seconds, const Communicator& comm) {
  for (int round = -1; round < kRounds; ++round) {  // the first one settles lists and caches
    for (Candidate& each : candidates) {
      apply_tuning(each.point.tuning, *each.deck);
      const double step = each.loop->run_block(round < 0 ? 0.5 * seconds : seconds);
      const auto atoms = static_cast<double>(each.loop->simulation().system.n_global);
      if (round >= 0) each.rates.push_back(atoms / step);
    }
  }
  for (Candidate& each : candidates) {
    std::sort(each.rates.begin(), each.rates.end());
    each.point.atom_steps_per_s = each.rates[each.rates.size() / 2];
    comm.broadcast(each.point.atom_steps_per_s);  // every rank chooses the same
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return a.point.atom_steps_per_s > b.point.atom_steps_per_s;
                   });
}

Candidate candidate(const md::Deck& deck, const Tuning& tuning, const Communicator& comm) {
  Candidate made;
  made.point.tuning = tuning;
  made.deck = std::make_unique<md::Deck>(deck);
  apply_tuning(tuning, *made.deck);
  made.loop = std::make_unique<StepLoop>(*made.deck, false, comm);
  return made;
}

// What the operating system calls the processor.
std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 1);
  }
  return "unknown";
}

}  // namespace

std::vector<TuningPoint> measure_tunings(const md::Deck& deck, double seconds,
                                         const Communicator& comm) {
  const bool snap = has_snap(deck);
  const std::vector<std::string> names = snap ? kernels() : std::vector<std::string>{""};
  std::vector<TuningPoint> points;
  Tuning best;
  {
    std::vector<Candidate> candidates;
    for (const double skin : kSkins)
      candidates.push_back(candidate(deck, {skin, names.front()}, comm));
    measure(candidates, seconds, comm);
    best = candidates.front().point.tuning;
    for (const Candidate& each : candidates) points.push_back(each.point);
  }
  if (names.size() > 1) {
    std::vector<Candidate> candidates;
    for (const std::string& name : names)
      candidates.push_back(candidate(deck, {best.skin, name}, comm));
    measure(candidates, seconds, comm);
    // The winner first, whichever round of measurements was the faster one.
    const TuningPoint winner = candidates.front().point, other = candidates.back().point;
    points.erase(points.begin());
    points.insert(points.begin(), {winner, other});
  }
  return points;
}

std::string tuning_file(const md::Deck& deck, const Communicator& comm) {
  const std::string what =
      fmt::format("{}\n{}\n{} ranks\n{} threads\n{}", processor(), ExecSpace::name(), comm.size(),
                  ExecSpace().concurrency(), deck.potentials.canonical());
  namespace fs = std::filesystem;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  require(cache != nullptr || home != nullptr, "neither XDG_CACHE_HOME nor HOME is set");
  const fs::path folder = cache != nullptr ? fs::path(cache) : fs::path(home) / ".cache";
  return folder / "splicemd" / "tuned" / (hash_key(what.data(), what.size()).text() + ".yaml");
}

void save_tuning(const std::string& file, const Tuning& tuning, const std::string& remark) {
  std::filesystem::create_directories(directory_of(file));
  std::string text = fmt::format("# {}\nskin: {:g}\n", remark, tuning.skin);
  if (!tuning.kernel.empty()) text += fmt::format("kernel: {}\n", tuning.kernel);
  replace_file(file, text);
}

std::optional<Tuning> load_tuning(const std::string& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  const ConfigNode root = ConfigNode::load(file);
  Tuning tuning;
  tuning.skin = root.at("skin").number(Dimension::length, 0.0, 100.0);
  tuning.kernel = root.text("kernel", "");
  root.reject_unread();
  return tuning;
}

void apply_tuning(const Tuning& tuning, md::Deck& deck) {
  deck.neighbour.skin = tuning.skin;
  if (!tuning.kernel.empty()) snap::set_kernel(tuning.kernel.c_str());
}

}  // namespace splicemd::bench
