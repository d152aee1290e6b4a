// Whose database it is, and its migrations: the same files as SQLite's.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "db/libsql/errors.hpp"
#include "db/migration.hpp"

namespace medialith::db::libsql {

/// Looks without changing anything. All are pending in a database without tables. Blocks.
/// Errors: precondition_failed when the tables there are not ours, unavailable, those of compare_migrations().
Result<std::vector<MigrationState>> inspect(const Remote& remote, IndexNames& indexes,
                                            std::span<const Migration> carried);

/// Applies what is pending, each in a transaction that holds the writer's lock: servers that start at the same time
/// take turns, and the later one finds everything done. Blocks.
/// Errors: precondition_failed for a migration that does not run, unavailable.
Result<void> migrate(const Remote& remote, IndexNames& indexes, std::span<const Migration> carried, const Clock& clock);

}  // namespace medialith::db::libsql
