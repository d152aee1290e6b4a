#include "domain/usage.hpp"

namespace medialith::domain {
namespace {

Result<std::vector<FacetValue>> count_by(db::Connection& connection, db::Statement statement) {
  statement.append(" ORDER BY count(*) DESC, 1 LIMIT ").append_value(kStatValues);
  return connection.all(statement,
                        [](const db::Row& row) { return FacetValue{std::string(row.text(0)), row.integer(1)}; });
}

}  // namespace

Result<GenerationStats> generation_stats(db::Connection& connection, UserRid user) {
  GenerationStats stats;
  TRY(connection.each(
      {"SELECT count(*), min(rid), max(rid) FROM {generations} WHERE user_rid = $1 AND deleted_at IS NULL", user.value},
      [&](const db::Row& row) {
        stats.total = row.integer(0);
        if (stats.total == 0) return;
        stats.oldest = created_at(row.integer(1));
        stats.newest = created_at(row.integer(2));
      }));
  TRY_ASSIGN(stats.categories, count_by(connection, {"SELECT category, count(*) FROM {generations} WHERE user_rid = $1"
                                                     " AND deleted_at IS NULL GROUP BY category",
                                                     user.value}));
  TRY_ASSIGN(stats.models, count_by(connection, {"SELECT model_id, count(*) FROM {generations} WHERE user_rid = $1"
                                                 " AND deleted_at IS NULL GROUP BY model_id",
                                                 user.value}));
  return stats;
}

Result<Usage> usage_of(db::Connection& connection, UserRid user) {
  Usage usage;
  TRY(connection.each({"SELECT count(*) FROM {generations} WHERE user_rid = $1 AND deleted_at IS NULL", user.value},
                      [&](const db::Row& row) { usage.generations = row.integer(0); }));
  TRY(connection.each({"SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT), CAST(coalesce(sum(CASE WHEN deleted_at"
                       " IS NOT NULL THEN size END), 0) AS BIGINT) FROM {assets} WHERE user_rid = $1",
                       user.value},
                      [&](const db::Row& row) {
                        usage.files = row.integer(0);
                        usage.bytes = row.integer(1);
                        usage.trash_bytes = row.integer(2);
                      }));
  return usage;
}

}  // namespace medialith::domain
