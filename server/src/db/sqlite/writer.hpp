// The one thread that writes to the SQLite database and checkpoints its log: group commit.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "db/faults.hpp"
#include "db/sqlite/session.hpp"
#include "db/sqlite/sqlite_database.hpp"

namespace medialith::db::sqlite {

/// A write on its way. Lives in the awaiting coroutine's frame; the writer owns it from submit() until `resume` runs.
struct PendingWrite {
  Database::WriteFn fn;
  std::size_t bytes = 0;
  AnyExecutor executor;  ///< where the coroutine goes on
  net::Resume resume;    ///< called there, once
  Result<void> result;   ///< set before `resume`
};

class Writer {
 public:
  /// `session` is the only connection that writes. `options` and `clock` outlive the writer.
  Writer(Session session, const SqliteOptions& options, const Clock& clock);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Thread-safe. On an error nothing was queued and `resume` is not called.
  /// Errors: overloaded when the queue is full, unavailable after a fatal error or close().
  Result<void> submit(PendingWrite& write);
  /// Runs what is queued, truncates the log and joins the thread. Idempotent.
  void close();

  bool healthy() const { return !failed_.load(std::memory_order_acquire); }
  DatabaseStats stats() const;

 private:
  struct Group {
    std::vector<PendingWrite*> writes;
    std::size_t bytes = 0;
    std::chrono::steady_clock::time_point started;
    bool kept = false;  // the open transaction holds the effects of an earlier write
  };
  enum class Ran : std::uint8_t { kept, undone, dropped };

  void loop();
  bool wait_for_work();
  PendingWrite* take(const Group& group);
  void run_group();
  Ran run_one(PendingWrite& write, bool in_savepoint);
  Ran undo(bool in_savepoint);
  void run_alone(std::span<PendingWrite* const> writes);
  void run_alone(PendingWrite& write);
  Result<void> call(PendingWrite& write);
  Result<void> begin();
  void roll_back();
  /// False when the transaction was dropped and the writes may run again; else every result is final.
  bool commit(std::span<PendingWrite* const> writes);
  void answer(std::vector<PendingWrite*>& writes);
  void answer_refusals(std::vector<PendingWrite*>& writes);
  void break_down(const Error& error);
  void refuse_queue();
  void tell_fatal();
  int pages(std::uint64_t bytes) const;
  void checkpoint_when_due();
  void truncate_log();
  static int on_log_grown(void* self, sqlite3* handle, const char* name, int pages);

  Session session_;
  const SqliteOptions& options_;
  const Clock& clock_;

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<PendingWrite*> queue_;  // guarded by mutex_
  bool closing_ = false;             // guarded by mutex_

  std::deque<PendingWrite*> batch_;  // taken from queue_; the thread's own
  std::uint64_t page_bytes_ = 4096;
  int log_pages_ = 0;  // in the log after the last commit
  int due_pages_ = 0;  // when it has so many, it is copied
  std::optional<Error> fatal_;

  std::atomic<bool> failed_ = false;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<std::uint64_t> groups_ = 0, writes_ = 0, reruns_ = 0, trips_ = 0, most_trips_ = 0, checkpoints_ = 0,
                             log_bytes_ = 0;
  std::thread thread_;
};

}  // namespace medialith::db::sqlite
