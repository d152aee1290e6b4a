// The job that removes the bytes of purged assets, when their grace is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "jobs/job.hpp"

namespace medialith::jobs {

/// Blobs of one step. Each takes a flush of its folder, or a request to the bucket.
inline constexpr std::int64_t kFinalizedAtOnce = 100;

/// Removes a blob's bytes from the store: durable when it answers; one that is not there is success.
using RemoveBlob = std::function<Task<Result<void>>(std::string key)>;

/// For every store: removes the bytes of blobs that were condemned `grace` ago, and then their rows, hourly. In this
/// order, so that a crash between the two leaves a row by which the next run comes again, and never bytes without one.
/// A blob to which an asset refers is left alone, whatever its row says.
///
/// A server that stands still behind the check and goes on after another has taken over does no harm: keys are never
/// used again, and nothing new ever refers to a condemned blob.
Job finalize_deletes(RemoveBlob remove, std::chrono::milliseconds grace);

}  // namespace medialith::jobs
