// The threads of the server (design.md §2) and the ways to hop between them.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "net/completion.hpp"
#include "net/task.hpp"

namespace medialith::net {

/// A fixed set of threads for work that blocks. The queue is bounded; what waits is a metric.
class Pool {
 public:
  virtual ~Pool() = default;
  /// Runs `job` on one of the threads. False, and nothing queued, when the queue is full. Thread-safe.
  [[nodiscard]] virtual bool post(std::move_only_function<void()> job) = 0;
  /// Jobs that wait for a thread now. Thread-safe.
  virtual std::size_t waiting() const = 0;
};

/// A pool of its own, for a library that blocks on `threads` connections. Its destructor lets it end what is queued.
std::unique_ptr<Pool> make_pool(std::size_t threads, std::size_t queue);

struct RuntimeOptions {
  std::size_t loops = 2;          ///< event loops, one thread each; by default one per core
  std::size_t work_threads = 2;   ///< long reads, large JSON, password hashes
  std::size_t disk_threads = 8;   ///< file writes, fsync, hashing
  std::size_t pool_queue = 4096;  ///< jobs that may wait for each pool
};

/// Owns the event loops and pools. Built first and destroyed last by `app`; everything else holds references into it.
/// Ignores SIGPIPE for the whole process: a peer that went away is an error of the write, never a signal.
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

  /// Starts the threads of the loops; the pools have theirs from the beginning.
  void start();
  /// Lets the pools end what is queued and refuse more, then ends the loops after what is ready to run, and joins every
  /// thread. Coroutines that still wait are destroyed with the Runtime. Idempotent; not called on a thread of its own.
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

/// What run_on() keeps in the awaiting frame, so that a hop allocates nothing of its own.
template <class F>
struct Hop {
  F& f;
  AnyExecutor executor = {};
  Resume resume = {};
  std::optional<std::invoke_result_t<F&>> result = {};
  std::exception_ptr error = {};

  // On a thread of the pool.
  void run() {
    try {
      result.emplace(f());
    } catch (...) {
      error = std::current_exception();
    }
    finish();
  }
  // The awaiting frame, and this object with it, may be gone as soon as the post is made.
  void finish() {
    const AnyExecutor back = std::move(executor);
    auto go = std::move(resume);
    post_to(back, std::move(go));
  }
};

/// Runs the blocking `f` on `pool` and resumes here with its Result; an exception that leaves `f` leaves the await too.
/// `f` must not touch the coroutine's executor.
/// Errors: overloaded (503) when the pool's queue is full or the pool has stopped. Not cancellable: what `f` refers to
/// outlives it, because the awaiting frame does.
template <class F>
Task<std::invoke_result_t<F&>> run_on(Pool& pool, F f) {
  Hop<F> hop{f};
  co_await suspend([&hop, &pool](const AnyExecutor& executor, Resume resume) {
    hop.executor = executor;
    hop.resume = std::move(resume);
    if (!pool.post([&hop] { hop.run(); })) hop.finish();
  });
  if (hop.error) std::rethrow_exception(hop.error);
  if (!hop.result) co_return fail(ErrorCode::overloaded, "The server is busy. Try again in a moment.");
  co_return std::move(*hop.result);
}

/// Suspends the caller for `duration` of the loop's monotonic clock.
Task<void> sleep_for(std::chrono::milliseconds duration);

/// Lets what is ready on the caller's loop run first.
Task<void> yield();

}  // namespace medialith::net

#include "net/run_sync.hpp"
