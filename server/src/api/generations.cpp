#include "api/generations.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "api/generation_body.hpp"
#include "api/mutate.hpp"
#include "api/page.hpp"
#include "api/present.hpp"
#include "api/trash.hpp"
#include "domain/assets.hpp"
#include "domain/trashed.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using domain::Generation;
using web::Context;
using Answer = Result<http::Response>;

constexpr std::uint64_t kGenerationBody = 64ULL << 20;
constexpr std::array<std::string_view, 1> kIgnored = {"userId"};
/// How often an unconditional change is made again on top of somebody else's before it gives up.
constexpr int kMaxTries = 8;

std::unexpected<Error> not_found() { return fail(ErrorCode::not_found, "There is no such generation."); }

/// A generation as JSON with the assets it has.
Result<std::string> render(db::Connection& connection, const Context& context, const Generation& generation) {
  const UrlMode urls{context.services, std::nullopt};
  std::string assets;
  const std::array rids = {generation.rid};
  TRY(domain::list_assets_of(connection, context.who().user, rids, [&](const domain::AssetView& asset) {
    if (!assets.empty()) assets += ',';
    json::Writer out(assets);
    write_asset(out, asset, urls);
  }));
  std::string text;
  json::Writer out(text);
  begin_generation(out, view_of(generation));
  finish_generation(text, assets);
  return text;
}

/// The error of a change made from a version that is no longer the current one, with the current document.
Task<Answer> stale(Context& context, const std::string& id, ErrorCode code) {
  auto look = [&](db::Connection& connection) -> Result<std::string> {
    TRY_ASSIGN(const auto current, domain::find_generation(connection, context.who().user, id));
    if (!current) return not_found();
    return render(connection, context, *current);
  };
  CO_TRY_ASSIGN(const std::string current, co_await context.services.database.read(look));
  Error error = make_error(code, "The generation has been changed since the version you named.");
  error.details_json = R"({"current":)" + current + "}";
  co_return fail(std::move(error));
}

// ---- create -------------------------------------------------------------------------------------------------------

Result<Generation> new_generation(Context& context) {
  const json::View body = context.body->root();
  TRY(web::check(kGenerationInputSchema, body, web::Use::create, kIgnored));
  Generation generation;
  const auto id = body.find("id");
  generation.id = id ? std::string(id->text()) : context.services.uuids.make();
  TRY_ASSIGN(generation.fields, fields_of(body));
  return generation;
}

/// In each run of a write: a run before it may have met another server's row with its rid.
void take_rid(domain::RidMaker& rids, Generation& generation) {
  generation.rid = {rids.next()};
  generation.updated_at = domain::created_at(generation.rid.value);
}

Task<Answer> create(Context& context) {
  CO_TRY_ASSIGN(Generation generation, new_generation(context));
  const domain::SearchText search = search_text_of(generation.fields);
  auto run = [&](db::Transaction& tx) {
    take_rid(context.services.rids, generation);
    domain::Mutation mutation(tx, context.who(), context.key(), generation.updated_at);
    return domain::create_generation(mutation, generation, search);
  };
  CO_TRY_ASSIGN(const auto replay, co_await context.services.database.write(run, context.body->root().raw().size()));
  if (replay) {
    context.replay = replay;
    co_return co_await generation_response(context, replay->object_id, replay->status, domain::Trash::include);
  }
  std::string text;
  json::Writer out(text);
  begin_generation(out, view_of(generation));
  finish_generation(text, "");
  CO_TRY_ASSIGN(http::Response response,
                web::versioned_response(context.request, 201, std::move(text), generation.version));
  response.headers.set("Location", context.services.settings.base_path + "/v1/generations/" + generation.id);
  co_return response;
}

// ---- read ---------------------------------------------------------------------------------------------------------

Task<Answer> get(Context& context) {
  co_return co_await generation_response(context, context.path_value(0), 200, domain::Trash::exclude);
}

/// A page under construction: one statement for the generations, one for their assets, whatever its size.
struct Page {
  std::vector<domain::GenerationRid> rids;
  std::vector<std::size_t> assets_at;  // where each generation's assets go in `items`
  std::string items;                   // as it is sent, up to the last item
  domain::Hits hits;
};

