#include "app/databases.hpp"

#include <fmt/format.h>

#include "db/sqlite/sqlite_database.hpp"

namespace medialith::app {
namespace {

std::unexpected<Error> not_in_this_build(const DatabaseChoice& choice) {
  return fail(ErrorCode::precondition_failed,
              fmt::format("{} names a {} database, which this build cannot use: only SQLite files can. Unset it, or set"
                          " NEXT_PUBLIC_STORAGE_BACKEND=sqlite.",
                          choice.chosen_by, title(choice.engine)));
}

}  // namespace

Result<std::unique_ptr<db::Database>> open_database(const DatabaseChoice& choice, const DatabaseParts& parts) {
  if (!choice.is_file()) return not_in_this_build(choice);
  return db::SqliteDatabase::open({.path = choice.path,
                                   .loops = parts.runtime.loop_count(),
                                   .current_loop = net::Runtime::current_loop,
                                   .on_fatal = parts.on_fatal,
                                   .faults = parts.faults},
                                  parts.clock, parts.runtime.work());
}

Result<std::vector<db::MigrationState>> migration_states(const DatabaseChoice& choice) {
  if (!choice.is_file()) return not_in_this_build(choice);
  return db::sqlite_migration_status(choice.path);
}

std::string table_prefix(const DatabaseChoice&) { return ""; }

Result<void> look_into(const DatabaseChoice& choice, const Clock& clock, const db::Database::ReadFn& fn) {
  if (!choice.is_file()) return not_in_this_build(choice);
  return db::read_sqlite_file(choice.path, clock, fn);
}

}  // namespace medialith::app
