#include "domain/legacy.hpp"

#include <array>
#include <vector>

#include "domain/trash.hpp"

namespace medialith::domain {
namespace {

struct Moved {
  std::int64_t rid;
  std::string id;
  std::int64_t version;
  bool deleted;
};

Moved read_moved(const db::Row& row) {
  return {row.integer(0), std::string(row.text(1)), row.integer(2), row.boolean(3)};
}

void give_generation(Mutation& mutation, const Moved& generation) {
  remove_search_document(mutation, GenerationRid{generation.rid});
  const std::string owner = search_owner(mutation.user());
  const std::array<std::string_view, 1> words = {owner};
  mutation.later(
      {db::Sql(
           "UPDATE {generations} SET user_rid = $2, version = version + 1, updated_at = $3 WHERE rid = $1",
           db::on_postgres("UPDATE {generations} SET user_rid = $2, version = version + 1, updated_at = $3, search ="
                           " ts_delete(search, 'o' || to_hex(user_rid) || 'z') || $4 WHERE rid = $1")),
       generation.rid, mutation.user().value, mutation.now(), db::Words{words}});
  add_search_document(mutation, GenerationRid{generation.rid});
  mutation.record({"generation", generation.rid, generation.id, generation.version + 1, generation.deleted});
}

void give_asset(Mutation& mutation, const Moved& asset) {
  remove_search_document(mutation, AssetRid{asset.rid});
  const std::string owner = search_owner(mutation.user());
  const std::array<std::string_view, 1> words = {owner};
  mutation.later(
      {db::Sql("UPDATE {assets} SET user_rid = $2, version = version + 1, updated_at = $3 WHERE rid = $1",
               db::on_postgres("UPDATE {assets} SET user_rid = $2, version = version + 1, updated_at = $3, search ="
                               " ts_delete(search, 'o' || to_hex(user_rid) || 'z') || $4 WHERE rid = $1")),
       asset.rid, mutation.user().value, mutation.now(), db::Words{words}});
  add_search_document(mutation, AssetRid{asset.rid});
  mutation.record({"asset", asset.rid, asset.id, asset.version + 1, asset.deleted});
}

}  // namespace

Result<Assigned> assign_legacy(Mutation& mutation, std::int64_t limit) {
  Assigned assigned;
  std::vector<Moved> generations;
  std::vector<Moved> assets;
  std::vector<db::Question> questions;
  questions.push_back(
      {{"SELECT g.rid, g.id, g.version, g.deleted_at IS NOT NULL FROM {generations} g"
        " JOIN {users} u ON u.rid = g.user_rid WHERE u.kind = 'legacy' AND NOT EXISTS (SELECT 1 FROM {generations} o"
        " WHERE o.user_rid = $1 AND o.id = g.id) ORDER BY g.rid LIMIT $2",
        mutation.user().value, limit},
       [&](const db::Row& row) { generations.push_back(read_moved(row)); }});
  const auto on_asset = [&](const db::Row& row) { assets.push_back(read_moved(row)); };
  // Assets of a generation follow it.
  questions.push_back(
      {{"SELECT a.rid, a.id, a.version, a.deleted_at IS NOT NULL FROM {assets} a WHERE a.generation_rid IN"
        " (SELECT g.rid FROM {generations} g JOIN {users} u ON u.rid = g.user_rid WHERE u.kind = 'legacy' AND NOT"
        " EXISTS (SELECT 1 FROM {generations} o WHERE o.user_rid = $1 AND o.id = g.id) ORDER BY g.rid LIMIT $2)"
        " ORDER BY a.rid",
        mutation.user().value, limit},
       on_asset});
  questions.push_back(
      {{"SELECT a.rid, a.id, a.version, a.deleted_at IS NOT NULL FROM {assets} a JOIN {users} u ON u.rid = a.user_rid"
        " WHERE u.kind = 'legacy' AND a.generation_rid IS NULL ORDER BY a.rid LIMIT $1",
        limit},
       on_asset});
  questions.push_back({{"SELECT count(*) FROM {generations} g JOIN {users} u ON u.rid = g.user_rid WHERE u.kind ="
                        " 'legacy' AND EXISTS (SELECT 1 FROM {generations} o WHERE o.user_rid = $1 AND o.id = g.id)",
                        mutation.user().value},
                       [&](const db::Row& row) { assigned.kept_back = row.integer(0); }});
  TRY(mutation.ask(std::move(questions)));
  for (const Moved& generation : generations) give_generation(mutation, generation);
  for (const Moved& asset : assets) give_asset(mutation, asset);
  assigned.generations = static_cast<std::int64_t>(generations.size());
  assigned.assets = static_cast<std::int64_t>(assets.size());
  return assigned;
}

}  // namespace medialith::domain