/// What one statement of a page finds: the assets of each generation as the elements of an array.
using AssetTexts = std::unordered_map<std::int64_t, std::string>;

/// Moves each byte behind the first place once, whatever there is to put in.
void insert_assets(Page& page, const AssetTexts& assets) {
  std::size_t added = 0;
  for (const auto& [rid, text] : assets) added += text.size();
  std::size_t end = page.items.size();
  page.items.resize(end + added);
  for (std::size_t i = page.rids.size(); i-- > 0 && added > 0;) {
    const auto found = assets.find(page.rids[i].value);
    if (found == assets.end()) continue;
    const std::string& text = found->second;
    const std::size_t at = page.assets_at[i];
    char* const place = page.items.data() + at;
    std::memmove(place + added, place, end - at);
    added -= text.size();
    std::ranges::copy(text, place + added);
    end = at;
  }
}

Result<Page> read_page(db::Connection& connection, const Context& context, const PageRequest& request,
                       domain::ListView view) {
  constexpr std::size_t kRoom = 128 * 1024;
  const db::sqlite::Tokenizer& tokenizer = context.services.tokenizer;
  Page page;
  TRY_ASSIGN(page.hits, domain::search_generations(connection, {tokenizer, context.services.texts}, context.who().user,
                                                   request.search));
  domain::Highlighter highlighter(tokenizer, request.search.words, page.hits.matching);
  page.items.reserve(kRoom);
  page.items = R"({"items":[)";
  TRY(domain::read_generations(connection, rids_of(page.hits), view, [&](const domain::GenerationView& g) {
    if (std::ssize(page.rids) == request.limit || page.items.size() > kPageBytes) return;
    if (!page.rids.empty()) page.items += ',';
    json::Writer row(page.items);
    begin_generation(row, g);
    const std::string highlights = request.search.words.empty() ? "" : highlights_of(highlighter, g);
    page.rids.push_back(g.rid);
    page.assets_at.push_back(finish_generation(page.items, "", highlights));
  }));
  const UrlMode urls{context.services, request.sign_until_s};
  AssetTexts assets;
  TRY(domain::list_assets_of(connection, context.who().user, page.rids, [&](const domain::AssetView& asset) {
    if (!asset.generation_rid) return;
    std::string& text = assets[asset.generation_rid->value];
    if (!text.empty()) text += ',';
    json::Writer row(text);
    write_asset(row, asset, urls);
  }));
  insert_assets(page, assets);
  return page;
}

constexpr std::array kSorts = {SortName{"createdAt", domain::Sort::created},
                               SortName{"updatedAt", domain::Sort::updated}, SortName{"cost", domain::Sort::cost},
                               SortName{"duration", domain::Sort::duration}};

Task<Answer> list(Context& context) {
  std::vector<FieldError> errors;
  const auto view = context.request.query_value("view");
  if (view && *view != "summary" && *view != "full") {
    errors.push_back({"view", "not_allowed", "This must be `summary` or `full`."});
  }
  const domain::ListView shown = view && *view == "full" ? domain::ListView::full : domain::ListView::summary;
  CO_TRY_ASSIGN(const PageRequest request, read_page_request(context, "generations", kSorts, std::move(errors)));
  auto look = [&](db::Connection& connection) { return read_page(connection, context, request, shown); };
  CO_TRY_ASSIGN(Page page, co_await context.services.database.read(look, read_kind(request.search)));
  std::optional<domain::Position> last;
  if (page.rids.size() < page.hits.rows.size()) last = page.hits.rows[page.rids.size() - 1];
  co_return page_response(context, list_of(request, page.hits.matching), std::move(page.items), last);
}

// ---- change -------------------------------------------------------------------------------------------------------

struct Precondition {
  std::optional<std::int64_t> version;           // the one that the change was made from
  ErrorCode code = ErrorCode::version_conflict;  // 412 for If-Match, 409 for `version` in the body
};

