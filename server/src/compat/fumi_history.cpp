#include <array>
#include <utility>

#include "compat/fumi.hpp"
#include "compat/fumi_present.hpp"
#include "compat/fumi_request.hpp"
#include "domain/place.hpp"
#include "web/generation_writes.hpp"
#include "web/mutate.hpp"

namespace medialith::compat {
namespace {

using web::Context;
using Answer = Result<http::Response>;

constexpr std::uint64_t kItemBody = 64ULL << 20;

std::unexpected<Error> not_found() { return fail(ErrorCode::not_found, "There is no such history item."); }

Answer item_answer(const Context& context, const std::string& id, int status, std::string text, std::int64_t version) {
  TRY_ASSIGN(http::Response response, web::versioned_response(context.request, status, std::move(text), version));
  if (status == 201) response.headers.set("Location", context.services.settings.base_path + "/api/history/" + id);
  return response;
}

Task<Answer> item_response(Context& context, std::string id, int status, domain::Trash trash) {
  std::int64_t version = 0;
  auto look = [&](db::Connection& connection) -> Result<std::string> {
    TRY_ASSIGN(const auto found, domain::find_generation(connection, context.who().user, id, trash));
    if (!found) return not_found();
    version = found->version;
    return web::show_generation(connection, context.who().user, *found, history_shape(context.services));
  };
  CO_TRY_ASSIGN(std::string text, co_await context.services.database.read(look));
  co_return item_answer(context, id, status, std::move(text), version);
}

/// The error of a change made from a version that is no longer the current one, with the current item.
Task<Answer> stale(Context& context, const std::string& id, Error error) {
  CO_TRY_ASSIGN(http::Response current, co_await item_response(context, id, 200, domain::Trash::exclude));
  error.details_json = R"({"current":)" + std::get<std::string>(current.body) + "}";
  co_return fail(std::move(error));
}

Result<web::Precondition> precondition(const Context& context) {
  TRY_ASSIGN(const auto version, web::if_match_version(context.request));
  return web::Precondition{version, ErrorCode::precondition_failed};
}

// ---- the list -----------------------------------------------------------------------------------------------------

Result<web::GenerationPage> read_page(db::Connection& connection, const Context& context,
                                      const HistoryRequest& request) {
  const domain::UserRid user = context.who().user;
  domain::Search search = request.page.search;
  if (request.after_item) {
    TRY_ASSIGN(const auto place, domain::find_place(connection, user, *request.after_item));
    if (!place) return fail(ErrorCode::invalid_cursor, "There is no such cursor. Take `nextCursor` of a page.");
    search.after = domain::Position{.rid = place->value};
  }
  return web::read_generation_page(connection, {context.services.tokenizer, context.services.texts}, user, search,
                                   history_shape(context.services), {.before = R"({"items":[)"});
}

Task<Answer> list(Context& context, Words words) {
  CO_TRY_ASSIGN(const HistoryRequest request, read_history_request(context, words));
  auto look = [&](db::Connection& connection) { return read_page(connection, context, request); };
  CO_TRY_ASSIGN(web::GenerationPage page,
                co_await context.services.database.read(look, web::read_kind(request.page.search)));
  co_return web::page_response(context, web::list_of(request.page, page.matching), std::move(page.items), page.last);
}

Task<Answer> clear(Context& context, const TrashMany& trash) {
  CO_TRY_ASSIGN(std::string request, read_clear_request(context));
  CO_TRY_ASSIGN(const domain::Operation operation, co_await trash(context, std::move(request)));
  co_return deleted_response(operation);
}

// ---- one item -----------------------------------------------------------------------------------------------------

Task<Answer> create(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kHistoryItemInputSchema, body, web::Use::create));
  domain::Generation item;
  item.id = context.services.uuids.make();
  item.fields = with_members({}, body);
  CO_TRY(co_await web::keep_generation(context, item));
  if (context.replay) co_return co_await item_response(context, context.replay->object_id, 201, domain::Trash::include);
  std::string text;
  history_shape(context.services).generation(text, domain::view_of(item), nullptr);
  co_return item_answer(context, item.id, 201, std::move(text), item.version);
}

Task<Answer> get(Context& context) {
  co_return co_await item_response(context, context.path_value(0), 200, domain::Trash::exclude);
}

Task<Answer> put(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kHistoryItemChangeSchema, body, web::Use::create));
  const std::string& id = context.path_value(0);
  CO_TRY_ASSIGN(const web::Precondition wanted, precondition(context));
  web::Edit edit = [body](const domain::GenerationFields& fields) -> Result<domain::GenerationFields> {
    return with_members(fields, body);
  };
  const auto written = co_await web::edit_generation(context, id, wanted, std::move(edit));
  if (!written && web::is_stale(written.error())) co_return co_await stale(context, id, written.error());
  CO_TRY(written);
  if (!*written) co_return co_await item_response(context, id, 200, domain::Trash::include);
  CO_TRY_ASSIGN(std::string text, co_await web::show_written(context, **written, history_shape(context.services)));
  co_return item_answer(context, id, 200, std::move(text), (*written)->version);
}

