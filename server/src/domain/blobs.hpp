// Bytes that were given up: what a finaliser may remove, and in which order (docs/adr/0004-disk-blobs.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace medialith::domain {

/// A blob whose asset was purged. It stays condemned until its row goes: no new asset ever takes it.
struct CondemnedBlob {
  std::int64_t rid = 0;
  Time condemned_at;
  std::string key;
  bool referred = false;  ///< an asset has it all the same: a mistake elsewhere, and its bytes must stay
};

/// Those given up at `until` or earlier, the oldest first, `limit` at most, behind `after` (of which the time and the
/// rid count; a fresh one: from the beginning).
Result<std::vector<CondemnedBlob>> condemned_blobs(db::Transaction& tx, Time until, const CondemnedBlob& after,
                                                   std::int64_t limit);

/// Removes the rows of condemned blobs whose bytes are gone. Error: internal when an asset refers to one.
void forget_blobs(db::Transaction& tx, const std::vector<std::int64_t>& rids);

}  // namespace medialith::domain
