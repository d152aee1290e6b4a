// What an owner has, in figures.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "db/database.hpp"
#include "domain/facets.hpp"
#include "domain/rid.hpp"

namespace medialith::domain {

/// Values counted by themselves, the most frequent.
inline constexpr std::int64_t kStatValues = 1000;

/// Of the generations that are not in the trash (S0-53).
struct GenerationStats {
  std::int64_t total = 0;
  std::vector<FacetValue> categories;  ///< the most frequent first, then by value
  std::vector<FacetValue> models;      ///< by model id
  std::optional<Time> oldest;          ///< none when there are none
  std::optional<Time> newest;
};
/// Reads along the owner's indexes: a long read.
Result<GenerationStats> generation_stats(db::Connection& connection, UserRid user);

struct Usage {
  std::int64_t generations = 0;  ///< that are not in the trash
  std::int64_t files = 0;        ///< the trash included, and so the bytes
  std::int64_t bytes = 0;
  std::int64_t trash_bytes = 0;
};
/// Reads every asset of the owner: a long read.
Result<Usage> usage_of(db::Connection& connection, UserRid user);

}  // namespace medialith::domain
