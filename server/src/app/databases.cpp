#include "app/databases.hpp"

#include <utility>

#include "db/libsql/libsql_database.hpp"
#include "db/postgres/postgres_database.hpp"
#include "db/sqlite/sqlite_database.hpp"

namespace medialith::app {
namespace {

db::PostgresOptions postgres_options(const DatabaseChoice& choice) {
  db::PostgresOptions options;
  options.url = choice.url;
  options.schema = choice.schema;
  options.unsafe = choice.allow_unsafe ? db::UnsafeServer::allow : db::UnsafeServer::refuse;
  return options;
}

Result<db::LibsqlOptions> libsql_options(const DatabaseChoice& choice) {
  TRY_ASSIGN(db::LibsqlEndpoint endpoint, db::parse_libsql_url(choice.url.reveal(), choice.auth_token));
  return db::LibsqlOptions{.endpoint = std::move(endpoint)};
}

Result<std::unique_ptr<db::Database>> open_libsql(const DatabaseChoice& choice, const DatabaseParts& parts) {
  TRY_ASSIGN(db::LibsqlOptions options, libsql_options(choice));
  options.faults = parts.faults;
  std::shared_ptr<http_client::Client> client = parts.http;
  if (!client) {
    TRY_ASSIGN(client, http_client::Client::open());
  }
  return db::LibsqlDatabase::open(std::move(options), std::move(client), parts.clock);
}

Result<std::vector<db::MigrationState>> libsql_states(const DatabaseChoice& choice) {
  TRY_ASSIGN(const db::LibsqlOptions options, libsql_options(choice));
  TRY_ASSIGN(const auto client, http_client::Client::open());
  return db::libsql_migration_status(options, *client);
}

Result<void> look_into_libsql(const DatabaseChoice& choice, const db::Database::ReadFn& fn) {
  TRY_ASSIGN(const db::LibsqlOptions options, libsql_options(choice));
  TRY_ASSIGN(const auto client, http_client::Client::open());
  return db::read_libsql(options, *client, fn);
}

// Its SQLite's version is what it tells of itself.
Result<std::string> describe_libsql(const DatabaseChoice& choice) {
  std::string version;
  const db::Database::ReadFn look = [&](db::Connection& connection) {
    return connection.each(db::Sql("SELECT sqlite_version()"), [&](const db::Row& row) { version = row.text(0); });
  };
  TRY(look_into_libsql(choice, look));
  return "SQLite " + version + ", by HTTP";
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
      return open_libsql(choice, parts);
  }
  std::unreachable();
}

Result<std::vector<db::MigrationState>> migration_states(const DatabaseChoice& choice) {
  switch (choice.engine) {
    case DatabaseEngine::sqlite:
      return db::sqlite_migration_status(choice.path);
    case DatabaseEngine::postgres:
      return db::postgres_migration_status(postgres_options(choice));
    case DatabaseEngine::libsql:
      return libsql_states(choice);
  }
  std::unreachable();
}

std::string table_prefix(const DatabaseChoice& choice) {
  return choice.engine == DatabaseEngine::postgres ? db::postgres_prefix(choice.schema) : "";
}

Result<std::string> describe_server(const DatabaseChoice& choice) {
  if (choice.engine == DatabaseEngine::postgres) return db::describe_postgres(postgres_options(choice));
  if (choice.engine == DatabaseEngine::libsql) return describe_libsql(choice);
  return std::string();
}

Result<void> look_into(const DatabaseChoice& choice, const Clock& clock, const db::Database::ReadFn& fn) {
  switch (choice.engine) {
    case DatabaseEngine::sqlite:
      return db::read_sqlite_file(choice.path, clock, fn);
    case DatabaseEngine::postgres:
      return db::read_postgres(postgres_options(choice), fn);
    case DatabaseEngine::libsql:
      return look_into_libsql(choice, fn);
  }
  std::unreachable();
}

}  // namespace medialith::app
