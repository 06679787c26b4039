// Reading beside a writer: its shards may be sealed or replaced between a look into the ledger and the read.
#include "datastore/reader.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "datastore/parts.hpp"

namespace splicemd::datastore {

StoreReader::StoreReader(const std::string& folder, Parts which) : folder_(folder) {
  require(std::filesystem::exists(folder + "/ledger.sqlite"),
          "{}: is not a datastore: it has no ledger.sqlite", folder);
  ledger_ = std::make_unique<Ledger>(folder + "/ledger.sqlite", Ledger::Access::read);
  shards_ = std::make_unique<ShardSet>(folder, *ledger_);
  const std::uint64_t parts = which == Parts::all ? count_parts(*ledger_) : 1;
  for (std::uint64_t part = 1; part < parts; ++part)
    parts_.push_back(std::make_unique<StoreReader>(part_folder(folder, part)));
}

Value StoreReader::get(const Key& key) {
  const std::uint64_t part = part_of(key, parts_.size() + 1);
  if (part > 0) return parts_[part - 1]->get(key);
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    const auto location = ledger_->find(key);
    if (!location) return nullptr;
    try {
      return shards_->read(*location);
    } catch (const RunError&) {
      if (attempt == kAttempts) throw;
      shards_->forget(location->shard);
    }
  }
}

StoreReader::Snapshot::Snapshot(StoreReader& reader) : database_(reader.ledger().database()) {
  database_.execute("BEGIN");
}

StoreReader::Snapshot::~Snapshot() {
  try {
    database_.execute("COMMIT");
  } catch (const RunError&) {  // nothing was written
  }
}

}  // namespace splicemd::datastore