Result<Precondition> precondition(const Context& context) {
  TRY_ASSIGN(const auto if_match, web::if_match_version(context.request));
  if (if_match) return Precondition{if_match, ErrorCode::precondition_failed};
  if (!context.body) return Precondition{};
  const auto version = context.body->root().find("version");
  if (!version || version->kind() == json::Kind::null) return Precondition{};
  return Precondition{version->integer(), ErrorCode::version_conflict};
}

using Edit = std::function<Result<domain::GenerationFields>(const domain::GenerationFields&)>;

/// Reads, edits outside the transaction, and writes if the version is still the one read; else does it again.
Task<Answer> change(Context& context, Edit edit) {
  const std::string& id = context.path_value(0);
  CO_TRY_ASSIGN(const Precondition wanted, precondition(context));
  for (int tries = 0; tries < kMaxTries; ++tries) {
    auto look = [&](db::Connection& connection) { return domain::find_generation(connection, context.who().user, id); };
    CO_TRY_ASSIGN(const auto current, co_await context.services.database.read(look));
    if (!current) co_return not_found();
    if (wanted.version && *wanted.version != current->version) co_return co_await stale(context, id, wanted.code);
    Generation next = *current;
    CO_TRY_ASSIGN(next.fields, edit(current->fields));
    next.version = current->version + 1;
    next.updated_at = context.services.clock.now();
    const domain::SearchText search = search_text_of(next.fields);
    const bool search_changed =
        next.fields.prompt != current->fields.prompt || search != search_text_of(current->fields);
    auto run = [&](db::Transaction& tx) {
      domain::Mutation mutation(tx, context.who(), context.key(), next.updated_at);
      return domain::update_generation(mutation, next, search, search_changed);
    };
    const auto done = co_await context.services.database.write(run, context.body->root().raw().size());
    if (done && *done) context.replay = *done;
    if (done) co_return co_await generation_response(context, id, 200, domain::Trash::include);
    if (done.error().code != ErrorCode::version_conflict) co_return std::unexpected(done.error());
  }
  co_return co_await stale(context, id, ErrorCode::version_conflict);
}

Task<Answer> patch(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kGenerationPatchSchema, body, web::Use::patch, kIgnored));
  Edit edit = [body](const domain::GenerationFields& fields) { return patched(fields, body); };
  co_return co_await change(context, std::move(edit));
}

Task<Answer> put(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kGenerationReplacementSchema, body, web::Use::create, kIgnored));
  Edit edit = [body](const domain::GenerationFields&) { return fields_of(body); };
  co_return co_await change(context, std::move(edit));
}

Task<Answer> trash(Context& context) {
  const std::string& id = context.path_value(0);
  CO_TRY_ASSIGN(const Precondition wanted, precondition(context));
  CO_TRY_ASSIGN(const bool permanent, is_permanent(context));
  auto change = [&](domain::Mutation& mutation) {
    return permanent ? domain::purge_generation(mutation, id, wanted.version)
                     : domain::trash_generation(mutation, id, wanted.version);
  };
  const auto done = co_await mutate(context, change);
  if (!done && done.error().code == ErrorCode::version_conflict) co_return co_await stale(context, id, wanted.code);
  CO_TRY(done);
  co_return web::no_content();
}

Task<Answer> restore(Context& context) {
  const std::string& id = context.path_value(0);
  auto change = [&](domain::Mutation& mutation) { return domain::restore_generation(mutation, id); };
  CO_TRY(co_await mutate(context, change));
  co_return co_await generation_response(context, id, 200, domain::Trash::include);
}

const std::vector<http::ResponseDoc> kOneGeneration = {
    {200, "The generation.", "Generation", "application/json", {"ETag", "Idempotency-Replayed"}}};

}  // namespace

Task<Answer> generation_response(Context& context, std::string id, int status, domain::Trash trash) {
  std::int64_t version = 0;
  auto look = [&](db::Connection& connection) -> Result<std::string> {
    TRY_ASSIGN(const auto found, domain::find_generation(connection, context.who().user, id, trash));
    if (!found) return not_found();
    version = found->version;
    return render(connection, context, *found);
  };
  CO_TRY_ASSIGN(std::string text, co_await context.services.database.read(look));
  co_return web::versioned_response(context.request, status, std::move(text), version);
}

