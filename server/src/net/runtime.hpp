// The threads of the server (design.md §2) and the ways to hop between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/task.hpp"

namespace medialith::net {

/// A fixed set of threads for work that blocks. The queue is bounded; what waits is a metric.
class Pool {
 public:
  virtual ~Pool() = default;
  /// Runs `job` on one of the threads. False, and nothing queued, when the queue is full. Thread-safe.
  [[nodiscard]] virtual bool post(std::move_only_function<void()> job) = 0;
};

struct RuntimeOptions {
  std::size_t loops = 2;          ///< event loops, one thread each; by default one per core
  std::size_t work_threads = 2;   ///< long reads, large JSON, password hashes
  std::size_t disk_threads = 8;   ///< file writes, fsync, hashing
  std::size_t pool_queue = 4096;  ///< jobs that may wait for each pool
};

/// Owns the event loops and pools. Built first and destroyed last by `app`; everything else holds references into it.
class Runtime {
 public:
  explicit Runtime(const RuntimeOptions& options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  std::size_t loop_count() const;
  AnyExecutor loop(std::size_t index);
  Pool& work();
  Pool& disk();

  /// The index of the loop whose thread is calling, or nullopt on any other thread. What is per loop (read-only
  /// database connections) is found by it.
  static std::optional<std::size_t> current_loop();

  /// Starts the threads of the loops. Not called in tests that drive a loop themselves with run_until_done().
  void start();
  /// Lets queued work end and joins every thread. Idempotent.
  void stop();

  /// Spawns `task` on loop `index`; an exception that leaves it ends the process, since nothing would ever answer.
  void spawn(std::size_t index, Task<void> task);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Runs `task` on an event loop of its own on this thread and returns its result. For tests and commands.
template <class T>
T run_sync(Task<T> task);

/// Runs the blocking `f` on `pool` and resumes here with its Result. `f` must not touch the coroutine's executor.
/// Errors: overloaded (503) when the pool's queue is full. Not cancellable: what `f` refers to outlives it, because the
/// awaiting frame does.
template <class F>
Task<std::invoke_result_t<F&>> run_on(Pool& pool, F f) {
  using R = std::invoke_result_t<F&>;  // a Result<…>
  R result = fail(ErrorCode::overloaded, "The server is busy. Try again in a moment.");
  auto executor = co_await boost::asio::this_coro::executor;
  auto initiate = [&](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    const bool queued = pool.post([&result, &f, executor, shared] {
      result = f();
      boost::asio::post(executor, [shared] { (*shared)(); });
    });
    if (!queued) boost::asio::post(executor, [shared] { (*shared)(); });
  };
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(initiate,
                                                                                     boost::asio::use_awaitable);
  co_return result;
}

/// Suspends the caller for `duration` of the loop's monotonic clock.
Task<void> sleep_for(std::chrono::milliseconds duration);

}  // namespace medialith::net

#include "net/run_sync.hpp"
