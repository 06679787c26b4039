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
  const std::string file = fmt::format("shards/{:06}r.h5", row.id);
  const std::string path = folder + "/" + file;
  const auto store = ledger.meta("store").value_or("");
  const std::vector<Block> blocks = ledger.blocks(row.id);
  fs::remove(path);
  {
    ShardReader source(old_path, false);
    ShardWriter target(path, {store, row.id}, environment);
    copy_shard(source, target, blocks, row.bytes, row.file, report);
    target.seal();
  }
  sync_directory(folder + "/shards");
  Transaction transaction(ledger.database());
  ledger.seal_shard(row.id, file, row.bytes);
  transaction.commit();
  ++report.resealed;
  report.resealed_bytes += row.bytes;
}

void remove_unknown_files(const std::string& folder, Ledger& ledger, Recovery& report) {
  std::set<std::string> known;
  for (const ShardRow& row : ledger.shards()) known.insert(fs::path(row.file).filename());
  for (const auto& entry : fs::directory_iterator(folder + "/shards")) {
    const fs::path& path = entry.path();
    if (path.extension() != ".h5" || known.count(path.filename()) != 0) continue;
    fs::remove(path);
    ++report.removed_files;
  }
}

}  // namespace

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
  remove_unknown_files(folder, ledger, report);
  return report;
}

}  // namespace splicemd::datastore
