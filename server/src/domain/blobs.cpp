#include "domain/blobs.hpp"

#include <utility>

#include "domain/filter.hpp"

namespace medialith::domain {

Result<std::vector<CondemnedBlob>> condemned_blobs(db::Transaction& tx, Time until, const CondemnedBlob& after,
                                                   std::int64_t limit) {
  std::vector<CondemnedBlob> blobs;
  db::Statement statement{
      "SELECT b.rid, b.condemned_at, b.key, EXISTS (SELECT 1 FROM {assets} a WHERE a.blob_rid = b.rid) FROM {blobs} b"
      " WHERE b.state = 'condemned' AND b.condemned_at <= $1 AND (b.condemned_at, b.rid) > ($2, $3)"
      " ORDER BY b.condemned_at, b.rid LIMIT $4",
      until, after.condemned_at, after.rid, limit};
  statement.lock(db::Lock::rows);
  TRY(tx.ask({std::move(statement), [&](const db::Row& row) {
                blobs.push_back({.rid = row.integer(0),
                                 .condemned_at = row.time(1),
                                 .key = std::string(row.text(2)),
                                 .referred = row.boolean(3)});
              }}));
  return blobs;
}

void forget_blobs(db::Transaction& tx, const std::vector<std::int64_t>& rids) {
  if (rids.empty()) return;
  db::Statement statement("DELETE FROM {blobs} WHERE state = 'condemned' AND rid IN (");
  append_rids(statement, rids);
  tx.later(statement);
}

}  // namespace medialith::domain
