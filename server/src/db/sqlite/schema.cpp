#include "db/sqlite/schema.hpp"

#include <fmt/format.h>

namespace medialith::db::sqlite {
namespace {

Error not_ours(const std::filesystem::path& path, std::string detail) {
  return make_error(
      ErrorCode::precondition_failed,
      fmt::format(
          "{} was not made by Medialith and was left as it is. There is no import for it yet: name another file,"
          " or none, and Medialith makes one of its own.",
          path.string()),
      std::move(detail));
}

Result<std::int64_t> number(Session& session, Sql sql) {
  std::int64_t value = 0;
  TRY(session.run(sql, [&](const Row& row) { value = row.integer(0); }));
  return value;
}

Result<std::vector<AppliedMigration>> applied(Session& session) {
  std::vector<AppliedMigration> rows;
  TRY(session.run(Sql("SELECT number, name, sha256, applied_at FROM {schema_migrations} ORDER BY number"),
                  [&](const Row& row) {
                    rows.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)), row.time(3)});
                  }));
  return rows;
}

struct Owner {
  bool empty = false;  // no table at all
  bool ours = false;   // marked and with our list of migrations
};

Result<Owner> owner_of(Session& session) {
  TRY_ASSIGN(const std::int64_t id, number(session, "PRAGMA application_id"));
  TRY_ASSIGN(const std::int64_t tables, number(session, "SELECT count(*) FROM sqlite_schema"));
  TRY_ASSIGN(const std::int64_t list,
             number(session, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'"));
  return Owner{.empty = tables == 0 && (id == 0 || id == kApplicationId), .ours = id == kApplicationId && list == 1};
}

Result<void> apply(Session& session, const Migration& migration, Time now) {
  TRY(session.run(Sql("BEGIN IMMEDIATE")));
  TRY(execute(session.handle(), expand_tables(migration.sql, "")));
  TRY(session.run(
      Statement("INSERT INTO {schema_migrations} (number, name, sha256, applied_at) VALUES ($1, $2, $3, $4)",
                migration.number, migration.name, migration.sha256, now)));
  TRY(execute(session.handle(), fmt::format("PRAGMA user_version = {}", migration.number)));
  return session.run(Sql("COMMIT"));
}

}  // namespace

Result<std::vector<MigrationState>> inspect(const std::filesystem::path& path, const std::string& vfs,
                                            std::span<const Migration> carried) {
  std::error_code missing;
  if (const auto size = std::filesystem::file_size(path, missing); missing || size == 0) {
    return compare_migrations(carried, {});
  }
  TRY_ASSIGN(Handle handle, open_handle(path, Role::probe, vfs));
  Session session(std::move(handle));
  auto owner = owner_of(session);
  if (!owner && (session.last_failure() & 0xff) == SQLITE_NOTADB) return fail(not_ours(path, owner.error().detail));
  if (!owner) return std::unexpected(std::move(owner).error());
  if (owner->empty) return compare_migrations(carried, {});
  if (!owner->ours) return fail(not_ours(path, "another application_id, or no schema_migrations"));
  TRY_ASSIGN(const std::vector<AppliedMigration> done, applied(session));
  return compare_migrations(carried, done);
}

Result<void> claim(const std::filesystem::path& path, const std::string& vfs) {
  TRY_ASSIGN(Handle handle, open_handle(path, Role::claimer, vfs));
  Session session(std::move(handle));
  TRY_ASSIGN(const std::int64_t id, number(session, "PRAGMA application_id"));
  if (id == kApplicationId) return {};
  return execute(session.handle(), fmt::format("PRAGMA application_id = {}", kApplicationId));
}

Result<void> migrate(Session& session, std::span<const MigrationState> states, Time now) {
  TRY(execute(session.handle(), R"(
    CREATE TABLE IF NOT EXISTS schema_migrations (
      number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT)"));
  for (const MigrationState& state : states) {
    if (state.applied_at) continue;
    Result<void> done = apply(session, state.migration, now);
    if (done) continue;
    if (session.in_transaction()) (void)session.run(Sql("ROLLBACK"));
    return fail(migration_failed(state.migration, std::move(done.error().detail)));
  }
  return {};
}

}  // namespace medialith::db::sqlite
