#include "db/libsql/schema.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "db/errors.hpp"
#include "db/libsql/reader.hpp"

namespace medialith::db::libsql {
namespace {

constexpr std::chrono::milliseconds kLookTimeout{10'000};
constexpr std::chrono::milliseconds kApplyTimeout{60'000};
// Another server's transaction may hold the lock; its migrations take their time.
constexpr std::chrono::seconds kTryFor{60};

constexpr std::string_view kMakeList = R"(
  CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL,
    adding_only INTEGER NOT NULL) STRICT)";
constexpr Sql kList = "SELECT number, name, sha256, applied_at, adding_only FROM {schema_migrations} ORDER BY number";

AppliedMigration applied_in(const Row& row) {
  return {row.integer(0), std::string(row.text(1)), std::string(row.text(2)), row.time(3), row.boolean(4)};
}

Result<std::vector<AppliedMigration>> read_list(Connection& connection) {
  const auto number = [](const Row& row) { return row.integer(0); };
  TRY_ASSIGN(const auto ours,
             connection.find(Sql("SELECT count(*) FROM pragma_table_info('schema_migrations') "
                                 "WHERE name IN ('number', 'name', 'sha256', 'applied_at', 'adding_only')"),
                             number));
  if (ours == 5) return connection.all(kList, applied_in);
  // The servers themselves and what replicates them keep tables of their own.
  TRY_ASSIGN(const auto tables, connection.find(Sql("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                                                    "substr(name, 1, 7) NOT IN ('sqlite_', 'libsql_', '_litest')"),
                                                number));
  if (tables == 0) return std::vector<AppliedMigration>();
  return fail(ErrorCode::precondition_failed,
              "The database at the configured URL was not made by Medialith. Nothing was changed. Name an empty one.",
              "tables, but no schema_migrations of ours");
}

// A migration on its way: three trips on one stream.
class Attempt {
 public:
  Attempt(const Remote& remote, IndexNames& indexes) : stream_(remote), indexes_(indexes) {}

  /// What was applied, read under the lock.
  Result<std::vector<AppliedMigration>> begin() {
    Batch batch;
    batch.always(encode("BEGIN IMMEDIATE"));
    batch.next(encode(kMakeList));
    batch.next(*encode(kList, Rows::wanted));
    TRY_ASSIGN(const Reply reply, send(batch, Then::keep));
    std::vector<AppliedMigration> applied;
    reply.steps(0, batch.size()).back().each([&](const Row& row) { applied.push_back(applied_in(row)); });
    return applied;
  }
  Result<void> run(const Migration& migration) {
    std::string script = R"({"type":"sequence","sql":)";
    json::append_string(script, expand_tables(migration.sql, ""));
    TRY_ASSIGN(const Reply reply, send(script + "}", Then::keep));
    return {};
  }
  Result<void> commit(const Migration& migration, Time now) {
    Batch batch;
    const bool adding_only = migration.sql.starts_with(kAddingOnly);
    batch.next(*encode(Statement("INSERT INTO {schema_migrations} (number, name, sha256, applied_at, adding_only) "
                                 "VALUES ($1, $2, $3, $4, $5)",
                                 migration.number, migration.name, migration.sha256, now, adding_only),
                       Rows::unwanted));
    batch.next(encode("COMMIT"));
    TRY_ASSIGN(const Reply reply, send(batch, Then::close));
    return {};
  }
  void give_up() {
    if (stream_.is_open()) static_cast<void>(stream_.send({}, Then::close, kLookTimeout));
  }

 private:
  Result<Reply> send(const std::string& request, Then then) {
    const std::array requests = {request};
    auto reply = stream_.send(requests, then, kApplyTimeout);
    if (!reply) return fail(std::move(reply).error().error);
    if (const auto error = reply->error(0)) return fail(statement_error(*error, indexes_));
    return std::move(*reply);
  }
  Result<Reply> send(const Batch& batch, Then then) {
    TRY_ASSIGN(Reply reply, send(batch.request(), then));
    for (const Step& step : reply.steps(0, batch.size())) {
      if (step.state == Step::State::failed) return fail(statement_error(step.error, indexes_));
      if (step.state == Step::State::skipped) {
        return fail(database_error(ErrorCode::unavailable, "the database has undone the transaction"));
      }
    }
    return reply;
  }

  Stream stream_;
  IndexNames& indexes_;
};

enum class Progress : std::uint8_t { one_more, complete };

// Applies the first that is pending.
Result<Progress> step(Attempt& attempt, std::span<const Migration> carried, Time now) {
  TRY_ASSIGN(const std::vector<AppliedMigration> applied, attempt.begin());
  TRY_ASSIGN(const std::vector<MigrationState> states, compare_migrations(carried, applied));
  const auto pending =
      std::ranges::find_if(states, [](const MigrationState& state) { return !state.applied_at.has_value(); });
  if (pending == states.end()) return Progress::complete;
  const Migration& migration = pending->migration;
  auto done = attempt.run(migration);
  if (done) done = attempt.commit(migration, now);
  if (done) return Progress::one_more;
  if (done.error().code == ErrorCode::unavailable) return std::unexpected(std::move(done).error());
  return fail(migration_failed(migration, std::move(done.error().detail)));
}

}  // namespace

Result<std::vector<MigrationState>> inspect(const Remote& remote, IndexNames& indexes,
                                            std::span<const Migration> carried) {
  std::vector<AppliedMigration> applied;
  const Database::ReadFn look = [&](Connection& connection) -> Result<void> {
    TRY_ASSIGN(applied, read_list(connection));
    return {};
  };
  Readers readers(remote, indexes);
  TRY(readers.run(look, kLookTimeout));
  readers.close_one();
  return compare_migrations(carried, applied);
}

Result<void> migrate(const Remote& remote, IndexNames& indexes, std::span<const Migration> carried,
                     const Clock& clock) {
  const auto until = clock.monotonic() + kTryFor;
  for (;;) {
    Attempt attempt(remote, indexes);
    auto progress = step(attempt, carried, clock.now());
    attempt.give_up();
    if (progress && *progress == Progress::complete) return {};
    // A COMMIT whose answer was lost is found done, or not, by the next look.
    const bool passing = !progress && progress.error().code == ErrorCode::unavailable;
    if (!progress && (!passing || clock.monotonic() >= until)) return std::unexpected(std::move(progress).error());
  }
}

}  // namespace medialith::db::libsql
