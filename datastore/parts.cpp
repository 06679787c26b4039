// The number of parts, as the ledger has it.
#include "datastore/parts.hpp"

#include "base/parse.hpp"

namespace splicemd::datastore {

std::uint64_t count_parts(Ledger& ledger) {
  const auto text = ledger.meta("parts");
  if (!text) return 1;
  const auto parts = parse_int(*text);
  ensure(parts && *parts >= 1 && *parts <= 100000, "{}: '{}' is no number of parts",
         ledger.database().path(), *text);
  return static_cast<std::uint64_t>(*parts);
}

}  // namespace splicemd::datastore
