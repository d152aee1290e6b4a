#include "app/databases.hpp"

#include <fmt/format.h>

#include "db/postgres/postgres_database.hpp"
#include "db/sqlite/sqlite_database.hpp"

namespace medialith::app {
namespace {

std::unexpected<Error> not_in_this_build(const DatabaseChoice& choice) {
  return fail(ErrorCode::precondition_failed, fmt::format("{} names a {} database, which this build cannot use.",
                                                          choice.chosen_by, title(choice.engine)));
}

db::PostgresOptions postgres_options(const DatabaseChoice& choice) {
  db::PostgresOptions options;
  options.url = choice.url;
  options.schema = choice.schema;
  options.unsafe = choice.allow_unsafe ? db::UnsafeServer::allow : db::UnsafeServer::refuse;
  return options;
}

}  // namespace

Result<std::unique_ptr<db::Database>> open_database(const DatabaseChoice& choice, const DatabaseParts& parts) {
  switch (choice.engine) {
    case DatabaseEngine::sqlite:
      return db::SqliteDatabase::open({.path = choice.path,
                                       .loops = parts.runtime.loop_count(),
                                       .current_loop = net::Runtime::current_loop,
                                       .on_fatal = parts.on_fatal,
                                       .faults = parts.faults},
                                      parts.clock, parts.runtime.work());
    case DatabaseEngine::postgres: {
      db::PostgresOptions options = postgres_options(choice);
      options.faults = parts.faults;
      return db::PostgresDatabase::open(std::move(options), parts.random);
    }
    case DatabaseEngine::libsql:
      break;
  }
  return not_in_this_build(choice);
}

Result<std::vector<db::MigrationState>> migration_states(const DatabaseChoice& choice) {
  switch (choice.engine) {
    case DatabaseEngine::sqlite:
      return db::sqlite_migration_status(choice.path);
    case DatabaseEngine::postgres:
      return db::postgres_migration_status(postgres_options(choice));
    case DatabaseEngine::libsql:
      break;
  }
  return not_in_this_build(choice);
}

std::string table_prefix(const DatabaseChoice& choice) {
  return choice.engine == DatabaseEngine::postgres ? db::postgres_prefix(choice.schema) : "";
}

Result<std::string> describe_server(const DatabaseChoice& choice) {
  if (choice.engine == DatabaseEngine::postgres) return db::describe_postgres(postgres_options(choice));
  return std::string();
}

Result<void> look_into(const DatabaseChoice& choice, const Clock& clock, const db::Database::ReadFn& fn) {
  switch (choice.engine) {
    case DatabaseEngine::sqlite:
      return db::read_sqlite_file(choice.path, clock, fn);
    case DatabaseEngine::postgres:
      return db::read_postgres(postgres_options(choice), fn);
    case DatabaseEngine::libsql:
      break;
  }
  return not_in_this_build(choice);
}

}  // namespace medialith::app
