// Bulk operations at work: a step at a time, here while the caller waits and then in the background.
#pragma once

#include <chrono>

#include "domain/operations.hpp"
#include "domain/search.hpp"
#include "web/context.hpp"

namespace medialith::api {

/// How long the caller waits before an operation goes on without them.
inline constexpr std::chrono::milliseconds kBulkWait{500};

/// How many rows the operation is about, and whether its words were taken as substrings.
struct Matched {
  std::int64_t rows = 0;
  domain::Matching matching = domain::Matching::words;
};
/// A long read.
Result<Matched> count_matched(db::Connection& connection, const web::Services& services,
                              const domain::Operation& operation);

/// Works for at most kBulkWait, then goes on in the background. Answers the operation as it stands.
Task<Result<domain::Operation>> work_on(web::Services& services, domain::Operation operation);

/// Goes on with every operation that a stop interrupted, one after the other. Spawned once, at the start.
Task<void> resume_operations(web::Services& services);

}  // namespace medialith::api
