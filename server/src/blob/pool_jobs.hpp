// Work of an upload that goes on while the upload takes its next bytes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "net/runtime.hpp"
#include "net/task.hpp"

namespace medialith::blob {

/// Jobs on a pool that one coroutine begins and awaits later. A running job keeps this alive, and what it works on
/// belongs to it, so that it may still run when the upload is gone.
class PoolJobs : public std::enable_shared_from_this<PoolJobs> {
 public:
  /// A pool that is full is a failure that idle() tells.
  void start(net::Pool& pool, std::move_only_function<Result<void>()> job);
  bool busy() const;
  /// Waits for the running jobs, if any, and answers a failure of any so far.
  Task<Result<void>> idle();

 private:
  void end(Result<void> result);

  mutable std::mutex mutex_;
  int running_ = 0;  // guarded by mutex_, as are:
  Result<void> outcome_;
  std::optional<net::Completion> waiter_;
};

}  // namespace medialith::blob
