// A pool inside a pool: fewer jobs at once than it has threads, for work that takes much memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "net/runtime.hpp"

namespace medialith::web {

/// Password hashes at once and those that may wait (R-S2): argon2id takes no more than twice its memory, and a storm of
/// logins is answered with 503 instead of minutes later.
inline constexpr std::size_t kHashesAtOnce = 2;
inline constexpr std::size_t kHashesWaiting = 32;

/// Runs its jobs on the threads of `pool`, which outlives it: at most `at_once` of them, first come first served. A
/// thread that it has stays with it while jobs wait. Every job that post() took is run before `pool` has stopped.
class NarrowPool final : public net::Pool {
 public:
  NarrowPool(net::Pool& pool, std::size_t at_once, std::size_t queue) : pool_(pool), at_once_(at_once), queue_(queue) {}
  /// Waits for what runs and what waits.
  ~NarrowPool() override;
  /// False when `queue` jobs wait, or `pool` takes no more. Thread-safe.
  [[nodiscard]] bool post(std::move_only_function<void()> job) override;
  std::size_t waiting() const override;

 private:
  void run(std::move_only_function<void()> job);

  net::Pool& pool_;
  const std::size_t at_once_;
  const std::size_t queue_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t running_ = 0;
  std::deque<std::move_only_function<void()>> jobs_;
};

}  // namespace medialith::web
