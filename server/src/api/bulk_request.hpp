// What a bulk request is about, as it is sent and as its operation keeps it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/filter.hpp"
#include "domain/operations.hpp"
#include "domain/search.hpp"

namespace medialith::api {

/// Ids in one request.
inline constexpr std::int64_t kMaxBulkIds = 1000;
/// The longest `olderThanDays`: a century.
inline constexpr std::int64_t kMaxBulkDays = 36'500;

struct BulkTarget {
  enum class What : std::uint8_t { ids, filter, trash, undo };
  What what = What::ids;
  std::vector<std::string> ids;
  domain::Filter filter;
  std::vector<std::string> words;
  domain::Matching matching = domain::Matching::words;
  domain::BulkAction undone = domain::BulkAction::trash;  ///< of an undo: what is undone
  std::optional<json::Document> set;                      ///< of an update: a merge patch
};

/// A checked request body to what its operation keeps, as of `now`. Errors: validation_failed, naming members as
/// `filter.model`.
Result<std::string> kept_request(domain::BulkAction action, json::View sent, Time now);

/// What an operation keeps, read back. Text of ours; never fails on it.
Result<BulkTarget> read_target(const domain::Operation& operation);

}  // namespace medialith::api
