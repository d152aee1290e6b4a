#include "api/generations.hpp"

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "api/generation_body.hpp"
#include "api/present.hpp"
#include "api/trash.hpp"
#include "domain/trashed.hpp"
#include "web/generation_page.hpp"
#include "web/generation_writes.hpp"
#include "web/mutate.hpp"
#include "web/page.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using domain::Generation;
using web::Context;
using Answer = Result<http::Response>;

constexpr std::uint64_t kGenerationBody = 64ULL << 20;
constexpr std::array<std::string_view, 1> kIgnored = {"userId"};

std::unexpected<Error> not_found() { return fail(ErrorCode::not_found, "There is no such generation."); }

web::GenerationShape shape_of(const Context& context) {
  return native_shape({context.services, std::nullopt}, domain::ListView::full);
}

/// The error of a change made from a version that is no longer the current one, with the current document.
Task<Answer> stale(Context& context, const std::string& id, Error error) {
  auto look = [&](db::Connection& connection) -> Result<std::string> {
    TRY_ASSIGN(const auto current, domain::find_generation(connection, context.who().user, id));
    if (!current) return not_found();
    return web::show_generation(connection, context.who().user, *current, shape_of(context));
  };
  CO_TRY_ASSIGN(const std::string current, co_await context.services.database.read(look));
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

Task<Answer> create(Context& context) {
  CO_TRY_ASSIGN(Generation generation, new_generation(context));
  CO_TRY(co_await web::keep_generation(context, generation));
  if (context.replay) {
    co_return co_await generation_response(context, context.replay->object_id, context.replay->status,
                                           domain::Trash::include);
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

constexpr std::array kSorts = {
    web::SortName{"createdAt", domain::Sort::created}, web::SortName{"updatedAt", domain::Sort::updated},
    web::SortName{"cost", domain::Sort::cost}, web::SortName{"duration", domain::Sort::duration}};

/// Whether the page says nothing but what the owner's rows say, and each change of them moves the change feed. On a
/// database that others write too, asking where the feed stands would be one trip more.
bool may_be_kept(const Context& context, const web::PageRequest& request) {
  return !request.sign_until_s && !request.search.filter.deleted && !context.services.database.is_shared();
}

/// RFC 9111 §5.2.1.4.
bool wants_it_anew(const Context& context) {
  return context.request.headers.find("Cache-Control").value_or("").find("no-cache") != std::string_view::npos;
}

Task<Answer> list(Context& context) {
  std::vector<FieldError> errors;
  const auto view = context.request.query_value("view");
  if (view && *view != "summary" && *view != "full") {
    errors.push_back({"view", "not_allowed", "This must be `summary` or `full`."});
  }
  const domain::ListView shown = view && *view == "full" ? domain::ListView::full : domain::ListView::summary;
  CO_TRY_ASSIGN(const web::PageRequest request,
                web::read_page_request(context, "generations", kSorts, std::move(errors)));
  const web::GenerationShape shape = native_shape({context.services, request.sign_until_s}, shown);
  const bool kept = may_be_kept(context, request);
  const domain::UserRid user = context.who().user;
  web::PageCache& pages = context.services.pages;
  std::shared_ptr<const web::Page> page;
  auto look = [&](db::Connection& connection) -> Result<void> {
    std::int64_t head = 0;
    if (kept) {
      TRY_ASSIGN(head, domain::change_head(connection, user));
      if (!wants_it_anew(context)) page = pages.find(user, context.request.target, head);
      if (page) return {};
    }
    TRY_ASSIGN(web::GenerationPage read,
               web::read_generation_page(connection, {context.services.tokenizer, context.services.texts}, user,
                                         request.search, shape, {.before = R"({"items":[)"}));
    page = std::make_shared<const web::Page>(
        web::finish_page(context, web::list_of(request, read.matching), std::move(read.items), read.last));
    if (kept) pages.keep(user, context.request.target, head, page);
    return {};
  };
  CO_TRY(co_await context.services.database.read(look, web::read_kind(request.search)));
  co_return web::page_response(*page);
}

// ---- change -------------------------------------------------------------------------------------------------------

Result<web::Precondition> precondition(const Context& context) {
  TRY_ASSIGN(const auto if_match, web::if_match_version(context.request));
  if (if_match) return web::Precondition{if_match, ErrorCode::precondition_failed};
  if (!context.body) return web::Precondition{};
  const auto version = context.body->root().find("version");
  if (!version || version->kind() == json::Kind::null) return web::Precondition{};
  return web::Precondition{version->integer(), ErrorCode::version_conflict};
}

Task<Answer> change(Context& context, web::Edit edit) {
  const std::string& id = context.path_value(0);
  CO_TRY_ASSIGN(const web::Precondition wanted, precondition(context));
  const auto written = co_await web::edit_generation(context, id, wanted, std::move(edit));
  if (!written && web::is_stale(written.error())) co_return co_await stale(context, id, written.error());
  CO_TRY(written);
  if (!*written) co_return co_await generation_response(context, id, 200, domain::Trash::include);
  CO_TRY_ASSIGN(std::string text, co_await web::show_written(context, **written, shape_of(context)));
  co_return web::versioned_response(context.request, 200, std::move(text), (*written)->version);
}

Task<Answer> patch(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kGenerationPatchSchema, body, web::Use::patch, kIgnored));
  web::Edit edit = [body](const domain::GenerationFields& fields) { return patched(fields, body); };
  co_return co_await change(context, std::move(edit));
}

Task<Answer> put(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kGenerationReplacementSchema, body, web::Use::create, kIgnored));
  web::Edit edit = [body](const domain::GenerationFields&) { return fields_of(body); };
  co_return co_await change(context, std::move(edit));
}

Task<Answer> trash(Context& context) {
  const std::string& id = context.path_value(0);
  CO_TRY_ASSIGN(const web::Precondition wanted, precondition(context));
  CO_TRY_ASSIGN(const bool permanent, is_permanent(context));
  auto change = [&](domain::Mutation& mutation) {
    return permanent ? domain::purge_generation(mutation, id, wanted.version)
                     : domain::trash_generation(mutation, id, wanted.version);
  };
  const auto done = co_await web::mutate(context, change);
  if (!done && done.error().code == ErrorCode::version_conflict) {
    co_return co_await stale(context, id, make_error(wanted.code, done.error().message));
  }
  CO_TRY(done);
  co_return web::no_content();
}

Task<Answer> restore(Context& context) {
  const std::string& id = context.path_value(0);
  auto change = [&](domain::Mutation& mutation) { return domain::restore_generation(mutation, id); };
  CO_TRY(co_await web::mutate(context, change));
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
    return web::show_generation(connection, context.who().user, *found, shape_of(context));
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
       .parameters = web::page_parameters(
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
