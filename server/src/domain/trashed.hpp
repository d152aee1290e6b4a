// What lies in the trash, as a list, and what leaves it for good.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "domain/mutation.hpp"
#include "domain/rid.hpp"

namespace medialith::domain {

/// A generation, or an asset that went there by itself.
struct Trashed {
  std::int64_t rid = 0;
  bool generation = true;
  Time deleted_at;
};

/// What went there last comes first. `after`: the last of the page before, its key the time in milliseconds.
Result<std::vector<Trashed>> list_trash(db::Connection& connection, UserRid user, const std::optional<Position>& after,
                                        std::int64_t limit);

/// Removes a generation with its assets, wherever it lies. Errors: not_found, version_conflict.
Result<std::optional<Replay>> purge_generation(Mutation& mutation, std::string_view id,
                                               std::optional<std::int64_t> expected_version);
/// Removes an asset. Errors: as above.
Result<std::optional<Replay>> purge_asset(Mutation& mutation, std::string_view id,
                                          std::optional<std::int64_t> expected_version);

}  // namespace medialith::domain
