// Resealing: the committed bytes of an unsealed shard, block by block and checked, into a new file.
#include "datastore/recovery.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/checksum.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "datastore/shard.hpp"

namespace splicemd::datastore {

namespace {

namespace fs = std::filesystem;

// Copies [0, bytes) with the same offsets. Between blocks lie bytes of commits that failed.
void copy_shard(ShardReader& source, ShardWriter& target, const std::vector<Block>& blocks,
                std::uint64_t bytes, const std::string& file, Recovery& report) {
  Bytes buffer;
  const auto copy = [&](std::uint64_t offset, std::uint64_t length) {
    buffer.assign(length, std::byte{0});
    const std::uint64_t reachable = source.size();
    if (offset < reachable)
      source.read(offset, std::span(buffer).first(std::min(length, reachable - offset)));
    target.append(buffer);
  };
  std::uint64_t at = 0;
  std::uint64_t bad = 0;
  for (const Block& block : blocks) {
    ensure(block.offset >= at && block.length <= bytes - std::min(block.offset, bytes),
           "{}: the ledger's blocks overlap", file);
    if (block.offset > at) copy(at, block.offset - at);
    copy(block.offset, block.length);
    if (checksum(buffer.data(), buffer.size()) != block.checksum) bad += block.length;
    at = block.offset + block.length;
  }
  if (bytes > at) copy(at, bytes - at);
  if (bad > 0) {
    report.damage.push_back(fmt::format(
        "{}: {} committed bytes lie in blocks that do not match their checksums", file, bad));
  }
}

void reseal(const std::string& folder, Ledger& ledger, const ShardRow& row,
            Environment& environment, Recovery& report) {
  const std::string old_path = folder + "/" + row.file;
  const std::size_t damaged = report.damage.size();
  const std::string file = fmt::format("shards/{:06}r.h5", row.id);
  const std::string path = folder + "/" + file;
  const auto store = ledger.meta("store").value_or("");
  const std::vector<Block> blocks = ledger.blocks(row.id);
  const std::string unfinished = path + ".writing";
  fs::remove(unfinished);
  {
    ShardReader source(old_path, false);
    ShardWriter target(unfinished, {store, row.id}, environment);
    copy_shard(source, target, blocks, row.bytes, row.file, report);
    target.seal();
  }
  if (fs::exists(path)) report.set_aside.push_back(set_aside(path));
  fs::rename(unfinished, path);
  sync_directory(folder + "/shards");
  Transaction transaction(ledger.database());
  ledger.seal_shard(row.id, file, row.bytes);
  transaction.commit();
  if (report.damage.size() == damaged) fs::remove(old_path);
  ++report.resealed;
  report.resealed_bytes += row.bytes;
}

void set_unknown_files_aside(const std::string& folder, Ledger& ledger, Recovery& report) {
  std::set<std::string> known;
  for (const ShardRow& row : ledger.shards()) known.insert(fs::path(row.file).filename());
  std::vector<std::string> unknown;
  for (const auto& entry : fs::directory_iterator(folder + "/shards")) {
    const fs::path& path = entry.path();
    if (path.extension() == ".h5" && known.count(path.filename()) == 0) unknown.push_back(path);
  }
  for (const std::string& path : unknown) report.set_aside.push_back(set_aside(path));
}

}  // namespace

bool lacks_its_ledger(const std::string& folder) {
  std::error_code failure;
  const auto size = fs::file_size(folder + "/ledger.sqlite", failure);
  const bool logged =
      fs::exists(folder + "/ledger.sqlite-wal") && fs::file_size(folder + "/ledger.sqlite-wal") > 0;
  if (!failure && (size > 0 || logged)) return false;
  if (!fs::is_directory(folder + "/shards")) return false;
  const fs::directory_iterator files(folder + "/shards");
  return std::any_of(fs::begin(files), fs::end(files), [](const fs::directory_entry& entry) {
    return entry.path().filename().string().find(".h5") != std::string::npos;
  });
}

std::string set_aside(const std::string& path) {
  std::string target = path + ".unnamed";
  for (int n = 2; fs::exists(target); ++n) target = fmt::format("{}.unnamed{}", path, n);
  fs::rename(path, target);
  return target;
}

Recovery recover(const std::string& folder, Ledger& ledger, Environment& environment) {
  Recovery report;
  for (const ShardRow& row : ledger.shards()) {
    if (row.sealed) continue;
    try {
      reseal(folder, ledger, row, environment, report);
    } catch (const RunError& error) {
      report.damage.push_back(fmt::format("{}: {}", row.file, error.what()));
    }
  }
  set_unknown_files_aside(folder, ledger, report);
  return report;
}

}  // namespace splicemd::datastore