namespace {

const http::Parameter kIfMatch{"If-Match", "header", "string", "The ETag seen: another version is 412."};

void add_making_and_reading(web::Routes& routes) {
  using http::Method;
  routes.add(
      {.method = Method::post,
       .pattern = "/v1/generations",
       .operation = "createGeneration",
       .summary = "Keeps a generation.",
       .tag = "generations",
       .scope = http::Scope::write,
       .body = {.kind = http::BodyKind::json, .max_bytes = kGenerationBody, .schema = "GenerationInput"},
       .responses =
           {{201, "Kept, durably.", "Generation", "application/json", {"ETag", "Location", "Idempotency-Replayed"}}},
       .mutation = true},
      create);
  routes.add(
      {.method = Method::get,
       .pattern = "/v1/generations",
       .operation = "listGenerations",
       .summary = "Lists generations, newest first.",
       .tag = "generations",
       .scope = http::Scope::read,
       .parameters = page_parameters(
           "`-createdAt` (default, newest first), `createdAt`, `updatedAt`, `cost`, `duration`; with `-` they "
           "descend. With `q` also `relevance`. By cost, duration or relevance a list has 1 000 items.",
           {{"view", "query", "string", "`summary` (default: no large JSON, prompt cut and flagged) or `full`."}}),
       .responses = {{200, "A page.", "GenerationPage", "application/json", {"Link"}}}},
      list);
  routes.add({.method = Method::get,
              .pattern = "/v1/generations/:id",
              .operation = "getGeneration",
              .summary = "One generation with its assets.",
              .tag = "generations",
              .scope = http::Scope::read,
              .parameters = {{"If-None-Match", "header", "string", "The ETag seen: 304 while it is still the one."}},
              .responses = {{200, "The generation.", "Generation", "application/json", {"ETag"}},
                            {304, "Not changed since the ETag sent.", "", "application/json", {"ETag"}}}},
             get);
}

void add_changing(web::Routes& routes) {
  using http::Method;
  const http::BodyPolicy change_body{.kind = http::BodyKind::json,
                                     .max_bytes = kGenerationBody,
                                     .types = {"application/json", "application/merge-patch+json"},
                                     .schema = "GenerationPatch"};
  routes.add({.method = Method::patch,
              .pattern = "/v1/generations/:id",
              .operation = "patchGeneration",
              .summary = "Changes members: a JSON merge patch (RFC 7396).",
              .tag = "generations",
              .scope = http::Scope::write,
              .body = change_body,
              .parameters = {kIfMatch},
              .responses = kOneGeneration,
              .mutation = true},
             patch);
  http::BodyPolicy put_body = change_body;
  put_body.types = {};
  put_body.schema = "GenerationReplacement";
  routes.add({.method = Method::put,
              .pattern = "/v1/generations/:id",
              .operation = "replaceGeneration",
              .summary = "Replaces every member. Never creates.",
              .tag = "generations",
              .scope = http::Scope::write,
              .body = put_body,
              .parameters = {kIfMatch},
              .responses = kOneGeneration,
              .mutation = true},
             put);
  routes.add({.method = Method::delete_,
              .pattern = "/v1/generations/:id",
              .operation = "deleteGeneration",
              .summary = "Moves it into the trash, with its assets.",
              .tag = "generations",
              .scope = http::Scope::write,
              .parameters = {kIfMatch, kPermanent},
              .responses = {{204, "In the trash, or gone.", "", "application/json", {"Idempotency-Replayed"}}},
              .mutation = true},
             trash);
  routes.add({.method = Method::post,
              .pattern = "/v1/generations/:id/restore",
              .operation = "restoreGeneration",
              .summary = "Takes it out of the trash, with the assets that went there with it.",
              .tag = "generations",
              .scope = http::Scope::write,
              .responses = kOneGeneration,
              .mutation = true},
             restore);
}

}  // namespace

void add_generation_routes(web::Routes& routes) {
  add_making_and_reading(routes);
  add_changing(routes);
}

}  // namespace medialith::api
