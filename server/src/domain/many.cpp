#include "domain/many.hpp"

#include <algorithm>

#include "domain/filter.hpp"

namespace medialith::domain {
namespace {

using Rids = std::vector<std::int64_t>;

/// What a move touches.
struct Family {
  Rows moved;
  Rids brought;  // assets that go with their generation
  Rids homes;    // generations whose assets go alone
};

db::Question ask_rids(db::Statement statement, const Rids& among, Rids& out, db::Lock lock = db::Lock::none) {
  append_rids(statement, among);
  statement.lock(lock);
  return {std::move(statement), [&out](const db::Row& row) { out.push_back(row.integer(0)); }};
}

db::Statement movable_generations(Move move, UserRid user) {
  switch (move) {
    case Move::trash:
      return {"SELECT rid FROM {generations} WHERE user_rid = $1 AND deleted_at IS NULL AND rid IN (", user.value};
    case Move::restore:
      return {"SELECT rid FROM {generations} WHERE user_rid = $1 AND deleted_at IS NOT NULL AND rid IN (", user.value};
    case Move::purge:
      break;
  }
  return {"SELECT rid FROM {generations} WHERE user_rid = $1 AND rid IN (", user.value};
}

db::Statement brought_assets(Move move, UserRid user) {
  switch (move) {
    case Move::trash:
      return {"SELECT rid FROM {assets} WHERE user_rid = $1 AND deleted_at IS NULL AND generation_rid IN (",
              user.value};
    case Move::restore:
      return db::Statement(
          "SELECT rid FROM {assets} WHERE user_rid = $1 AND deleted_at IS NOT NULL"
          " AND deleted_with_generation = $2 AND generation_rid IN (",
          user.value, true);
    case Move::purge:
      break;
  }
  return {"SELECT rid FROM {assets} WHERE user_rid = $1 AND generation_rid IN (", user.value};
}

db::Statement movable_assets(Move move, UserRid user, const Rids& generations) {
  switch (move) {
    case Move::trash:
      return {"SELECT rid FROM {assets} WHERE user_rid = $1 AND deleted_at IS NULL AND rid IN (", user.value};
    case Move::restore: {
      db::Statement statement(
          "SELECT a.rid FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid"
          " WHERE a.user_rid = $1 AND a.deleted_at IS NOT NULL AND (g.deleted_at IS NULL",
          user.value);
      if (!generations.empty()) append_rids(statement.append(" OR g.rid IN ("), generations);
      return statement.append(") AND a.rid IN (");
    }
    case Move::purge:
      break;
  }
  return {"SELECT rid FROM {assets} WHERE user_rid = $1 AND rid IN (", user.value};
}

#define HOMES                                                                                                    \
  "SELECT DISTINCT g.rid FROM {assets} a JOIN {generations} g ON g.rid = a.generation_rid WHERE a.user_rid = $1" \
  " AND g.deleted_at IS NULL AND "

/// The generations that show assets which go, or come, alone.
db::Statement homes_of(Move move, UserRid user) {
  switch (move) {
    case Move::trash:
      return {HOMES "a.deleted_at IS NULL AND a.rid IN (", user.value};
    case Move::restore:
      return {HOMES "a.deleted_at IS NOT NULL AND a.rid IN (", user.value};
    case Move::purge:
      break;
  }
  return {HOMES "a.rid IN (", user.value};
}

Result<Family> ask_family(Mutation& mutation, Move move, const Rows& rows) {
  const UserRid user = mutation.user();
  Family family;
  std::vector<db::Question> questions;
  if (!rows.generations.empty()) {
    questions.push_back(
        ask_rids(movable_generations(move, user), rows.generations, family.moved.generations, db::Lock::rows));
    questions.push_back(ask_rids(brought_assets(move, user), rows.generations, family.brought));
  }
  if (!rows.assets.empty()) {
    questions.push_back(ask_rids(movable_assets(move, user, rows.generations), rows.assets, family.moved.assets));
    questions.push_back(ask_rids(homes_of(move, user), rows.assets, family.homes));
  }
  TRY_ASSIGN(const auto replay, mutation.ask(std::move(questions)));
  (void)replay;  // bulk steps have no key of their own
  std::ranges::sort(family.moved.generations);
  const auto is_moved = [&](std::int64_t rid) { return std::ranges::binary_search(family.moved.generations, rid); };
  std::erase_if(family.homes, is_moved);
  std::ranges::sort(family.brought);
  std::erase_if(family.moved.assets, [&](std::int64_t rid) { return std::ranges::binary_search(family.brought, rid); });
  return family;
}

void put_off(Mutation& mutation, db::Statement statement, const Rids& rids) {
  append_rids(statement, rids);
  mutation.later(statement);
}

enum class Left : std::uint8_t { rows, nothing };

/// One change for each row, numbered on from the owner's head; the head is raised first (see Mutation::record). Of rows
/// that are about to go, the version is the one they would have.
void record_all(Mutation& mutation, bool generations, const Rids& rids, bool deleted, Left left) {
  if (rids.empty()) return;
  const auto count = static_cast<std::int64_t>(rids.size());
  mutation.later(
      {"INSERT INTO {change_heads} (user_rid, seq) VALUES ($1, $2)"
       " ON CONFLICT (user_rid) DO UPDATE SET seq = {change_heads}.seq + excluded.seq",
       mutation.user().value, count});
  const std::int64_t raise = left == Left::nothing ? 1 : 0;
  const db::Sql insert =
      generations ? db::Sql(
                        "INSERT INTO {changes} (user_rid, seq, kind, object_rid, id, version, deleted, changed_at)"
                        " SELECT h.user_rid, h.seq - $2 + row_number() OVER (ORDER BY r.rid), 'generation', r.rid,"
                        " r.id, r.version + $3, $4, $5 FROM {change_heads} h, {generations} r"
                        " WHERE h.user_rid = $1 AND r.rid IN (")
                  : db::Sql(
                        "INSERT INTO {changes} (user_rid, seq, kind, object_rid, id, version, deleted, changed_at)"
                        " SELECT h.user_rid, h.seq - $2 + row_number() OVER (ORDER BY r.rid), 'asset', r.rid,"
                        " r.id, r.version + $3, $4, $5 FROM {change_heads} h, {assets} r"
                        " WHERE h.user_rid = $1 AND r.rid IN (");
  db::Statement statement(insert, mutation.user().value, count, raise, deleted, mutation.now());
  append_rids(statement, rids);
  statement.append(
      " ON CONFLICT (kind, object_rid) DO UPDATE SET user_rid = excluded.user_rid, seq = excluded.seq,"
      " version = excluded.version, deleted = excluded.deleted, changed_at = excluded.changed_at");
  mutation.later(statement);
}

void set_deleted(Mutation& mutation, const Family& family) {
  const Time now = mutation.now();
  if (!family.moved.generations.empty()) {
    put_off(mutation,
            {"UPDATE {generations} SET deleted_at = $1, updated_at = $1, version = version + 1 WHERE rid IN (", now},
            family.moved.generations);
  }
  for (const auto* assets : {&family.brought, &family.moved.assets}) {
    if (assets->empty()) continue;
    put_off(mutation,
            {"UPDATE {assets} SET deleted_at = $1, updated_at = $1, version = version + 1, deleted_with_generation = $2"
             " WHERE rid IN (",
             now, assets == &family.brought},
            *assets);
  }
}

void set_restored(Mutation& mutation, const Family& family) {
  const Time now = mutation.now();
  if (!family.moved.generations.empty()) {
    put_off(mutation,
            {"UPDATE {generations} SET deleted_at = NULL, updated_at = $1, version = version + 1 WHERE rid IN (", now},
            family.moved.generations);
  }
  for (const auto* assets : {&family.brought, &family.moved.assets}) {
    if (assets->empty()) continue;
    put_off(mutation,
            {"UPDATE {assets} SET deleted_at = NULL, updated_at = $1, version = version + 1,"
             " deleted_with_generation = $2 WHERE rid IN (",
             now, false},
            *assets);
  }
}

void remove_assets(Mutation& mutation, const Rids& assets) {
  if (assets.empty()) return;
  put_off(mutation,
          {"INSERT INTO {assets_search} ({assets_search}, rowid, search_owner, filename, kind, content_type)"
           " SELECT 'delete', rid, search_owner, filename, kind, content_type FROM {asset_documents} WHERE rid IN ("},
          assets);
  db::Statement condemn(
      "UPDATE {blobs} SET state = 'condemned', condemned_at = $1 WHERE rid IN (SELECT blob_rid"
      " FROM {assets} WHERE blob_rid IS NOT NULL AND rid IN (",
      mutation.now());
  append_rids(condemn, assets);
  mutation.later(condemn.append(")"));
  put_off(mutation, {"DELETE FROM {assets} WHERE rid IN ("}, assets);
}

void remove_generations(Mutation& mutation, const Rids& generations) {
  if (generations.empty()) return;
  put_off(mutation,
          {"INSERT INTO {generations_search} ({generations_search}, rowid, search_owner, prompt, negative_prompt,"
           " search_text, search_terms) SELECT 'delete', rid, search_owner, prompt, negative_prompt, search_text,"
           " search_terms FROM {generation_documents} WHERE rid IN ("},
          generations);
  put_off(mutation, {"DELETE FROM {generations} WHERE rid IN ("}, generations);
}

/// A generation shows its assets, so it changes when they do.
void touch(Mutation& mutation, const Rids& homes) {
  if (homes.empty()) return;
  put_off(mutation, {"UPDATE {generations} SET version = version + 1, updated_at = $1 WHERE rid IN (", mutation.now()},
          homes);
  record_all(mutation, true, homes, false, Left::rows);
}

}  // namespace

Result<Rows> move_rows(Mutation& mutation, Move move, const Rows& rows) {
  TRY_ASSIGN(Family family, ask_family(mutation, move, rows));
  Rids assets = family.brought;
  assets.insert(assets.end(), family.moved.assets.begin(), family.moved.assets.end());
  touch(mutation, family.homes);
  if (move == Move::trash) set_deleted(mutation, family);
  if (move == Move::restore) set_restored(mutation, family);
  const Left left = move == Move::purge ? Left::nothing : Left::rows;
  record_all(mutation, true, family.moved.generations, move != Move::restore, left);
  record_all(mutation, false, assets, move != Move::restore, left);
  if (move == Move::purge) {
    remove_assets(mutation, assets);
    remove_generations(mutation, family.moved.generations);
  }
  return std::move(family.moved);
}

}  // namespace medialith::domain
