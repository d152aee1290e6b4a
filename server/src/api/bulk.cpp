#include "api/bulk.hpp"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "api/bulk_request.hpp"
#include "api/bulk_work.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using domain::BulkAction;
using domain::Operation;
using web::Context;
using Answer = Result<http::Response>;

constexpr std::uint64_t kBulkBody = 1 << 20;
constexpr std::string_view kActions[] = {"trash", "restore", "purge", "update"};
constexpr std::string_view kAllActions[] = {"trash", "restore", "purge", "update", "undo"};
constexpr std::string_view kStates[] = {"running", "completed"};

constexpr web::Field kInputFields[] = {
    {.name = "action", .doc = "What is done.", .presence = web::Presence::required, .one_of = kActions},
    {.name = "ids",
     .type = web::Type::array,
     .doc = "Generations and assets, by id; those that are not there are not counted.",
     .min = 1,
     .max = kMaxBulkIds,
     .max_item = 255},
    {.name = "filter",
     .type = web::Type::object,
     .doc = "Generations, by the filters of their list, `q` included; a repeatable one may be an array. {} is all."},
    {.name = "olderThanDays",
     .type = web::Type::integer,
     .doc = "Generations that were made more than so many days ago: all of them, or those of `filter`.",
     .min = 0,
     .max = kMaxBulkDays},
    {.name = "set",
     .type = web::Type::object,
     .doc = "Of an `update`: a merge patch of a generation. One that cannot become that stays as it is."},
    {.name = "dryRun", .type = web::Type::boolean, .doc = "true: only says how many there are."},
};
constexpr web::Field kOperationFields[] = {
    {.name = "operation", .doc = "Names it; null of a dry run.", .nullable = true},
    {.name = "action", .doc = "What is done.", .one_of = kAllActions},
    {.name = "state", .doc = "Whether it is still at work.", .one_of = kStates},
    {.name = "matched", .type = web::Type::integer, .doc = "How many there were when it was asked for.", .min = 0},
    {.name = "changed", .type = web::Type::integer, .doc = "How many it has changed so far.", .min = 0},
    {.name = "createdAt", .type = web::Type::date_time, .doc = "When it was asked for."},
    {.name = "finishedAt", .type = web::Type::date_time, .doc = "When it was completed.", .nullable = true},
};

std::string operation_json(const Operation& operation) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("operation");
  operation.id.empty() ? out.null() : out.string(operation.id);
  out.key("action").string(domain::action_name(operation.action));
  out.key("state").string(operation.completed ? "completed" : "running");
  out.key("matched").integer(operation.matched);
  out.key("changed").integer(operation.changed);
  out.key("createdAt").time(operation.created_at);
  out.key("finishedAt");
  operation.finished_at ? out.time(*operation.finished_at) : out.null();
  out.end_object();
  return text;
}

http::Response present(const Operation& operation) {
  return web::json_response(operation.completed ? 200 : 202, operation_json(operation));
}

std::unexpected<Error> not_found() { return fail(ErrorCode::not_found, "There is no such operation."); }

Task<Result<Operation>> find_operation(Context& context, std::string id) {
  auto look = [&](db::Connection& connection) { return domain::find_operation(connection, context.who().user, id); };
  CO_TRY_ASSIGN(auto found, co_await context.services.database.read(look));
  if (!found) co_return not_found();
  co_return std::move(*found);
}

Task<Answer> bulk(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kBulkInputSchema, body, web::Use::create));
  const BulkAction action = *domain::action_from(body.find("action")->text());
  CO_TRY_ASSIGN(std::string request, kept_request(action, body, context.services.clock.now()));
  const auto dry = body.find("dryRun");
  if (!dry || !dry->boolean()) co_return co_await run_operation(context, action, std::move(request), std::nullopt);
  const Time now = context.services.clock.now();
  Operation operation{.user = context.who().user,
                      .action = action,
                      .completed = true,
                      .request = std::move(request),
                      .position = std::numeric_limits<std::int64_t>::max(),
                      .created_at = now,
                      .finished_at = now};
  auto look = [&](db::Connection& connection) { return count_matched(connection, context.services, operation); };
  CO_TRY_ASSIGN(const Matched matched, co_await context.services.database.read(look, db::ReadKind::long_read));
  operation.matched = matched.rows;
  co_return present(operation);
}

Task<Answer> get(Context& context) { co_return co_await operation_response(context, context.path_value(0)); }

