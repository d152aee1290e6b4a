#include "domain/many.hpp"

#include <algorithm>

#include "domain/filter.hpp"

namespace medialith::domain {
namespace {

using Rids = std::vector<std::int64_t>;

/// What leaves, or comes back.
struct Family {
  const Rows& moved;
  const Rids& brought;
};

db::Question ask_rids(db::Statement statement, const Rids& among, Rids& out, db::Lock lock = db::Lock::none) {
  append_rids(statement, among);
  statement.lock(lock);
  return {std::move(statement), [&out](const db::Row& row) { out.push_back(row.integer(0)); }};
}

// Rows are looked up by their rids, assets also by their generation. `+` keeps SQLite from going through all that the
// owner has, or has in the trash, instead.

db::Statement movable_generations(Move move, UserRid user) {
  switch (move) {
    case Move::trash:
      return {"SELECT rid FROM {generations} WHERE +user_rid = $1 AND deleted_at IS NULL AND rid IN (", user.value};
    case Move::restore:
      return {"SELECT rid FROM {generations} WHERE +user_rid = $1 AND deleted_at IS NOT NULL AND rid IN (", user.value};
    case Move::purge:
      break;
  }
  return {"SELECT rid FROM {generations} WHERE +user_rid = $1 AND rid IN (", user.value};
}

db::Statement brought_assets(Move move, UserRid user) {
  switch (move) {
    case Move::trash:
      return {"SELECT rid FROM {assets} WHERE +user_rid = $1 AND deleted_at IS NULL AND generation_rid IN (",
              user.value};
    case Move::restore:
      return db::Statement(
          "SELECT rid FROM {assets} WHERE +user_rid = $1 AND deleted_at IS NOT NULL"
          " AND deleted_with_generation = $2 AND generation_rid IN (",
          user.value, true);
    case Move::purge:
      break;
  }
  return {"SELECT rid FROM {assets} WHERE +user_rid = $1 AND generation_rid IN (", user.value};
}

db::Statement movable_assets(Move move, UserRid user, const Rids& generations) {
  switch (move) {
    case Move::trash:
      return {"SELECT rid FROM {assets} WHERE +user_rid = $1 AND deleted_at IS NULL AND rid IN (", user.value};
    case Move::restore: {
      db::Statement statement(
          "SELECT a.rid FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid"
          " WHERE +a.user_rid = $1 AND a.deleted_at IS NOT NULL AND (g.deleted_at IS NULL",
          user.value);
      if (!generations.empty()) append_rids(statement.append(" OR g.rid IN ("), generations);
      return statement.append(") AND a.rid IN (");
    }
    case Move::purge:
      break;
  }
  return {"SELECT rid FROM {assets} WHERE +user_rid = $1 AND rid IN (", user.value};
}

#define HOMES                                                                                                     \
  "SELECT DISTINCT g.rid FROM {assets} a JOIN {generations} g ON g.rid = a.generation_rid WHERE +a.user_rid = $1" \
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
          {db::Sql("INSERT INTO {assets_search} ({assets_search}, rowid, search_owner, filename, kind, content_type)"
                   " SELECT 'delete', rid, search_owner, filename, kind, content_type FROM {asset_documents}"
                   " WHERE rid IN (",
                   db::on_postgres(""))},
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
          {db::Sql("INSERT INTO {generations_search} ({generations_search}, rowid, search_owner, prompt,"
                   " negative_prompt, search_text, search_terms) SELECT 'delete', rid, search_owner, prompt,"
                   " negative_prompt, search_text, search_terms FROM {generation_documents} WHERE rid IN (",
                   db::on_postgres(""))},
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

void Moving::ask_too(UserRid user, std::vector<db::Question>& questions) {
  if (!rows_.generations.empty()) {
    questions.push_back(
        ask_rids(movable_generations(move_, user), rows_.generations, moved_.generations, db::Lock::rows));
    questions.push_back(ask_rids(brought_assets(move_, user), rows_.generations, brought_));
  }
  if (!rows_.assets.empty()) {
    questions.push_back(ask_rids(movable_assets(move_, user, rows_.generations), rows_.assets, moved_.assets));
    questions.push_back(ask_rids(homes_of(move_, user), rows_.assets, homes_));
  }
}

Rows Moving::put_off(Mutation& mutation) {
  std::ranges::sort(moved_.generations);
  const auto is_moved = [&](std::int64_t rid) { return std::ranges::binary_search(moved_.generations, rid); };
  std::erase_if(homes_, is_moved);
  std::ranges::sort(brought_);
  std::erase_if(moved_.assets, [&](std::int64_t rid) { return std::ranges::binary_search(brought_, rid); });
  Rids assets = brought_;
  assets.insert(assets.end(), moved_.assets.begin(), moved_.assets.end());
  touch(mutation, homes_);
  if (move_ == Move::trash) set_deleted(mutation, {moved_, brought_});
  if (move_ == Move::restore) set_restored(mutation, {moved_, brought_});
  const Left left = move_ == Move::purge ? Left::nothing : Left::rows;
  record_all(mutation, true, moved_.generations, move_ != Move::restore, left);
  record_all(mutation, false, assets, move_ != Move::restore, left);
  if (move_ == Move::purge) {
    remove_assets(mutation, assets);
    remove_generations(mutation, moved_.generations);
  }
  return std::move(moved_);
}

Result<Rows> move_rows(Mutation& mutation, Move move, const Rows& rows) {
  Moving moving(move, rows);
  std::vector<db::Question> questions;
  moving.ask_too(mutation.user(), questions);
  TRY(mutation.ask(std::move(questions)));
  return moving.put_off(mutation);
}

}  // namespace medialith::domain
