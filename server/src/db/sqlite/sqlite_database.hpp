// The SQLite engine: one writer thread with group commit, readers on their own connections (design.md §5).
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "db/faults.hpp"
#include "db/migration.hpp"
#include "net/runtime.hpp"

namespace medialith::db {

struct GroupLimits {
  std::size_t writes = 256;
  std::size_t bytes = 8 << 20;
  std::chrono::milliseconds time{10};
  std::size_t queue = kWriteQueue;
};

struct SqliteOptions {
  std::filesystem::path path;  ///< a file on a local disk; its folder exists. ":memory:" is refused.
  std::span<const Migration> migrations = sqlite_migrations();
  PendingMigrations pending = PendingMigrations::apply;
  GroupLimits group;
  std::size_t loops = 0;  ///< event loops that get a reading connection of their own
  /// Which of them is calling; nullopt on any other thread. In the server net::Runtime::current_loop.
  std::function<std::optional<std::size_t>()> current_loop = [] { return std::optional<std::size_t>(); };
  std::chrono::milliseconds short_read{5};   ///< then a short read is moved to `work`
  std::uint64_t checkpoint_bytes = 2 << 20;  ///< of log: it is then copied into the database
  std::uint64_t restart_bytes = 64 << 20;    ///< of log: the writer then waits a moment for readers to let go of it
  /// After an I/O error at COMMIT or checkpoint nothing is known of what the disk holds. Called once, on the writer's
  /// thread, when everybody in the group has been answered. Empty: one line to stderr and the process ends with 70.
  std::function<void(const Error&)> on_fatal;
  Faults faults;
  std::string vfs;  ///< SQLite's name of another file layer, for tests
};

class SqliteDatabase final : public Database {
 public:
  /// Opens or makes the database, checks and applies migrations, starts the writer. Blocks. `clock` and `work` outlive
  /// the database; `work` runs long reads.
  /// Errors: precondition_failed with a sentence for the operator (not ours, newer, changed, pending), unavailable.
  static Result<std::unique_ptr<SqliteDatabase>> open(SqliteOptions options, const Clock& clock, net::Pool& work);
  /// Runs the writes that are queued, truncates the log and closes. No read may be running and no coroutine waiting.
  ~SqliteDatabase() override;

  Task<Result<void>> run_read(ReadKind kind, ReadFn fn) override;
  Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) override;
  Result<void> check() override;
  DatabaseStats stats() const override;
  std::string_view engine() const override { return "sqlite"; }
  bool is_shared() const override { return false; }

 private:
  struct Parts;
  explicit SqliteDatabase(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// For `medialith migrate status`: what the file has of `migrations`, without changing it. A file that is absent or
/// empty has none. Errors: as open().
Result<std::vector<MigrationState>> sqlite_migration_status(
    const std::filesystem::path& path, std::span<const Migration> migrations = sqlite_migrations());

/// Runs fn over the file without an engine, on a connection that only reads: for `medialith doctor`, while another
/// process may be serving it. Blocks. Errors: what fn returned; unavailable when there is no such database.
Result<void> read_sqlite_file(const std::filesystem::path& path, const Clock& clock, const Database::ReadFn& fn);

}  // namespace medialith::db
