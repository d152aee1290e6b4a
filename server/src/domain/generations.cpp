#include "domain/generations.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "domain/trash.hpp"

namespace medialith::domain {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames = {"pending", "processing", "completed", "failed"};

// One order of columns for every statement that reads generations; read_view() counts on it.
#define GENERATION_COLUMNS                                                                                      \
  "rid, id, model_id, model_name, provider, category, prompt, recipe, status, error, duration_ms, cost_amount," \
  " cost_currency, favorite, rating, tags, version, updated_at, deleted_at, input_params, result, metadata"
#define GENERATION_SUMMARY_COLUMNS                                                                                 \
  "rid, id, model_id, model_name, provider, category, substr(prompt, 1, 301), recipe, status, error, duration_ms," \
  " cost_amount, cost_currency, favorite, rating, tags, version, updated_at, deleted_at"
// What bound() binds first, in its order, and what is a new one's alone.
#define NEW_GENERATION_COLUMNS                                                                                    \
  "rid, model_id, model_name, provider, category, prompt, input_params, result, metadata, recipe, status, error," \
  " duration_ms, cost_amount, cost_currency, favorite, rating, tags, negative_prompt, search_text, search_terms," \
  " version, updated_at, user_rid, id, file_names"
#define NEW_GENERATION_VALUES                                                                                      \
  "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24," \
  " $25, $26"
#define CHANGED_GENERATION                                                                                     \
  "model_id = $2, model_name = $3, provider = $4, category = $5, prompt = $6, input_params = $7, result = $8," \
  " metadata = $9, recipe = $10, status = $11, error = $12, duration_ms = $13, cost_amount = $14,"             \
  " cost_currency = $15, favorite = $16, rating = $17, tags = $18, negative_prompt = $19, search_text = $20,"  \
  " search_terms = $21, version = $22, updated_at = $23"
static_assert(kSummaryPromptCharacters == 300, "one less than the literal above asks for");

/// The end of the first `count` UTF-8 characters, or npos when there are no more than that.
std::size_t end_of_characters(std::string_view text, int count) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts_character && count-- == 0) return i;
  }
  return std::string_view::npos;
}

// As many characters of a prompt as generation_documents cuts it to.
constexpr int kIndexedCharacters = 65'536;

// What a document is made of on PostgreSQL, in the order of the columns of FTS5.
using SearchWords = std::array<std::string_view, 5>;
SearchWords search_words(std::string_view owner, const GenerationFields& fields, const SearchText& search) {
  return {owner, indexed_part(fields.prompt), indexed_part(search.negative_prompt), search.text, search.terms};
}

GenerationView read_view(const db::Row& row, ListView view) {
  GenerationView g{.rid = {row.integer(0)},
                   .id = row.text(1),
                   .model_id = row.text(2),
                   .model_name = row.text(3),
                   .provider = row.text(4),
                   .category = row.text(5),
                   .prompt = row.text(6),
                   .recipe = row.maybe_view(7),
                   .status = row.text(8),
                   .error = row.maybe_view(9),
                   .duration_ms = row.maybe_integer(10),
                   .cost_amount = row.maybe_view(11),
                   .cost_currency = row.maybe_view(12),
                   .favorite = row.boolean(13),
                   .rating = row.maybe_integer(14),
                   .tags = row.text(15),
                   .version = row.integer(16),
                   .updated_at = row.time(17),
                   .deleted_at = row.maybe_time(18)};
  if (view == ListView::full) {
    g.input_params = row.text(19);
    g.result = row.text(20);
    g.metadata = row.text(21);
  } else if (const auto end = end_of_characters(g.prompt, kSummaryPromptCharacters); end != std::string_view::npos) {
    g.prompt = g.prompt.substr(0, end);
    g.prompt_cut = true;
  }
  return g;
}

std::optional<std::string> owned(std::optional<std::string_view> view) {
  return view ? std::optional<std::string>(*view) : std::nullopt;
}

