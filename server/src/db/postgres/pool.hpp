// The threads that wait for PostgreSQL: one for each connection, which it makes again when it is lost.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "base/random.hpp"
#include "db/postgres/postgres_database.hpp"
#include "db/postgres/server.hpp"
#include "db/postgres/transaction.hpp"

namespace medialith::db::postgres {

/// A read or a write on its way. Lives in the awaiting coroutine's frame; the pool owns it from submit() until `resume`
/// runs.
struct Job {
  std::variant<Database::ReadFn, Database::WriteFn> fn;
  AnyExecutor executor;  ///< where the coroutine goes on
  net::Resume resume;    ///< called there, once
  Result<void> result;   ///< set before `resume`
  std::chrono::steady_clock::time_point submitted;
  bool is_write() const { return fn.index() == 1; }
};

/// What all threads of a pool share.
struct PoolState {
  const PostgresOptions& options;
  std::string prefix;  ///< before every table's name
  Random& random;

  std::mutex mutex;
  std::condition_variable work;
  std::deque<Job*> queue;                              // guarded by mutex
  bool closing = false;                                // guarded by mutex
  std::chrono::steady_clock::time_point next_attempt;  // guarded by mutex: no connection is tried before

  std::atomic<bool> healthy = true;  ///< the last attempt to connect, or the last trip, succeeded
  std::atomic<std::uint64_t> commits = 0, writes = 0, reruns = 0, trips = 0, most_trips = 0, waiting = 0;
};

/// One thread and its connection.
class Worker {
 public:
  explicit Worker(PoolState& state) : state_(state) {}
  /// Runs jobs until the pool closes.
  void run();

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  enum class Fate : std::uint8_t { committed, gone, unknown };
  struct Live {
    Session session;
    std::string incarnation;
  };

  Job* next();
  void run_read(Job& job);
  void run_write(Job& job);
  Result<void> write(const Database::WriteFn& fn, Deadline deadline);
  bool may_run_again(const Trouble& trouble, Deadline deadline);
  Fate fate_of(std::optional<std::int64_t> id, const std::string& incarnation, Deadline deadline);
  Result<void> connect(Deadline deadline);
  bool pause(std::chrono::milliseconds longest);
  void note(const PipelinedTransaction& transaction);

  PoolState& state_;
  std::optional<Live> live_;
  int reruns_ = 0;          // of the write that runs
  std::string last_index_;  // that refused it
};

class Pool {
 public:
  /// `options` and `random` outlive the pool.
  Pool(const PostgresOptions& options, Random& random);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Thread-safe. On an error nothing was queued and `resume` is not called. Error: overloaded.
  Result<void> submit(Job& job);
  bool healthy() const { return state_.healthy; }
  DatabaseStats stats() const;

 private:
  PoolState state_;
  std::vector<std::thread> threads_;
};

}  // namespace medialith::db::postgres
