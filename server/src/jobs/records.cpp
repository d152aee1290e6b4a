#include "jobs/records.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace medialith::jobs {
namespace {

constexpr std::array<std::string_view, 4> kStateNames = {"pending", "running", "completed", "failed"};

// Columns in this order: kind, id, state, runs, failures, done, server, error, due_at, started_at, finished_at.
Record read_record(const db::Row& row) {
  const auto* state = std::ranges::find(kStateNames, row.text(2));
  return {.kind = std::string(row.text(0)),
          .id = std::string(row.text(1)),
          .state = static_cast<State>(state - kStateNames.begin()),
          .runs = row.integer(3),
          .failures = row.integer(4),
          .done = row.integer(5),
          .server = row.maybe_text(6),
          .error = row.maybe_text(7),
          .due_at = row.time(8),
          .started_at = row.maybe_time(9),
          .finished_at = row.maybe_time(10)};
}

}  // namespace

std::string_view state_name(State state) { return kStateNames.at(std::to_underlying(state)); }

Result<std::vector<Record>> list_records(db::Connection& connection) {
  return connection.all({"SELECT kind, id, state, runs, failures, done, server, error, due_at, started_at, finished_at"
                         " FROM {jobs} ORDER BY kind"},
                        read_record);
}

Result<std::vector<Free>> list_free(db::Connection& connection, const Server& server, Time now) {
  return connection.all({"SELECT j.kind, j.due_at FROM {jobs} j WHERE NOT EXISTS"
                         " (SELECT 1 FROM {leases} l WHERE l.name = j.kind AND l.place <> $1 AND l.expires_at > $2"
                         " AND l.expires_at <= $3) ORDER BY j.kind",
                         std::string_view(server.place), now, now + kLongestLease},
                        [](const db::Row& row) { return Free{std::string(row.text(0)), row.time(1)}; });
}

void ensure_record(db::Transaction& tx, std::string_view kind, std::string_view id, Time due_at) {
  tx.later({"INSERT INTO {jobs} (kind, id, state, due_at) VALUES ($1, $2, 'pending', $3) ON CONFLICT (kind) DO NOTHING",
            kind, id, due_at});
}

Result<Record> find_record(db::Transaction& tx, std::string_view kind) {
  std::optional<Record> found;
  TRY(tx.ask({{"SELECT kind, id, state, runs, failures, done, server, error, due_at, started_at, finished_at"
               " FROM {jobs} WHERE kind = $1",
               kind},
              [&](const db::Row& row) { found = read_record(row); }}));
  if (!found) return fail(ErrorCode::not_found, "This job is not known to the database.");
  return std::move(*found);
}

void begin_record(db::Transaction& tx, std::string_view kind, const Server& server, Time now) {
  tx.later({"UPDATE {jobs} SET state = 'running', runs = runs + 1, server = $2, started_at = $3 WHERE kind = $1", kind,
            std::string_view(server.name), now});
}

void end_record(db::Transaction& tx, std::string_view kind, const RunEnd& end, Time now) {
  tx.later(
      {"UPDATE {jobs} SET state = $2, failures = $3, done = $4, error = $5, due_at = $6, finished_at = $7"
       " WHERE kind = $1",
       kind, state_name(end.state), end.failures, end.done, db::maybe(end.error), end.due_at, now});
}

}  // namespace medialith::jobs
