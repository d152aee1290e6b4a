#include "domain/trashed.hpp"

#include <algorithm>

#include "domain/many.hpp"

namespace medialith::domain {
namespace {

void append_page(db::Statement& statement, const std::optional<Position>& after, std::int64_t limit) {
  if (after) {
    statement.append(" AND (deleted_at, rid) < (").append_value(Time{static_cast<std::int64_t>(after->key)});
    statement.append(", ").append_value(after->rid).append(")");
  }
  statement.append(" ORDER BY deleted_at DESC, rid DESC LIMIT ").append_value(limit);
}

struct Found {
  std::optional<std::int64_t> rid;
  std::int64_t version = 0;
};

Result<std::optional<Replay>> purge(Mutation& mutation, db::Statement look, bool generation, std::string_view id,
                                    std::optional<std::int64_t> expected_version) {
  Found found;
  std::vector<db::Question> questions;
  questions.push_back({std::move(look.lock(db::Lock::rows)), [&](const db::Row& row) {
                         found.rid = row.integer(0);
                         found.version = row.integer(1);
                       }});
  TRY_ASSIGN(auto replay, mutation.ask(std::move(questions)));
  if (replay) return replay;
  if (!found.rid) {
    return fail(ErrorCode::not_found, generation ? "There is no such generation." : "There is no such asset.");
  }
  if (expected_version && *expected_version != found.version) {
    return fail(ErrorCode::version_conflict, "It has been changed since it was read.");
  }
  Rows rows;
  (generation ? rows.generations : rows.assets).push_back(*found.rid);
  TRY(move_rows(mutation, Move::purge, rows));
  mutation.answer(204, generation ? "generation" : "asset", id);
  return std::nullopt;
}

}  // namespace

Result<std::vector<Trashed>> list_trash(db::Connection& connection, UserRid user, const std::optional<Position>& after,
                                        std::int64_t limit) {
  std::vector<Trashed> found;
  db::Statement generations("SELECT rid, deleted_at FROM {generations} WHERE user_rid = $1 AND deleted_at IS NOT NULL",
                            user.value);
  append_page(generations, after, limit);
  TRY(connection.each(generations, [&](const db::Row& row) { found.push_back({row.integer(0), true, row.time(1)}); }));
  db::Statement assets(
      "SELECT rid, deleted_at FROM {assets} WHERE user_rid = $1 AND deleted_at IS NOT NULL"
      " AND deleted_with_generation = $2",
      user.value, false);
  append_page(assets, after, limit);
  TRY(connection.each(assets, [&](const db::Row& row) { found.push_back({row.integer(0), false, row.time(1)}); }));
  std::ranges::sort(found, [](const Trashed& a, const Trashed& b) {
    return a.deleted_at.ms != b.deleted_at.ms ? a.deleted_at.ms > b.deleted_at.ms : a.rid > b.rid;
  });
  if (found.size() > static_cast<std::size_t>(limit)) found.resize(static_cast<std::size_t>(limit));
  return found;
}

Result<std::optional<Replay>> purge_generation(Mutation& mutation, std::string_view id,
                                               std::optional<std::int64_t> expected_version) {
  return purge(mutation,
               {"SELECT rid, version FROM {generations} WHERE user_rid = $1 AND id = $2", mutation.user().value, id},
               true, id, expected_version);
}

Result<std::optional<Replay>> purge_asset(Mutation& mutation, std::string_view id,
                                          std::optional<std::int64_t> expected_version) {
  return purge(mutation,
               {"SELECT rid, version FROM {assets} WHERE user_rid = $1 AND id = $2", mutation.user().value, id}, false,
               id, expected_version);
}

}  // namespace medialith::domain
