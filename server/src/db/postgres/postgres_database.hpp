// The PostgreSQL engine: libpq on a few threads of its own, a write in two trips (design.md §5).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "db/database.hpp"
#include "db/faults.hpp"
#include "db/migration.hpp"
#include "net/runtime.hpp"

namespace medialith::db {

/// Connections of one server, each with a thread that waits for it.
inline constexpr std::size_t kPostgresConnections = 16;

/// What open() does about a server whose settings let an acknowledged write be lost.
enum class UnsafeServer : std::uint8_t { refuse, allow };

struct PostgresOptions {
  Secret url;  ///< postgres://…; its parameters go to libpq
  std::string schema = "medialith";
  UnsafeServer unsafe = UnsafeServer::refuse;
  std::span<const Migration> migrations = postgres_migrations();
  PendingMigrations pending = PendingMigrations::apply;
  Faults faults;
};

/// Thread-safe.
class PostgresDatabase final : public Database {
 public:
  /// Connects, checks the server, checks and applies migrations (servers that start at the same time wait for each
  /// other), starts the threads. Blocks. `random` outlives the database.
  /// Errors: precondition_failed with a sentence for the operator (unsafe, too old, newer, changed, pending, no
  /// rights), unavailable.
  static Result<std::unique_ptr<PostgresDatabase>> open(PostgresOptions options, Random& random);
  /// Runs what is queued and closes. No coroutine may be waiting.
  ~PostgresDatabase() override;

  /// A read is one snapshot, long or short: all wait on the engine's own threads.
  Task<Result<void>> run_read(ReadKind kind, ReadFn fn) override;
  Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) override;
  /// What the last trip to the server came to; does not wait for one.
  Result<void> check() override;
  DatabaseStats stats() const override;
  std::string_view engine() const override { return "postgres"; }
  bool is_shared() const override { return true; }

 private:
  struct Parts;
  explicit PostgresDatabase(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// `"schema".`: what stands before every table's name.
std::string postgres_prefix(std::string_view schema);

/// For `medialith migrate status`: what the database has of `options.migrations`, without changing it. Blocks. Errors:
/// as open().
Result<std::vector<MigrationState>> postgres_migration_status(const PostgresOptions& options);

/// Runs fn on a connection of its own that only reads: for `medialith doctor`. Blocks. Errors: what fn returned;
/// unavailable.
Result<void> read_postgres(const PostgresOptions& options, const Database::ReadFn& fn);

/// A server that would be served from, for `medialith doctor`.
struct PostgresDescription {
  std::string text;  ///< "15.4, direct"
  std::string
      unsafe;  ///< settings that let an acknowledged write be lost, as `fsync=off, …`; empty when there are none
};
/// Blocks. Errors: as open().
Result<PostgresDescription> describe_postgres(const PostgresOptions& options);

}  // namespace medialith::db