Generation to_generation(const GenerationView& view) {
  std::optional<Money> cost;
  if (view.cost_amount) cost = Money{std::string(*view.cost_amount), std::string(view.cost_currency.value_or(""))};
  return {.rid = view.rid,
          .id = std::string(view.id),
          .fields = {.model_id = std::string(view.model_id),
                     .model_name = std::string(view.model_name),
                     .provider = std::string(view.provider),
                     .category = std::string(view.category),
                     .prompt = std::string(view.prompt),
                     .input_params = std::string(view.input_params.value_or("{}")),
                     .result = std::string(view.result.value_or("{}")),
                     .metadata = std::string(view.metadata.value_or("{}")),
                     .recipe = owned(view.recipe),
                     .status = status_from(view.status).value_or(GenerationStatus::completed),
                     .error = owned(view.error),
                     .duration_ms = view.duration_ms,
                     .cost = std::move(cost),
                     .favorite = view.favorite,
                     .rating = view.rating,
                     .tags = std::string(view.tags)},
          .version = view.version,
          .updated_at = view.updated_at,
          .deleted_at = view.deleted_at};
}

db::Value json_or_null(const std::optional<std::string>& json) {
  return json ? db::Value(db::Json{*json}) : db::Value(db::Null{});
}

db::Value amount(const std::optional<Money>& cost) {
  return cost ? db::Value(db::Decimal{cost->amount}) : db::Value(db::Null{});
}

db::Value currency(const std::optional<Money>& cost) {
  return cost ? db::Value(std::string_view(cost->currency)) : db::Value(db::Null{});
}

/// `sql` with what every write of a whole generation binds: its rid as $1 and, up to $23, what CHANGED_GENERATION sets.
/// `more` comes behind.
template <class... More>
db::Statement bound(db::Sql sql, const Generation& generation, const SearchText& search, More&&... more) {
  const GenerationFields& f = generation.fields;
  return {sql,
          generation.rid.value,
          std::string_view(f.model_id),
          std::string_view(f.model_name),
          std::string_view(f.provider),
          std::string_view(f.category),
          std::string_view(f.prompt),
          db::Json{f.input_params},
          db::Json{f.result},
          db::Json{f.metadata},
          json_or_null(f.recipe),
          status_name(f.status),
          db::maybe(f.error),
          db::maybe(f.duration_ms),
          amount(f.cost),
          currency(f.cost),
          f.favorite,
          db::maybe(f.rating),
          db::Json{f.tags},
          std::string_view(search.negative_prompt),
          std::string_view(search.text),
          std::string_view(search.terms),
          generation.version,
          generation.updated_at,
          std::forward<More>(more)...};
}

}  // namespace

std::string_view indexed_part(std::string_view text) {
  return text.substr(0, end_of_characters(text, kIndexedCharacters));
}

std::string_view status_name(GenerationStatus status) { return kStatusNames.at(std::to_underlying(status)); }

std::optional<GenerationStatus> status_from(std::string_view name) {
  const auto* found = std::ranges::find(kStatusNames, name);
  if (found == kStatusNames.end()) return std::nullopt;
  return static_cast<GenerationStatus>(found - kStatusNames.begin());
}

GenerationView view_of(const Generation& generation) {
  const GenerationFields& f = generation.fields;
  GenerationView view{.rid = generation.rid,
                      .id = generation.id,
                      .model_id = f.model_id,
                      .model_name = f.model_name,
                      .provider = f.provider,
                      .category = f.category,
                      .prompt = f.prompt,
                      .input_params = f.input_params,
                      .result = f.result,
                      .metadata = f.metadata,
                      .recipe = f.recipe,
                      .status = status_name(f.status),
                      .error = f.error,
                      .duration_ms = f.duration_ms,
                      .favorite = f.favorite,
                      .rating = f.rating,
                      .tags = f.tags,
                      .version = generation.version,
                      .updated_at = generation.updated_at,
                      .deleted_at = generation.deleted_at};
  if (f.cost) {
    view.cost_amount = f.cost->amount;
    view.cost_currency = f.cost->currency;
  }
  return view;
}

Result<std::optional<Generation>> find_generation(db::Connection& connection, UserRid user, std::string_view id,
                                                  Trash trash) {
  TRY_ASSIGN(auto found,
             connection.find({"SELECT " GENERATION_COLUMNS " FROM {generations}"
                              " WHERE user_rid = $1 AND id = $2",
                              user.value, id},
                             [](const db::Row& row) { return to_generation(read_view(row, ListView::full)); }));
  if (found && found->deleted_at && trash == Trash::exclude) return std::nullopt;
  return found;
}

