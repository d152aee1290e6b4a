// Work of an upload that goes on while the upload takes its next bytes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "net/runtime.hpp"
#include "net/task.hpp"

namespace medialith::blob {

/// One job at a time on a pool, begun by one coroutine and awaited by the same one later. The job keeps this alive, and
/// what it works on belongs to it, so that it may still run when the upload is gone.
class PoolJob : public std::enable_shared_from_this<PoolJob> {
 public:
  /// Only when idle. False when the pool is full: nothing was begun.
  [[nodiscard]] bool start(net::Pool& pool, std::move_only_function<Result<void>()> job);
  bool busy() const;
  /// Waits for the running job, if any, and answers how the last one ended.
  Task<Result<void>> idle();

 private:
  mutable std::mutex mutex_;
  bool busy_ = false;  // guarded by mutex_, as are:
  Result<void> outcome_;
  std::optional<net::Completion> waiter_;
};

}  // namespace medialith::blob
