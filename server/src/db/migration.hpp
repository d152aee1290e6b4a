// Numbered, embedded, forward-only changes of the schema.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace medialith::db {

/// One file of server/migrations/ENGINE/NNNN_name.sql. Tables are written `{generations}`, as in every statement.
struct Migration {
  std::int64_t number;      ///< 1, 2, 3 … without gaps
  std::string_view name;    ///< lower_snake
  std::string_view sql;     ///< run as one transaction
  std::string_view sha256;  ///< of the file, lower-case hex; computed when the program is built
};

/// Begins the text of a migration that only adds: a server that does not know it goes on, and may start, beside those
/// that do (docs/adr/0008-migrations-beside-old-servers.md).
inline constexpr std::string_view kAddingOnly = "-- adding-only";

/// What opening a database does about migrations that it does not have yet.
enum class PendingMigrations : std::uint8_t { apply, refuse };

/// A migration as `medialith migrate status` lists it.
struct MigrationState {
  Migration migration;
  std::optional<Time> applied_at;  ///< absent while it is pending
};

/// A row of `schema_migrations`.
struct AppliedMigration {
  std::int64_t number;
  std::string name;
  std::string sha256;
  Time applied_at;
  bool adding_only = false;
};

/// What this program carries for SQLite, and for PostgreSQL.
std::span<const Migration> sqlite_migrations();
std::span<const Migration> postgres_migrations();

/// Lays what the database has beside what the program carries.
/// Errors: precondition_failed, with a sentence for the operator, when an applied migration has another checksum or is
/// not known here and does more than add; internal when the carried numbers have a gap.
Result<std::vector<MigrationState>> compare_migrations(std::span<const Migration> carried,
                                                       std::span<const AppliedMigration> applied);

/// precondition_failed: the migration does not run, and everything is as it was before it.
Error migration_failed(const Migration& migration, std::string detail);

/// Error: precondition_failed, naming the command, when any is pending.
Result<void> refuse_pending(std::span<const MigrationState> states);

}  // namespace medialith::db