Task<Answer> remove(Context& context) {
  const std::string& id = context.path_value(0);
  CO_TRY_ASSIGN(const web::Precondition wanted, precondition(context));
  auto change = [&](domain::Mutation& mutation) { return domain::trash_generation(mutation, id, wanted.version); };
  const auto done = co_await web::mutate(context, change);
  if (!done && done.error().code == ErrorCode::version_conflict) {
    co_return co_await stale(context, id, make_error(wanted.code, done.error().message));
  }
  CO_TRY(done);
  co_return deleted_one_response();
}

// ---- retries ------------------------------------------------------------------------------------------------------

Task<Answer> render_replay(Context& context, const domain::Replay& replay) {
  if (replay.status == 204) co_return deleted_one_response();
  if (replay.kind != "operation") {
    co_return co_await item_response(context, replay.object_id, replay.status, domain::Trash::include);
  }
  auto look = [&](db::Connection& connection) {
    return domain::find_operation(connection, context.who().user, replay.object_id);
  };
  CO_TRY_ASSIGN(const auto operation, co_await context.services.database.read(look));
  if (!operation) co_return not_found();
  co_return deleted_response(*operation);
}

// ---- the table ----------------------------------------------------------------------------------------------------

const http::Parameter kIfMatch{"If-Match", "header", "string", "The ETag seen: another version is 412."};

void add_list_routes(web::Routes& routes, TrashMany trash) {
  using http::Method;
  const std::vector<http::ResponseDoc> page = {{200, "A page.", "HistoryPage", "application/json", {"Link"}}};
  routes.add({.method = Method::get,
              .pattern = "/api/history",
              .operation = "listHistory",
              .summary = "The history, newest first, each item with its files.",
              .tag = "history (Fumi)",
              .scope = http::Scope::read,
              .parameters = history_parameters(Words::ignored),
              .responses = page},
             [](Context& context) { return list(context, Words::ignored); });
  routes.add({.method = Method::get,
              .pattern = "/api/history/search",
              .operation = "searchHistory",
              .summary = "Searches the history, newest first.",
              .tag = "history (Fumi)",
              .scope = http::Scope::read,
              .parameters = history_parameters(Words::searched),
              .responses = page},
             [](Context& context) { return list(context, Words::searched); });
  routes.add({.method = Method::delete_,
              .pattern = "/api/history",
              .operation = "clearHistory",
              .summary = "Moves the history into the trash, or what is old of it.",
              .tag = "history (Fumi)",
              .scope = http::Scope::write,
              .parameters = {{"olderThanDays", "query", "integer", "Only what was made more than so many days ago."}},
              .responses = {{200, "It is cleared.", "HistoryDeletion", "application/json", {"Idempotency-Replayed"}},
                            {202,
                             "It is being cleared in the background.",
                             "HistoryDeletion",
                             "application/json",
                             {"Idempotency-Replayed"}}},
              .mutation = true},
             [trash = std::move(trash)](Context& context) { return clear(context, trash); });
}

void add_item_routes(web::Routes& routes) {
  using http::Method;
  routes.add(
      {.method = Method::post,
       .pattern = "/api/history",
       .operation = "createHistoryItem",
       .summary = "Keeps an item.",
       .tag = "history (Fumi)",
       .scope = http::Scope::write,
       .body = {.kind = http::BodyKind::json, .max_bytes = kItemBody, .schema = "HistoryItemInput"},
       .responses =
           {{201, "Kept, durably.", "HistoryItem", "application/json", {"ETag", "Location", "Idempotency-Replayed"}}},
       .mutation = true},
      create);
  routes.add({.method = Method::get,
              .pattern = "/api/history/:id",
              .operation = "getHistoryItem",
              .summary = "One item with its files.",
              .tag = "history (Fumi)",
              .scope = http::Scope::read,
              .parameters = {{"If-None-Match", "header", "string", "The ETag seen: 304 while it is still the one."}},
              .responses = {{200, "The item.", "HistoryItem", "application/json", {"ETag"}},
                            {304, "Not changed since the ETag sent.", "", "application/json", {"ETag"}}}},
             get);
  routes.add({.method = Method::put,
              .pattern = "/api/history/:id",
              .operation = "updateHistoryItem",
              .summary = "Replaces the members that are sent. Never creates.",
              .tag = "history (Fumi)",
              .scope = http::Scope::write,
              .body = {.kind = http::BodyKind::json, .max_bytes = kItemBody, .schema = "HistoryItemChange"},
              .parameters = {kIfMatch},
              .responses = {{200, "The item.", "HistoryItem", "application/json", {"ETag", "Idempotency-Replayed"}}},
              .mutation = true},
             put);
  routes.add({.method = Method::delete_,
              .pattern = "/api/history/:id",
              .operation = "deleteHistoryItem",
              .summary = "Moves it into the trash, with its files.",
              .tag = "history (Fumi)",
              .scope = http::Scope::write,
              .parameters = {kIfMatch},
              .responses = {{200, "In the trash.", "HistoryDeletion", "application/json", {"Idempotency-Replayed"}}},
              .mutation = true},
             remove);
}

}  // namespace

void add_fumi_history_routes(web::Routes& routes, TrashMany trash) {
  add_list_routes(routes, std::move(trash));
  add_item_routes(routes);
}

web::Wire fumi_wire() {
  return {.replay = render_replay, .present = present_history_error, .unknown = web::UnknownParameters::dropped};
}

}  // namespace medialith::compat