Result<void> read_generations(db::Connection& connection, const std::vector<std::int64_t>& rids, ListView view,
                              const std::function<void(const GenerationView&)>& on_row) {
  const auto read = [&](const db::Row& row) { on_row(read_view(row, view)); };
  const bool full = view == ListView::full;
  const bool ascends = std::ranges::is_sorted(rids);
  if (ascends || std::ranges::is_sorted(rids, std::greater<>())) {
    if (rids.empty()) return {};
    db::Statement statement =
        full ? db::Statement("SELECT " GENERATION_COLUMNS " FROM {generations} WHERE rid IN (")
             : db::Statement("SELECT " GENERATION_SUMMARY_COLUMNS " FROM {generations} WHERE rid IN (");
    append_rids(statement, rids);
    statement.append(ascends ? db::Sql(" ORDER BY rid") : db::Sql(" ORDER BY rid DESC"));
    return connection.each(statement, read);
  }
  // Another order: a row at a time, so that none has to be kept until its turn comes.
  for (const std::int64_t rid : rids) {
    TRY(full ? connection.each({"SELECT " GENERATION_COLUMNS " FROM {generations} WHERE rid = $1", rid}, read)
             : connection.each({"SELECT " GENERATION_SUMMARY_COLUMNS " FROM {generations} WHERE rid = $1", rid}, read));
  }
  return {};
}

Result<void> walk_generations(db::Connection& connection, UserRid user, const Search& search, ListView view,
                              const std::function<void(const GenerationView&)>& on_row) {
  const Conditions conditions(search.filter);
  db::Statement statement = view == ListView::full ? db::Statement("SELECT " GENERATION_COLUMNS)
                                                   : db::Statement("SELECT " GENERATION_SUMMARY_COLUMNS);
  append_walk(statement, user, conditions, search);
  return connection.each(statement, [&](const db::Row& row) { on_row(read_view(row, view)); });
}

Result<std::vector<Generation>> find_generations(db::Connection& connection, const std::vector<std::int64_t>& rids) {
  std::vector<Generation> found;
  TRY(read_generations(connection, rids, ListView::full,
                       [&](const GenerationView& view) { found.push_back(to_generation(view)); }));
  return found;
}

void insert_generation(Mutation& mutation, const Generation& generation, const SearchText& search,
                       std::string_view file_names) {
  const std::string owner = search_owner(mutation.user());
  const SearchWords words = search_words(owner, generation.fields, search);
  const std::array<std::string_view, 1> file_words = {file_names};
  mutation.later(
      bound(db::Sql("INSERT INTO {generations} (" NEW_GENERATION_COLUMNS ") VALUES (" NEW_GENERATION_VALUES ")",
                    db::on_postgres("INSERT INTO {generations} (" NEW_GENERATION_COLUMNS ", search)"
                                    " VALUES (" NEW_GENERATION_VALUES ", setweight($28, 'B') || $27)")),
            generation, search, mutation.user().value, std::string_view(generation.id), file_names, db::Words{words},
            db::Words{file_words}));
  add_search_document(mutation, generation.rid);
}

Result<std::optional<Replay>> create_generation(Mutation& mutation, const Generation& generation,
                                                const SearchText& search) {
  std::optional<bool> in_trash;
  TRY_ASSIGN(auto replay,
             mutation.ask({{db::Statement{"SELECT deleted_at FROM {generations} WHERE user_rid = $1 AND id = $2",
                                          mutation.user().value, std::string_view(generation.id)},
                            [&](const db::Row& row) { in_trash = !row.is_null(0); }}}));
  if (replay) return replay;
  if (in_trash) {
    return fail(ErrorCode::already_exists,
                *in_trash ? "A generation with this id lies in the trash. Restore it, or use another id."
                          : "You have a generation with this id already.");
  }
  insert_generation(mutation, generation, search);
  mutation.answer(201, "generation", generation.id);
  mutation.record({"generation", generation.rid.value, generation.id, generation.version, false});
  return std::nullopt;
}

void put_off_update(Mutation& mutation, const Generation& next, const SearchText& search, bool search_changed) {
  if (search_changed) remove_search_document(mutation, next.rid);
  const std::string owner = search_owner(mutation.user());
  const SearchWords words = search_words(owner, next.fields, search);
  mutation.later(bound(db::Sql("UPDATE {generations} SET " CHANGED_GENERATION " WHERE rid = $1",
                               db::on_postgres("UPDATE {generations} SET " CHANGED_GENERATION
                                               ", search = ts_filter(search, '{b}') || $24 WHERE rid = $1")),
                       next, search, db::Words{words}));
  if (search_changed) add_search_document(mutation, next.rid);
  mutation.record({"generation", next.rid.value, next.id, next.version, false});
}

