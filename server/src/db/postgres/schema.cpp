#include "db/postgres/schema.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "db/postgres/postgres_database.hpp"

namespace medialith::db::postgres {
namespace {

using Results = std::vector<ResultHandle>;

Result<Results> run(Session& session, std::string_view sql, std::span<const Value> values = {}) {
  session.send(sql, values);
  auto results = session.trip();
  if (!results) return std::unexpected(std::move(results).error().error);
  return std::move(*results);
}

struct Place {
  bool schema = false;  // it exists
  bool ours = false;    // with our list of migrations
  bool taken = false;   // with tables and without our list
};

Result<Place> look(Session& session, std::string_view schema) {
  const std::string list = postgres_prefix(schema) + "schema_migrations";
  const std::vector<Value> values = {schema, std::string_view(list)};
  TRY_ASSIGN(const Results results,
             run(session,
                 "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1), to_regclass($2) IS NOT NULL,"
                 " EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = $1)",
                 values));
  const ResultRow row(results.front().get(), 0);
  return Place{.schema = row.boolean(0), .ours = row.boolean(1), .taken = row.boolean(2) && !row.boolean(1)};
}

Result<std::vector<AppliedMigration>> applied(Session& session, std::string_view schema) {
  const std::string query =
      fmt::format("SELECT number, name, sha256, applied_at, adding_only FROM {}schema_migrations ORDER BY number",
                  postgres_prefix(schema));
  TRY_ASSIGN(const Results results, run(session, query));
  std::vector<AppliedMigration> rows;
  for (int n = 0; n < PQntuples(results.front().get()); ++n) {
    const ResultRow row(results.front().get(), n);
    rows.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)), row.time(3), row.boolean(4)});
  }
  return rows;
}

Error not_applied(std::string_view what, Trouble cause) {
  if (cause.error.code == ErrorCode::unavailable) return std::move(cause.error);
  std::string sentence = fmt::format("{} could not be made. The database is as it was before.", what);
  if (cause.state == "42501") {
    sentence +=
        " The role needs the right to create a schema in it, or to own the schema:"
        " GRANT CREATE ON DATABASE … TO …";
  }
  return make_error(ErrorCode::precondition_failed, std::move(sentence), std::move(cause.error.detail));
}

Result<void> script(Session& session, const std::string& sql, std::string_view what) {
  auto done = session.run_script(sql);
  if (!done) return fail(not_applied(what, std::move(done).error()));
  return {};
}

/// Inside the transaction.
Result<void> apply(Session& session, std::string_view schema, const Migration& migration) {
  const std::string what = fmt::format("Migration {} ({})", migration.number, migration.name);
  const std::string prefix = postgres_prefix(schema);
  TRY(script(session, expand_tables(migration.sql, prefix), what));
  const std::vector<Value> values = {migration.number, migration.name, migration.sha256,
                                     migration.sql.starts_with(kAddingOnly)};
  session.send(fmt::format("INSERT INTO {}schema_migrations (number, name, sha256, applied_at, adding_only)"
                           " VALUES ($1, $2, $3, now(), $4)",
                           prefix),
               values);
  auto noted = session.trip();
  if (!noted) return fail(not_applied(what, std::move(noted).error()));
  return {};
}

Result<void> migrate_locked(Session& session, std::string_view schema, std::span<const Migration> carried) {
  const std::vector<Value> name = {schema};
  TRY(run(session, "SELECT pg_advisory_xact_lock(hashtextextended('medialith ' || $1, 0))", name));
  // Another server may have been here first.
  TRY_ASSIGN(const std::vector<MigrationState> states, inspect(session, schema, carried));
  TRY_ASSIGN(const Place place, look(session, schema));
  if (!place.schema) TRY(script(session, fmt::format("CREATE SCHEMA \"{}\"", schema), "The schema"));
  if (!place.ours) {
    TRY(script(session,
               fmt::format("CREATE TABLE {}schema_migrations (number bigint PRIMARY KEY, name text NOT NULL,"
                           " sha256 text NOT NULL, applied_at timestamptz NOT NULL, adding_only boolean NOT NULL)",
                           postgres_prefix(schema)),
               "The list of migrations"));
  }
  for (const MigrationState& state : states) {
    if (!state.applied_at) TRY(apply(session, schema, state.migration));
  }
  return {};
}

}  // namespace

Result<std::vector<MigrationState>> inspect(Session& session, std::string_view schema,
                                            std::span<const Migration> carried) {
  TRY_ASSIGN(const Place place, look(session, schema));
  if (place.taken) {
    return fail(ErrorCode::precondition_failed,
                fmt::format("The schema {} of the database was not made by Medialith. Nothing was changed. Name another"
                            " one: MEDIALITH_DATABASE_SCHEMA.",
                            schema));
  }
  if (!place.ours) return compare_migrations(carried, {});
  TRY_ASSIGN(const std::vector<AppliedMigration> done, applied(session, schema));
  return compare_migrations(carried, done);
}

Result<void> migrate(Session& session, std::string_view schema, std::span<const Migration> carried) {
  TRY(run(session, "BEGIN"));
  auto done = migrate_locked(session, schema, carried);
  auto ended = run(session, done ? "COMMIT" : "ROLLBACK");
  if (done && !ended) return std::unexpected(std::move(ended).error());
  return done;
}

}  // namespace medialith::db::postgres
