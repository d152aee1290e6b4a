// The jobs that throw away what nobody needs any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "jobs/job.hpp"

namespace medialith::jobs {

/// Rows of one write: with their indexes they hold the writer for a few milliseconds, of 20 that it may be held.
inline constexpr std::int64_t kPurgeRows = 500;
/// What was begun so long ago and is not finished has been given up.
inline constexpr std::chrono::hours kAbandonedAfter{24};

/// Answers of retries after domain::kIdempotencyKept, hourly.
Job purge_idempotency();
/// Logins, set-up tokens and other grants that have expired, hourly.
Job purge_logins();
/// Limits that limit nobody any more, every five minutes.
Job purge_rate_limits();

/// Ends the multipart uploads that were begun before `before`, and answers how many there were.
using AbortMultiparts = std::function<Task<Result<std::int64_t>>(Time before)>;
/// For a store that has such uploads: those that a server left behind, hourly.
Job abort_multiparts(AbortMultiparts abort);

}  // namespace medialith::jobs
