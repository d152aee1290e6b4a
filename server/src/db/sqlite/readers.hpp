// The connections that only read: one for each event loop, and as many as there are threads that read at once besides.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "db/sqlite/session.hpp"
#include "db/sqlite/sqlite_database.hpp"

namespace medialith::db::sqlite {

/// One reading connection. Used by one thread at a time.
class Reader final : public Connection {
 public:
  Reader(Session session, const Clock& clock);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Dialect dialect() const override { return Dialect::sqlite; }
  Result<void> each(const Statement& statement, const RowCallback& on_row) override;

  /// Runs fn over one consistent view. nullopt when it was stopped because it took longer than `limit`.
  std::optional<Result<void>> run(const Database::ReadFn& fn, std::optional<std::chrono::milliseconds> limit);

 private:
  static int on_progress(void* self);

  Session session_;
  const Clock& clock_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  bool stopped_ = false;
};

class Readers {
 public:
  /// `options` and the others outlive the readers.
  Readers(const SqliteOptions& options, const Clock& clock, net::Pool& work)
      : options_(options), clock_(clock), work_(work) {}

  /// Opens the connections of the event loops, so that no request waits for it.
  Result<void> open_loops();
  Task<Result<void>> run(ReadKind kind, Database::ReadFn fn);
  /// Runs fn on the calling thread with no limit of time.
  Result<void> run_here(const Database::ReadFn& fn);
  std::uint64_t moved() const { return moved_; }

 private:
  Result<std::unique_ptr<Reader>> open() const;
  Result<std::unique_ptr<Reader>> take_spare();
  void give_back(std::unique_ptr<Reader> reader);

  const SqliteOptions& options_;
  const Clock& clock_;
  net::Pool& work_;
  std::vector<std::unique_ptr<Reader>> loops_;  // each used by its loop's thread only
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reader>> spare_;  // guarded by mutex_
  std::atomic<std::uint64_t> moved_ = 0;
};

}  // namespace medialith::db::sqlite
