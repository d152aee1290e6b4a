#include "api/trash.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/bulk.hpp"
#include "api/page.hpp"
#include "domain/trashed.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

constexpr std::string_view kList = "trash";

/// What a page shows, as JSON, by rid.
struct Things {
  std::unordered_map<std::int64_t, std::string> generations;
  std::unordered_map<std::int64_t, std::string> assets;
};

/// Two statements, whatever the page's size.
Result<Things> read_things(db::Connection& connection, const Context& context,
                           std::span<const domain::Trashed> trashed) {
  std::vector<std::int64_t> generations;
  std::vector<std::int64_t> assets;
  for (const domain::Trashed& item : trashed) (item.generation ? generations : assets).push_back(item.rid);
  // In the order of their rids they are read by one statement.
  std::ranges::sort(generations);
  std::ranges::sort(assets);
  Things things;
  TRY(domain::read_generations(connection, generations, domain::ListView::summary,
                               [&](const domain::GenerationView& generation) {
                                 std::string& text = things.generations[generation.rid.value];
                                 json::Writer out(text);
                                 begin_generation(out, generation);
                                 finish_generation(text, "");
                               }));
  const UrlMode urls{context.services, std::nullopt};
  TRY(domain::read_assets(connection, assets, [&](const domain::AssetView& asset) {
    json::Writer out(things.assets[asset.rid.value]);
    write_asset(out, asset, urls);
  }));
  return things;
}

void write_item(std::string& items, const domain::Trashed& trashed, const Things& things,
                std::chrono::milliseconds retention) {
  json::Writer out(items);
  out.begin_object();
  out.key("kind").string(trashed.generation ? "generation" : "asset");
  out.key("deletedAt").time(trashed.deleted_at);
  out.key("purgeAt").time({trashed.deleted_at.ms + retention.count()});
  out.key(trashed.generation ? "generation" : "asset");
  out.raw((trashed.generation ? things.generations : things.assets).at(trashed.rid));
  out.end_object();
}

struct Page {
  std::string items = R"({"items":[)";
  std::optional<domain::Position> last;
};

Result<Page> read_page(db::Connection& connection, const Context& context, const std::optional<domain::Position>& after,
                       std::int64_t limit) {
  TRY_ASSIGN(const auto trashed, domain::list_trash(connection, context.who().user, after, limit + 1));
  const auto shown = std::span(trashed).first(std::min(trashed.size(), static_cast<std::size_t>(limit)));
  TRY_ASSIGN(const Things things, read_things(connection, context, shown));
  Page page;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i > 0) page.items += ',';
    write_item(page.items, trashed[i], things, context.services.settings.trash_retention);
    const bool more = i + 1 < trashed.size();
    const bool full = page.items.size() > kPageBytes || std::cmp_equal(i + 1, limit);
    if (!more || !full) continue;
    page.last = domain::Position{.rid = trashed[i].rid, .key = static_cast<double>(trashed[i].deleted_at.ms)};
    break;
  }
  return page;
}

Task<Answer> list(Context& context) {
  std::vector<FieldError> errors;
  const std::int64_t limit = read_limit(context, errors);
  if (!errors.empty()) co_return fail(web::invalid(std::move(errors)));
  std::optional<domain::Position> after;
  if (const auto cursor = context.request.query_value("cursor")) {
    CO_TRY_ASSIGN(after, context.services.cursors.open(kList, *cursor));
  }
  auto look = [&](db::Connection& connection) { return read_page(connection, context, after, limit); };
  CO_TRY_ASSIGN(Page page, co_await context.services.database.read(look));
  co_return page_response(context, kList, std::move(page.items), page.last);
}

Task<Answer> purge_all(Context& context) {
  co_return co_await run_operation(context, domain::BulkAction::purge, R"({"trash":true})", std::nullopt);
}

}  // namespace

const http::Parameter kPermanent{"permanent", "query", "boolean",
                                 "true: removes it now, also from the trash. Nothing brings it back."};

Result<bool> is_permanent(const web::Context& context) {
  const auto sent = context.request.query_value("permanent");
  if (!sent || *sent == "false") return false;
  if (*sent == "true") return true;
  return fail(web::invalid("permanent", "wrong_type", "This must be true or false."));
}

void add_trash_routes(web::Routes& routes) {
  using http::Method;
  routes.add({.method = Method::get,
              .pattern = "/v1/trash",
              .operation = "listTrash",
              .summary = "What was deleted, last first, and when its time there is over.",
              .tag = "trash",
              .scope = http::Scope::read,
              .parameters = {{"limit", "query", "integer", "Items on a page, 1 to 100; default 50."},
                             {"cursor", "query", "string", "`nextCursor` of the page before."}},
              .responses = {{200, "A page.", "TrashPage", "application/json", {"Link"}}}},
             list);
  routes.add({.method = Method::delete_,
              .pattern = "/v1/trash",
              .operation = "purgeTrash",
              .summary = "Removes for good what lies in the trash now. Nothing brings it back.",
              .tag = "trash",
              .scope = http::Scope::write,
              .responses = {{200, "It is empty.", "BulkOperation", "application/json", {"Idempotency-Replayed"}},
                            {202,
                             "It is being emptied in the background.",
                             "BulkOperation",
                             "application/json",
                             {"Idempotency-Replayed"}}},
              .mutation = true},
             purge_all);
}

}  // namespace medialith::api
