#include "domain/assets.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.hpp"
#include "domain/filter.hpp"
#include "domain/trash.hpp"

namespace medialith::domain {
namespace {

constexpr std::array<std::string_view, 4> kKindNames = {"image", "video", "audio", "file"};

#define ASSET_COLUMNS                                                                                     \
  "a.rid, a.id, g.id, a.kind, a.state, a.visibility, a.external_url, a.filename, a.content_type, a.size," \
  " a.sha256, a.width, a.height, a.duration_ms, a.version, a.updated_at, a.deleted_at, u.url_epoch, a.generation_rid"
#define ASSET_TABLES \
  " FROM {assets} a JOIN {users} u ON u.rid = a.user_rid LEFT JOIN {generations} g ON g.rid = a.generation_rid"

#define NEW_ASSET_COLUMNS                                                                                          \
  "rid, user_rid, id, generation_rid, blob_rid, kind, state, filename, content_type, size, sha256, width, height," \
  " updated_at"
#define NEW_ASSET_VALUES "$1, $2, $3, $4, $1, $5, 'ready', $6, $7, $8, $9, $10, $11, $12"

AssetView read_view(const db::Row& row) {
  AssetView asset{.rid = {row.integer(0)},
                  .id = row.text(1),
                  .generation_id = row.maybe_view(2),
                  .kind = row.text(3),
                  .state = row.text(4),
                  .visibility = row.text(5),
                  .external_url = row.maybe_view(6),
                  .filename = row.maybe_view(7),
                  .content_type = row.text(8),
                  .size = row.maybe_integer(9),
                  .sha256 = row.bytes(10),
                  .width = row.maybe_integer(11),
                  .height = row.maybe_integer(12),
                  .duration_ms = row.maybe_integer(13),
                  .version = row.integer(14),
                  .updated_at = row.time(15),
                  .deleted_at = row.maybe_time(16),
                  .url_epoch = row.integer(17)};
  if (!row.is_null(18)) asset.generation_rid = GenerationRid{row.integer(18)};
  return asset;
}

db::Bytes as_bytes(std::string_view text) { return {medialith::bytes_of(text)}; }

Error no_such_generation() {
  Error error = make_error(ErrorCode::not_found, "There is no such generation.");
  error.fields.push_back({"generationId", "not_found", "There is no such generation."});
  return error;
}

}  // namespace

std::string_view kind_name(AssetKind kind) { return kKindNames.at(std::to_underlying(kind)); }

std::optional<AssetKind> asset_kind_from(std::string_view name) {
  const auto* found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<AssetKind>(found - kKindNames.begin());
}

Result<void> read_assets(db::Connection& connection, const std::vector<std::int64_t>& rids, const OnAsset& on_row) {
  const auto read = [&](const db::Row& row) { on_row(read_view(row)); };
  const bool ascends = std::ranges::is_sorted(rids);
  if (ascends || std::ranges::is_sorted(rids, std::greater<>())) {
    if (rids.empty()) return {};
    db::Statement statement("SELECT " ASSET_COLUMNS ASSET_TABLES " WHERE a.rid IN (");
    append_rids(statement, rids);
    statement.append(ascends ? db::Sql(" ORDER BY a.rid") : db::Sql(" ORDER BY a.rid DESC"));
    return connection.each(statement, read);
  }
  for (const std::int64_t rid : rids) {
    TRY(connection.each({"SELECT " ASSET_COLUMNS ASSET_TABLES " WHERE a.rid = $1", rid}, read));
  }
  return {};
}

Result<void> list_assets_of(db::Connection& connection, UserRid user, std::span<const GenerationRid> generations,
                            const OnAsset& on_row) {
  if (generations.empty()) return {};
  // Each generation is looked up in the index of generations. `+` keeps SQLite from going through every asset of the
  // owner instead, and a list of VALUES from sorting an IN list first.
  db::Statement statement("WITH page(rid) AS (VALUES (");
  bool first = true;
  for (const GenerationRid rid : generations) {
    if (!first) statement.append("), (");
    first = false;
    statement.append_value(rid.value);
  }
  statement.append(")) SELECT " ASSET_COLUMNS
                   " FROM page CROSS JOIN {assets} a JOIN {users} u ON u.rid = a.user_rid"
                   " LEFT JOIN {generations} g ON g.rid = a.generation_rid"
                   " WHERE a.generation_rid = page.rid AND a.deleted_at IS NULL AND +a.user_rid = ");
  statement.append_value(user.value).append(" ORDER BY a.rid");
  return connection.each(statement, [&](const db::Row& row) { on_row(read_view(row)); });
}

Result<bool> find_asset(db::Connection& connection, UserRid user, std::string_view id, const OnAsset& on_row,
                        Trash trash) {
  bool found = false;
  TRY(connection.each({"SELECT " ASSET_COLUMNS ASSET_TABLES " WHERE a.id = $1 AND a.user_rid = $2", id, user.value},
                      [&](const db::Row& row) {
                        const AssetView asset = read_view(row);
                        if (asset.deleted_at && trash == Trash::exclude) return;
                        found = true;
                        on_row(asset);
                      }));
  return found;
}

Result<std::optional<AssetContent>> find_content(db::Connection& connection, std::string_view id) {
  return connection.find(
      {"SELECT a.user_rid, u.url_epoch, b.key, a.content_type, a.filename, b.size, b.sha256 FROM {assets} a"
       " JOIN {blobs} b ON b.rid = a.blob_rid JOIN {users} u ON u.rid = a.user_rid"
       " WHERE a.id = $1 AND a.deleted_at IS NULL AND a.state = 'ready' AND u.disabled_at IS NULL",
       id},
      [](const db::Row& row) {
        const auto hash = row.bytes(6);
        return AssetContent{.owner = {row.integer(0)},
                            .url_epoch = row.integer(1),
                            .blob_key = std::string(row.text(2)),
                            .content_type = std::string(row.text(3)),
                            .filename = row.maybe_text(4),
                            .size = static_cast<std::uint64_t>(row.integer(5)),
                            .sha256 = std::string(text_of(hash))};
      });
}

namespace {

/// What is there already for bytes that arrive.
struct Meeting {
  std::optional<GenerationRid> home;
  std::optional<AssetRef> same;
  bool same_in_trash = false;
  std::optional<GenerationRid> same_generation;
};

db::Statement home_statement(UserRid user, const NewAsset& asset) {
  return db::Statement{"SELECT rid FROM {generations} WHERE user_rid = $1 AND id = $2 AND deleted_at IS NULL",
                       user.value, std::string_view(*asset.generation_id)}
      .lock(db::Lock::rows);
}

/// The same bytes on the same home, or anywhere when no home is named: a live one first, then the newest in the trash.
/// What went into the trash with its generation comes back only with it, and nothing comes back into a generation that
/// lies there.
db::Statement same_bytes_statement(UserRid user, const NewAsset& asset) {
  if (asset.generation_id) {
    return {
        "SELECT a.rid, a.id, a.version, a.deleted_at IS NOT NULL, a.generation_rid FROM {assets} a"
        " JOIN {generations} g ON g.rid = a.generation_rid WHERE a.user_rid = $1 AND a.sha256 = $2"
        " AND a.size = $3 AND g.id = $4 AND NOT a.deleted_with_generation"
        " ORDER BY a.deleted_at IS NOT NULL, a.rid DESC LIMIT 1",
        user.value, as_bytes(asset.sha256), asset.size, std::string_view(*asset.generation_id)};
  }
  return {
      "SELECT a.rid, a.id, a.version, a.deleted_at IS NOT NULL, a.generation_rid FROM {assets} a"
      " LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE a.user_rid = $1 AND a.sha256 = $2"
      " AND a.size = $3 AND NOT a.deleted_with_generation AND g.deleted_at IS NULL"
      " ORDER BY a.deleted_at IS NOT NULL, a.rid DESC LIMIT 1",
      user.value, as_bytes(asset.sha256), asset.size};
}

void read_same(const db::Row& row, Meeting& meeting) {
  meeting.same = AssetRef{{row.integer(0)}, std::string(row.text(1)), row.integer(2)};
  meeting.same_in_trash = row.boolean(3);
  if (!row.is_null(4)) meeting.same_generation = GenerationRid{row.integer(4)};
}

void insert_asset(Mutation& mutation, const NewAsset& asset, std::optional<GenerationRid> home) {
  mutation.later(
      {"INSERT INTO {blobs} (rid, user_rid, key, size, sha256, state, created_at)"
       " VALUES ($1, $2, $3, $4, $5, 'ready', $6)",
       asset.rid.value, mutation.user().value, std::string_view(asset.blob_key), asset.size, as_bytes(asset.sha256),
       mutation.now()});
  const std::string owner = search_owner(mutation.user());
  const std::array<std::string_view, 4> words = {owner, asset.filename ? *asset.filename : std::string_view(),
                                                 kind_name(asset.kind), asset.content_type};
  mutation.later({db::Sql("INSERT INTO {assets} (" NEW_ASSET_COLUMNS ") VALUES (" NEW_ASSET_VALUES ")",
                          db::on_postgres("INSERT INTO {assets} (" NEW_ASSET_COLUMNS
                                          ", search) VALUES (" NEW_ASSET_VALUES ", $13)")),
                  asset.rid.value, mutation.user().value, std::string_view(asset.id),
                  home ? db::Value(home->value) : db::Value(db::Null{}), kind_name(asset.kind),
                  db::maybe(asset.filename), std::string_view(asset.content_type), asset.size, as_bytes(asset.sha256),
                  db::maybe(asset.width), db::maybe(asset.height), created_at(asset.rid.value), db::Words{words}});
  add_search_document(mutation, asset.rid);
}

/// A retry of a streamed body is compared with the bytes that the first one brought.
std::string answer_details(const NewAsset& asset) {
  return R"({"sha256":")" + to_hex(bytes_of(asset.sha256)) + R"("})";
}

/// A generation shows its assets, so it changes when they do.
void touch_generation(Mutation& mutation, GenerationRid rid) {
  mutation.later(
      {"UPDATE {generations} SET version = version + 1, updated_at = $2"
       " WHERE rid = $1 AND deleted_at IS NULL",
       rid.value, mutation.now()});
  mutation.later(
      {"INSERT INTO {change_heads} (user_rid, seq) VALUES ($1, 1)"
       " ON CONFLICT (user_rid) DO UPDATE SET seq = {change_heads}.seq + 1",
       mutation.user().value});
  mutation.later(
      {"INSERT INTO {changes} (user_rid, seq, kind, object_rid, id, version, changed_at)"
       " SELECT h.user_rid, h.seq, 'generation', g.rid, g.id, g.version, $3 FROM {change_heads} h,"
       " {generations} g WHERE h.user_rid = $1 AND g.rid = $2"
       " ON CONFLICT (kind, object_rid) DO UPDATE SET seq = excluded.seq, version = excluded.version,"
       " changed_at = excluded.changed_at",
       mutation.user().value, rid.value, mutation.now()});
}

/// Adds a file name to what full text reads of a generation.
void add_file_name(Mutation& mutation, GenerationRid rid, const std::optional<std::string>& filename) {
  if (!filename) return;
  remove_search_document(mutation, rid);
  const std::array<std::string_view, 1> words = {*filename};
  mutation.later(
      {db::Sql(
           "UPDATE {generations} SET file_names = substr(file_names || ' ' || $2, 1, 16384) WHERE rid = $1",
           db::on_postgres("UPDATE {generations} SET file_names = substr(file_names || ' ' || $2, 1, 16384), search ="
                           " CASE WHEN length(file_names) < 16384 THEN search || setweight($3, 'B') ELSE search END"
                           " WHERE rid = $1")),
       rid.value, words[0], db::Words{words}});
  add_search_document(mutation, rid);
}

}  // namespace

Result<bool> is_known(db::Connection& connection, UserRid user, const NewAsset& asset) {
  if (asset.generation_id) {
    TRY_ASSIGN(auto home, connection.find(home_statement(user, asset), [](const db::Row&) { return true; }));
    if (!home) return fail(no_such_generation());
  }
  TRY_ASSIGN(auto same, connection.find(same_bytes_statement(user, asset), [](const db::Row&) { return true; }));
  return same.has_value();
}

Result<ArrivalOutcome> create_asset(Mutation& mutation, const NewAsset& asset, const RecipeGeneration* from_recipe) {
  Meeting meeting;
  std::vector<db::Question> questions;
  questions.push_back(
      {same_bytes_statement(mutation.user(), asset), [&](const db::Row& row) { read_same(row, meeting); }});
  if (asset.generation_id) {
    questions.push_back({home_statement(mutation.user(), asset),
                         [&](const db::Row& row) { meeting.home = GenerationRid{row.integer(0)}; }});
  }
  ArrivalOutcome outcome;
  TRY_ASSIGN(outcome.replay, mutation.ask(std::move(questions)));
  if (outcome.replay) return outcome;
  if (asset.generation_id && !meeting.home) return fail(no_such_generation());

  if (meeting.same) {
    outcome.arrival = meeting.same_in_trash ? Arrival::restored : Arrival::duplicate;
    outcome.asset_id = meeting.same->id;
    mutation.answer(200, "asset", meeting.same->id, answer_details(asset));
    if (meeting.same_in_trash) {
      if (meeting.same_generation) touch_generation(mutation, *meeting.same_generation);
      take_from_trash(mutation, *meeting.same);
    }
    return outcome;
  }

  if (asset.blob_key.empty()) {
    outcome.arrival = Arrival::bytes_needed;
    return outcome;
  }
  outcome.asset_id = asset.id;
  if (from_recipe != nullptr) {
    const Generation& generation = from_recipe->generation;
    insert_generation(mutation, generation, from_recipe->search, asset.filename.value_or(""));
    mutation.record({"generation", generation.rid.value, generation.id, generation.version, false});
    meeting.home = generation.rid;
  }
  insert_asset(mutation, asset, meeting.home);
  mutation.answer(201, "asset", asset.id, answer_details(asset));
  if (asset.generation_id) {
    add_file_name(mutation, *meeting.home, asset.filename);
    touch_generation(mutation, *meeting.home);
  }
  mutation.record({"asset", asset.rid.value, asset.id, 1, false});
  return outcome;
}

namespace {

struct AssetPlace {
  std::optional<AssetRef> asset;
  bool deleted = false;
  bool generation_deleted = false;
  std::optional<GenerationRid> generation;
};

Result<std::optional<Replay>> ask_place(Mutation& mutation, std::string_view id, AssetPlace& place) {
  return mutation.ask({{db::Statement{"SELECT a.rid, a.id, a.version, a.deleted_at IS NOT NULL,"
                                      " EXISTS (SELECT 1 FROM {generations} g WHERE g.rid = a.generation_rid"
                                      " AND g.deleted_at IS NOT NULL), a.generation_rid FROM {assets} a"
                                      " WHERE a.id = $1 AND a.user_rid = $2",
                                      id, mutation.user().value}
                            .lock(db::Lock::rows),
                        [&](const db::Row& row) {
                          place.asset = AssetRef{{row.integer(0)}, std::string(row.text(1)), row.integer(2)};
                          place.deleted = row.boolean(3);
                          place.generation_deleted = row.boolean(4);
                          if (!row.is_null(5)) place.generation = GenerationRid{row.integer(5)};
                        }}});
}

}  // namespace

Result<std::optional<Replay>> trash_asset(Mutation& mutation, std::string_view id,
                                          std::optional<std::int64_t> expected_version) {
  AssetPlace place;
  TRY_ASSIGN(auto replay, ask_place(mutation, id, place));
  if (replay) return replay;
  if (!place.asset || place.deleted) return fail(ErrorCode::not_found, "There is no such asset.");
  if (expected_version && *expected_version != place.asset->version) {
    return fail(ErrorCode::version_conflict, "The asset has been changed since it was read.");
  }
  mutation.answer(204, "asset", id);
  if (place.generation) touch_generation(mutation, *place.generation);
  move_to_trash(mutation, *place.asset, WithGeneration::no);
  return std::nullopt;
}

Result<std::optional<Replay>> restore_asset(Mutation& mutation, std::string_view id) {
  AssetPlace place;
  TRY_ASSIGN(auto replay, ask_place(mutation, id, place));
  if (replay) return replay;
  if (!place.asset) return fail(ErrorCode::not_found, "There is no such asset.");
  if (place.deleted && place.generation_deleted) {
    return fail(ErrorCode::not_found, "The asset's generation lies in the trash. Restore the generation first.");
  }
  mutation.answer(200, "asset", id);
  if (!place.deleted) return std::nullopt;
  if (place.generation) touch_generation(mutation, *place.generation);
  take_from_trash(mutation, *place.asset);
  return std::nullopt;
}

Result<std::int64_t> count_all_assets(db::Connection& connection, std::int64_t most) {
  TRY_ASSIGN(const auto count,
             connection.find(
                 {"SELECT count(*) FROM (SELECT 1 FROM {assets} WHERE deleted_at IS NULL LIMIT $1) AS counted", most},
                 [](const db::Row& row) { return row.integer(0); }));
  return count.value_or(0);
}

}  // namespace medialith::domain