Result<std::optional<Replay>> update_generation(Mutation& mutation, const Generation& next, const SearchText& search,
                                                bool search_changed) {
  std::optional<std::int64_t> version;
  TRY_ASSIGN(auto replay,
             mutation.ask({{db::Statement{"SELECT version FROM {generations} WHERE rid = $1 AND user_rid = $2"
                                          " AND deleted_at IS NULL",
                                          next.rid.value, mutation.user().value}
                                .lock(db::Lock::rows),
                            [&](const db::Row& row) { version = row.integer(0); }}}));
  if (replay) return replay;
  if (!version) return fail(ErrorCode::not_found, "There is no such generation.");
  if (*version != next.version - 1) {
    return fail(ErrorCode::version_conflict, "The generation has been changed since it was read.");
  }
  mutation.answer(200, "generation", next.id);
  put_off_update(mutation, next, search, search_changed);
  return std::nullopt;
}

namespace {

/// A generation that is about to change its place, and the assets that go with it.
struct Family {
  std::optional<GenerationRid> rid;
  std::int64_t version = 0;
  bool deleted = false;
  std::vector<AssetRef> assets;
};

Result<std::optional<Replay>> ask_family(Mutation& mutation, std::string_view id, bool in_trash, Family& family) {
  db::Question generation{
      db::Statement{"SELECT rid, version, deleted_at FROM {generations} WHERE user_rid = $1 AND id = $2",
                    mutation.user().value, id}
          .lock(db::Lock::rows),
      [&](const db::Row& row) {
        family.rid = GenerationRid{row.integer(0)};
        family.version = row.integer(1);
        family.deleted = !row.is_null(2);
      }};
  auto on_asset = [&](const db::Row& row) {
    family.assets.push_back({{row.integer(0)}, std::string(row.text(1)), row.integer(2)});
  };
  db::Question assets{
      in_trash ? db::Statement{"SELECT a.rid, a.id, a.version FROM {assets} a JOIN {generations} g ON g.rid ="
                               " a.generation_rid WHERE g.user_rid = $1 AND g.id = $2 AND a.deleted_at IS NOT NULL"
                               " AND a.deleted_with_generation",
                               mutation.user().value, id}
               : db::Statement{"SELECT a.rid, a.id, a.version FROM {assets} a JOIN {generations} g ON g.rid ="
                               " a.generation_rid WHERE g.user_rid = $1 AND g.id = $2 AND a.deleted_at IS NULL",
                               mutation.user().value, id},
      on_asset};
  std::vector<db::Question> questions;
  questions.push_back(std::move(generation));
  questions.push_back(std::move(assets));
  return mutation.ask(std::move(questions));
}

}  // namespace

Result<std::optional<Replay>> trash_generation(Mutation& mutation, std::string_view id,
                                               std::optional<std::int64_t> expected_version) {
  Family family;
  TRY_ASSIGN(auto replay, ask_family(mutation, id, false, family));
  if (replay) return replay;
  if (!family.rid || family.deleted) return fail(ErrorCode::not_found, "There is no such generation.");
  if (expected_version && *expected_version != family.version) {
    return fail(ErrorCode::version_conflict, "The generation has been changed since it was read.");
  }
  mutation.later({"UPDATE {generations} SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE rid = $1",
                  family.rid->value, mutation.now()});
  for (const AssetRef& asset : family.assets) move_to_trash(mutation, asset, WithGeneration::yes);
  mutation.answer(204, "generation", id);
  mutation.record({"generation", family.rid->value, id, family.version + 1, true});
  return std::nullopt;
}

Result<std::optional<Replay>> restore_generation(Mutation& mutation, std::string_view id) {
  Family family;
  TRY_ASSIGN(auto replay, ask_family(mutation, id, true, family));
  if (replay) return replay;
  if (!family.rid) return fail(ErrorCode::not_found, "There is no such generation.");
  mutation.answer(200, "generation", id);
  if (!family.deleted) return std::nullopt;
  mutation.later({"UPDATE {generations} SET deleted_at = NULL, updated_at = $2, version = version + 1 WHERE rid = $1",
                  family.rid->value, mutation.now()});
  for (const AssetRef& asset : family.assets) take_from_trash(mutation, asset);
  mutation.record({"generation", family.rid->value, id, family.version + 1, false});
  return std::nullopt;
}

}  // namespace medialith::domain