Task<Answer> undo(Context& context) {
  CO_TRY_ASSIGN(const Operation found, co_await find_operation(context, context.path_value(0)));
  if (found.action == BulkAction::purge) co_return fail(ErrorCode::gone, "What was purged cannot come back.");
  if (found.action == BulkAction::undo) {
    co_return fail(ErrorCode::version_conflict, "An undo cannot be undone. Do again what it undid.");
  }
  std::string request = fmt::format(R"({{"undo":"{}"}})", domain::action_name(found.action));
  co_return co_await run_operation(context, BulkAction::undo, std::move(request), found.rid);
}

}  // namespace

constinit const web::Schema kBulkInputSchema = {
    .name = "BulkInput", .doc = "What to do, to what: `ids`, `filter` or `olderThanDays`.", .fields = kInputFields};
constinit const web::Schema kBulkOperationSchema = {
    .name = "BulkOperation", .doc = "Bulk work and how far it has come.", .fields = kOperationFields};

Task<Result<Operation>> start_operation(Context& context, BulkAction action, std::string request,
                                        std::optional<std::int64_t> undoes) {
  web::Services& services = context.services;
  const std::int64_t rid = services.rids.next();
  // What comes later has a higher rid, so it is not part of this. An undo goes upwards.
  Operation operation{.rid = rid,
                      .id = services.uuids.make(),
                      .user = context.who().user,
                      .user_id = context.who().user_id,
                      .action = action,
                      .request = std::move(request),
                      .undoes = undoes,
                      .position = undoes ? 0 : rid,
                      .created_at = services.clock.now()};
  auto count = [&](db::Connection& connection) { return count_matched(connection, services, operation); };
  CO_TRY_ASSIGN(const Matched matched, co_await services.database.read(count, db::ReadKind::long_read));
  operation.matched = matched.rows;
  if (matched.matching == domain::Matching::substrings) {
    operation.request.pop_back();
    operation.request += R"(,"substrings":true})";
  }
  auto create = [&](db::Transaction& tx) {
    domain::Mutation mutation(tx, context.who(), context.key(), operation.created_at);
    return domain::create_operation(mutation, operation);
  };
  CO_TRY_ASSIGN(context.replay, co_await services.database.write(create));
  context.settled = true;
  if (context.replay) co_return co_await find_operation(context, context.replay->object_id);
  co_return co_await work_on(services, std::move(operation));
}

Task<Answer> run_operation(Context& context, BulkAction action, std::string request,
                           std::optional<std::int64_t> undoes) {
  CO_TRY_ASSIGN(const Operation now, co_await start_operation(context, action, std::move(request), undoes));
  co_return present(now);
}

Task<Answer> operation_response(Context& context, std::string id) {
  CO_TRY_ASSIGN(const Operation found, co_await find_operation(context, std::move(id)));
  co_return present(found);
}

void add_bulk_routes(web::Routes& routes) {
  using http::Method;
  const std::vector<http::ResponseDoc> answers = {
      {200, "It is completed.", "BulkOperation", "application/json", {"Idempotency-Replayed"}},
      {202, "It goes on in the background.", "BulkOperation", "application/json", {"Idempotency-Replayed"}}};
  routes.add({.method = Method::post,
              .pattern = "/v1/bulk",
              .operation = "createBulkOperation",
              .summary = "Does one thing to many generations and assets.",
              .tag = "bulk",
              .scope = http::Scope::write,
              .body = {.kind = http::BodyKind::json, .max_bytes = kBulkBody, .schema = "BulkInput"},
              .responses = answers,
              .mutation = true},
             bulk);
  routes.add({.method = Method::get,
              .pattern = "/v1/bulk/:operation",
              .operation = "getBulkOperation",
              .summary = "How far bulk work has come.",
              .tag = "bulk",
              .scope = http::Scope::read,
              .responses = {{200, "It is completed.", "BulkOperation"}, {202, "It is at work.", "BulkOperation"}}},
             get);
  std::vector<http::ResponseDoc> undo_answers = answers;
  undo_answers.push_back({410, "What was purged cannot come back.", "Error"});
  routes.add({.method = Method::post,
              .pattern = "/v1/bulk/:operation/undo",
              .operation = "undoBulkOperation",
              .summary = "Takes back what it has changed and nobody has changed since. A purge stays.",
              .tag = "bulk",
              .scope = http::Scope::write,
              .responses = undo_answers,
              .mutation = true},
             undo);
}

}  // namespace medialith::api
