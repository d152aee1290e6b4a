// The libSQL engine: Turso or sqld over Hrana 3, a write in two trips, or one while writes queue (design.md §5).
//
// What the server promises of a commit is its own: a self-hosted sqld does not fsync it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "db/faults.hpp"
#include "db/libsql/endpoint.hpp"
#include "db/migration.hpp"
#include "http_client/client.hpp"

namespace medialith::db {

/// Threads that wait for a libSQL server: one writes, the others read.
inline constexpr std::size_t kLibsqlThreads = 16;

struct LibsqlOptions {
  LibsqlEndpoint endpoint;
  std::span<const Migration> migrations = sqlite_migrations();
  PendingMigrations pending = PendingMigrations::apply;
  std::chrono::milliseconds connect_timeout{3'000};
  /// Of a trip. BEGIN may wait 5 s for the transaction of another server to end or to be undone.
  std::chrono::milliseconds timeout{10'000};
  std::chrono::milliseconds long_read_timeout{60'000};
  Faults faults;
};

/// Thread-safe. A row may have what the server lets an answer have: 10 MB unless it was told otherwise.
class LibsqlDatabase final : public Database {
 public:
  /// Connects, checks and applies migrations (servers that start at the same time wait for each other; where nothing is
  /// pending, for nobody), starts the threads. Blocks. `clock` outlives the database.
  /// Errors: precondition_failed with a sentence for the operator (not ours, newer, changed, pending), unavailable.
  static Result<std::unique_ptr<LibsqlDatabase>> open(LibsqlOptions options,
                                                      std::shared_ptr<http_client::Client> client, const Clock& clock);
  /// Runs what is queued, unless the server does not answer. No coroutine may be waiting.
  ~LibsqlDatabase() override;

  Task<Result<void>> run_read(ReadKind kind, ReadFn fn) override;
  Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) override;
  /// What the server last said when it was asked; asks it again in the background, once a second at most.
  Result<void> check() override;
  DatabaseStats stats() const override;
  std::string_view engine() const override { return "libsql"; }

 private:
  struct Parts;
  explicit LibsqlDatabase(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// For `medialith migrate status`: what the database has of `options.migrations`, without changing it. Blocks. Errors:
/// as open().
Result<std::vector<MigrationState>> libsql_migration_status(const LibsqlOptions& options, http_client::Client& client);

/// Runs fn without an engine, on a connection that only reads: for `medialith doctor`. Blocks. Errors: what fn
/// returned; unavailable.
Result<void> read_libsql(const LibsqlOptions& options, http_client::Client& client, const Database::ReadFn& fn);

}  // namespace medialith::db
