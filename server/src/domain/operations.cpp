#include "domain/operations.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "domain/filter.hpp"

namespace medialith::domain {
namespace {

constexpr std::array<std::string_view, 5> kActionNames = {"trash", "restore", "purge", "update", "undo"};

#define OPERATION_COLUMNS                                                                                   \
  "o.rid, o.id, o.user_rid, u.id, o.action, o.state, o.request, o.undoes, o.undone, o.position, o.matched," \
  " o.changed, o.created_at, o.finished_at FROM {operations} o JOIN {users} u ON u.rid = o.user_rid"

Operation read_operation(const db::Row& row) {
  return {.rid = row.integer(0),
          .id = std::string(row.text(1)),
          .user = {row.integer(2)},
          .user_id = std::string(row.text(3)),
          .action = action_from(row.text(4)).value_or(BulkAction::trash),
          .completed = row.text(5) == "completed",
          .request = std::string(row.text(6)),
          .undoes = row.maybe_integer(7),
          .undone = row.boolean(8),
          .position = row.integer(9),
          .matched = row.integer(10),
          .changed = row.integer(11),
          .created_at = row.time(12),
          .finished_at = row.maybe_time(13)};
}

}  // namespace

std::string_view action_name(BulkAction action) { return kActionNames.at(std::to_underlying(action)); }

std::optional<BulkAction> action_from(std::string_view name) {
  const auto* found = std::ranges::find(kActionNames, name);
  if (found == kActionNames.end()) return std::nullopt;
  return static_cast<BulkAction>(found - kActionNames.begin());
}

Result<std::optional<Replay>> create_operation(Mutation& mutation, const Operation& operation) {
  std::vector<db::Question> questions;
  bool undone = false;
  bool running = false;
  if (operation.undoes) {
    questions.push_back(
        {db::Statement{"SELECT undone, state FROM {operations} WHERE rid = $1", *operation.undoes}.lock(db::Lock::rows),
         [&](const db::Row& row) {
           undone = row.boolean(0);
           running = row.text(1) == "running";
         }});
  }
  TRY_ASSIGN(auto replay, mutation.ask(std::move(questions)));
  if (replay) return replay;
  if (undone) return fail(ErrorCode::version_conflict, "This operation has been undone already.");
  if (running)
    return fail(ErrorCode::version_conflict, "This operation is still at work. Undo it when it is completed.");
  mutation.later(
      {"INSERT INTO {operations} (rid, id, user_rid, action, state, request, undoes, position, matched, created_at)"
       " VALUES ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9)",
       operation.rid, std::string_view(operation.id), mutation.user().value, action_name(operation.action),
       db::Json{operation.request}, db::maybe(operation.undoes), operation.position, operation.matched,
       mutation.now()});
  if (operation.undoes) {
    mutation.later({"UPDATE {operations} SET undone = $2 WHERE rid = $1", *operation.undoes, true});
  }
  mutation.answer(200, "operation", operation.id);
  return std::nullopt;
}

Result<std::optional<Operation>> find_operation(db::Connection& connection, UserRid user, std::string_view id) {
  return connection.find({"SELECT " OPERATION_COLUMNS " WHERE o.id = $1 AND o.user_rid = $2", id, user.value},
                         read_operation);
}

Result<std::vector<Operation>> running_operations(db::Connection& connection) {
  return connection.all({"SELECT " OPERATION_COLUMNS " WHERE o.state = 'running' ORDER BY o.rid"}, read_operation);
}

Result<std::vector<Changed>> changed_by(db::Connection& connection, std::int64_t operation, std::int64_t after,
                                        std::int64_t limit) {
  return connection.all(
      {"SELECT i.rid, i.kind = 'generation', coalesce(g.id, a.id), i.replaced FROM {operation_items} i"
       " LEFT JOIN {generations} g ON i.kind = 'generation' AND g.rid = i.rid"
       " LEFT JOIN {assets} a ON i.kind = 'asset' AND a.rid = i.rid"
       " WHERE i.operation_rid = $1 AND i.rid > $2 AND coalesce(g.version, a.version) = i.version"
       " ORDER BY i.rid LIMIT $3",
       operation, after, limit},
      [](const db::Row& row) {
        return Changed{row.integer(0), row.boolean(1), std::string(row.text(2)), row.maybe_text(3)};
      });
}

Result<std::int64_t> count_changed_by(db::Connection& connection, std::int64_t operation) {
  TRY_ASSIGN(const auto count,
             connection.find({"SELECT count(*) FROM {operation_items} i"
                              " LEFT JOIN {generations} g ON i.kind = 'generation' AND g.rid = i.rid"
                              " LEFT JOIN {assets} a ON i.kind = 'asset' AND a.rid = i.rid"
                              " WHERE i.operation_rid = $1 AND coalesce(g.version, a.version) = i.version",
                              operation},
                             [](const db::Row& row) { return row.integer(0); }));
  return count.value_or(0);
}

Result<Rows> rows_named(db::Connection& connection, UserRid user, const std::vector<std::string>& ids,
                        std::int64_t before) {
  Rows rows;
  db::Statement generations("SELECT rid FROM {generations} WHERE user_rid = $1 AND rid < $2", user.value, before);
  append_any_of(generations, " AND id IN (", ids);
  TRY(connection.each(generations.append(" ORDER BY rid DESC"),
                      [&](const db::Row& row) { rows.generations.push_back(row.integer(0)); }));
  db::Statement assets("SELECT rid FROM {assets} WHERE user_rid = $1 AND rid < $2", user.value, before);
  append_any_of(assets, " AND id IN (", ids);
  TRY(connection.each(assets.append(" ORDER BY rid DESC"),
                      [&](const db::Row& row) { rows.assets.push_back(row.integer(0)); }));
  return rows;
}

Result<std::vector<std::int64_t>> homes_in_trash(db::Connection& connection, const std::vector<std::int64_t>& assets) {
  if (assets.empty()) return {};
  db::Statement statement(
      "SELECT DISTINCT g.rid FROM {assets} a JOIN {generations} g ON g.rid = a.generation_rid"
      " WHERE g.deleted_at IS NOT NULL AND a.rid IN (");
  append_rids(statement, assets);
  return connection.all(statement, [](const db::Row& row) { return row.integer(0); });
}

Result<Rows> rows_in_trash(db::Connection& connection, UserRid user, std::int64_t before, std::int64_t limit) {
  Rows rows;
  TRY(connection.each({"SELECT rid FROM {generations} WHERE user_rid = $1 AND deleted_at IS NOT NULL AND rid < $2"
                       " ORDER BY rid DESC LIMIT $3",
                       user.value, before, limit},
                      [&](const db::Row& row) { rows.generations.push_back(row.integer(0)); }));
  TRY(connection.each({"SELECT rid FROM {assets} WHERE user_rid = $1 AND deleted_at IS NOT NULL AND rid < $2"
                       " AND deleted_with_generation = $4 ORDER BY rid DESC LIMIT $3",
                       user.value, before, limit, false},
                      [&](const db::Row& row) { rows.assets.push_back(row.integer(0)); }));
  return rows;
}

Result<std::int64_t> count_in_trash(db::Connection& connection, UserRid user) {
  std::int64_t count = 0;
  const auto add = [&](const db::Row& row) { count += row.integer(0); };
  TRY(connection.each({"SELECT count(*) FROM {generations} WHERE user_rid = $1 AND deleted_at IS NOT NULL", user.value},
                      add));
  TRY(connection.each({"SELECT count(*) FROM {assets} WHERE user_rid = $1 AND deleted_at IS NOT NULL"
                       " AND deleted_with_generation = $2",
                       user.value, false},
                      add));
  return count;
}

Updated updated(const Generation& generation, GenerationFields fields, Time now) {
  Updated update{.next = generation};
  update.next.fields = std::move(fields);
  update.next.version = generation.version + 1;
  update.next.updated_at = now;
  update.search = search_text_of(update.next.fields);
  update.search_changed =
      update.next.fields.prompt != generation.fields.prompt || update.search != search_text_of(generation.fields);
  return update;
}

namespace {

db::Question ask_position(const Operation& operation, std::optional<std::int64_t>& position) {
  return {db::Statement{"SELECT position FROM {operations} WHERE rid = $1 AND state = 'running'", operation.rid}.lock(
              db::Lock::rows),
          [&position](const db::Row& row) { position = row.integer(0); }};
}

void advance(Mutation& mutation, const Step& step, std::int64_t position, std::int64_t changed, bool last) {
  mutation.later(
      {"UPDATE {operations} SET position = $2, changed = changed + $3, state = $4, finished_at = $5 WHERE rid = $1",
       step.operation.rid, position, changed, last ? std::string_view("completed") : std::string_view("running"),
       last ? db::Value(mutation.now()) : db::Value(db::Null{})});
}

/// What undo goes by. A purge leaves nothing to undo, and an undo is not undone.
void remember(Mutation& mutation, const Operation& operation, const Rows& moved) {
  if (operation.action == BulkAction::purge || operation.action == BulkAction::undo) return;
  const auto keep = [&](db::Sql insert, const std::vector<std::int64_t>& rids) {
    if (rids.empty()) return;
    db::Statement statement(insert, operation.rid);
    append_rids(statement, rids);
    mutation.later(statement);
  };
  keep(
      "INSERT INTO {operation_items} (operation_rid, rid, kind, version) SELECT $1, rid, 'generation', version"
      " FROM {generations} WHERE rid IN (",
      moved.generations);
  keep(
      "INSERT INTO {operation_items} (operation_rid, rid, kind, version) SELECT $1, rid, 'asset', version"
      " FROM {assets} WHERE rid IN (",
      moved.assets);
}

}  // namespace

Result<std::optional<std::int64_t>> take_step(Mutation& mutation, const Step& step, Move move, const Rows& rows) {
  std::optional<std::int64_t> position;
  std::vector<db::Question> questions;
  questions.push_back(ask_position(step.operation, position));
  Moving moving(move, rows);
  moving.ask_too(mutation.user(), questions);
  TRY_ASSIGN(const auto replay, mutation.ask(std::move(questions)));
  if (replay || position != step.operation.position) return std::nullopt;
  const Rows moved = moving.put_off(mutation);
  remember(mutation, step.operation, moved);
  const auto changed = static_cast<std::int64_t>(moved.generations.size() + moved.assets.size());
  advance(mutation, step, step.position, changed, step.last);
  return changed;
}

namespace {

using Versions = std::unordered_map<std::int64_t, std::int64_t>;

/// In the order of rids, so that two who lock the same rows never wait for each other.
db::Question ask_versions(UserRid user, const std::vector<Updated>& rows, Versions& versions) {
  db::Statement statement(
      "SELECT rid, version FROM {generations} WHERE user_rid = $1 AND deleted_at IS NULL AND rid IN (", user.value);
  std::vector<std::int64_t> rids;
  rids.reserve(rows.size());
  for (const Updated& row : rows) rids.push_back(row.next.rid.value);
  append_rids(statement, rids);
  statement.append(" ORDER BY rid").lock(db::Lock::rows);
  return {std::move(statement), [&versions](const db::Row& row) { versions.emplace(row.integer(0), row.integer(1)); }};
}

}  // namespace

Result<std::optional<std::int64_t>> take_step(Mutation& mutation, const Step& step, const std::vector<Updated>& rows) {
  std::optional<std::int64_t> position;
  Versions versions;
  std::vector<db::Question> questions;
  questions.push_back(ask_position(step.operation, position));
  if (!rows.empty()) questions.push_back(ask_versions(mutation.user(), rows, versions));
  TRY_ASSIGN(const auto replay, mutation.ask(std::move(questions)));
  if (replay || position != step.operation.position) return std::nullopt;
  std::int64_t changed = 0;
  std::int64_t reached = step.operation.position;
  bool whole = true;
  for (const Updated& row : rows) {
    const auto version = versions.find(row.next.rid.value);
    if (version != versions.end() && version->second != row.next.version - 1) {
      whole = false;  // it is read again, and comes first in the next step
      break;
    }
    reached = row.next.rid.value;
    if (version == versions.end()) continue;
    put_off_update(mutation, row.next, row.search, row.search_changed);
    ++changed;
    if (step.operation.action == BulkAction::undo) continue;
    mutation.later(
        {"INSERT INTO {operation_items} (operation_rid, rid, kind, version, replaced)"
         " VALUES ($1, $2, 'generation', $3, $4)",
         step.operation.rid, row.next.rid.value, row.next.version, db::Json{row.replaced}});
  }
  advance(mutation, step, whole ? step.position : reached, changed, whole && step.last);
  return changed;
}

}  // namespace medialith::domain
