#include "api/assets.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "api/asset_content.hpp"
#include "api/mutate.hpp"
#include "api/page.hpp"
#include "api/present.hpp"
#include "api/trash.hpp"
#include "domain/assets.hpp"
#include "domain/trashed.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

std::unexpected<Error> not_found() { return fail(ErrorCode::not_found, "There is no such asset."); }

constexpr std::array kSorts = {SortName{"createdAt", domain::Sort::created},
                               SortName{"updatedAt", domain::Sort::updated},
                               SortName{"duration", domain::Sort::duration}, SortName{"size", domain::Sort::size}};

// ---- read ---------------------------------------------------------------------------------------------------------

struct Page {
  domain::Hits hits;
  std::string items = R"({"items":[)";
  std::size_t count = 0;
};

Result<Page> read_page(db::Connection& connection, const Context& context, const PageRequest& request) {
  const db::sqlite::Tokenizer& tokenizer = context.services.tokenizer;
  const UrlMode urls{context.services, request.sign_until_s};
  Page page;
  TRY_ASSIGN(page.hits, domain::search_assets(connection, {tokenizer, context.services.texts}, context.who().user,
                                              request.search));
  domain::Highlighter highlighter(tokenizer, request.search.words, page.hits.matching);
  TRY(domain::read_assets(connection, rids_of(page.hits), [&](const domain::AssetView& asset) {
    if (static_cast<std::int64_t>(page.count) == request.limit || page.items.size() > kPageBytes) return;
    if (page.count++ > 0) page.items += ',';
    json::Writer out(page.items);
    write_asset(out, asset, urls);
    if (request.search.words.empty()) return;
    page.items.pop_back();
    page.items += fmt::format(R"(,"highlights":{}}})", highlights_of(highlighter, asset));
  }));
  return page;
}

Task<Answer> list(Context& context) {
  CO_TRY_ASSIGN(const PageRequest request, read_page_request(context, "assets", kSorts, {}));
  auto look = [&](db::Connection& connection) { return read_page(connection, context, request); };
  CO_TRY_ASSIGN(Page page, co_await context.services.database.read(look, read_kind(request.search)));
  std::optional<domain::Position> last;
  if (page.count < page.hits.rows.size()) last = page.hits.rows[page.count - 1];
  co_return page_response(context, list_of(request, page.hits.matching), std::move(page.items), last);
}

Task<Answer> get(Context& context) {
  co_return co_await asset_response(context, context.path_value(0), 200, Duplicate::no);
}

/// The error of a change made from a version that is no longer the current one, with the current document.
Task<Answer> stale(Context& context, const std::string& id) {
  const UrlMode urls{context.services, std::nullopt};
  std::string current;
  auto look = [&](db::Connection& connection) {
    current.clear();
    return domain::find_asset(connection, context.who().user, id, [&](const domain::AssetView& asset) {
      json::Writer out(current);
      write_asset(out, asset, urls);
    });
  };
  CO_TRY_ASSIGN(const bool found, co_await context.services.database.read(look));
  if (!found) co_return not_found();
  Error error = make_error(ErrorCode::precondition_failed, "The asset has been changed since the version you named.");
  error.details_json = R"({"current":)" + current + "}";
  co_return fail(std::move(error));
}

// ---- change -------------------------------------------------------------------------------------------------------

Task<Answer> trash(Context& context) {
  const std::string& id = context.path_value(0);
  CO_TRY_ASSIGN(const auto wanted, web::if_match_version(context.request));
  CO_TRY_ASSIGN(const bool permanent, is_permanent(context));
  auto change = [&](domain::Mutation& mutation) {
    return permanent ? domain::purge_asset(mutation, id, wanted) : domain::trash_asset(mutation, id, wanted);
  };
  const auto done = co_await mutate(context, change);
  if (!done && done.error().code == ErrorCode::version_conflict) co_return co_await stale(context, id);
  CO_TRY(done);
  co_return web::no_content();
}

Task<Answer> restore(Context& context) {
  const std::string& id = context.path_value(0);
  auto change = [&](domain::Mutation& mutation) { return domain::restore_asset(mutation, id); };
  CO_TRY(co_await mutate(context, change));
  co_return co_await asset_response(context, id, 200, Duplicate::no);
}

// ---- signed URLs --------------------------------------------------------------------------------------------------

constexpr web::Field kUrlInputFields[] = {
    {.name = "expiresIn",
     .type = web::Type::integer,
     .doc = "Seconds, up to 7 days; default: 1 to 2 hours.",
     .min = 1,
     .max = 604'800},
    {.name = "download", .type = web::Type::boolean, .doc = "Served as attachment."},
};
constexpr web::Field kUrlFields[] = {
    {.name = "url", .doc = "Anyone who has it may read the bytes until it expires."},
    {.name = "expiresAt", .type = web::Type::date_time, .doc = "When it expires."},
};

Task<Answer> make_url(Context& context) {
  const json::View body = context.body->root();
  CO_TRY(web::check(kUrlInputSchema, body, web::Use::create));
  web::SignedClaims claims{.expires_s = web::default_expiry_s(context.services.clock.now())};
  if (const auto seconds = body.find("expiresIn")) {
    CO_TRY_ASSIGN(claims.expires_s, expiry_after(context, "expiresIn", seconds->integer().value_or(0)));
  }
  if (const auto download = body.find("download")) claims.download = download->boolean();
  const std::string& id = context.path_value(0);
  auto look = [&](db::Connection& connection) {
    return domain::find_asset(connection, context.who().user, id,
                              [&](const domain::AssetView& asset) { claims.epoch = asset.url_epoch; });
  };
  CO_TRY_ASSIGN(const bool found, co_await context.services.database.read(look));
  if (!found) co_return not_found();
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("url").string(signed_content_url(context.services, id, claims));
  out.key("expiresAt").time({claims.expires_s * 1000});
  out.end_object();
  co_return web::json_response(200, std::move(text));
}

}  // namespace

constinit const web::Schema kUrlInputSchema = {
    .name = "SignedUrlInput", .doc = "How long the link lives.", .fields = kUrlInputFields};
constinit const web::Schema kUrlSchema = {
    .name = "SignedUrl", .doc = "A link to an asset's bytes.", .fields = kUrlFields};

Task<Answer> asset_response(Context& context, std::string id, int status, Duplicate duplicate) {
  const UrlMode urls{context.services, std::nullopt};
  // A retry is answered with what its first try made, wherever that lies now.
  const domain::Trash trash = context.replay ? domain::Trash::include : domain::Trash::exclude;
  std::string text;
  std::int64_t version = 0;
  auto look = [&](db::Connection& connection) {
    text.clear();
    const auto on_asset = [&](const domain::AssetView& asset) {
      version = asset.version;
      json::Writer out(text);
      write_asset(out, asset, urls);
    };
    return domain::find_asset(connection, context.who().user, id, on_asset, trash);
  };
  CO_TRY_ASSIGN(const bool found, co_await context.services.database.read(look));
  if (!found) co_return not_found();
  if (duplicate == Duplicate::yes) {
    text.pop_back();
    text += R"(,"duplicate":true})";
  }
  CO_TRY_ASSIGN(http::Response response, web::versioned_response(context.request, status, std::move(text), version));
  if (status == 201) response.headers.set("Location", context.services.settings.base_path + "/v1/assets/" + id);
  co_return response;
}

namespace {

void add_reading(web::Routes& routes, blob::BlobStore& blobs) {
  using http::Method;
  routes.add({.method = Method::get,
              .pattern = "/v1/assets",
              .operation = "listAssets",
              .summary = "Lists media files, newest first.",
              .tag = "assets",
              .scope = http::Scope::read,
              .parameters = page_parameters(
                  "`-createdAt` (default, newest first), `createdAt`, `updatedAt`, `duration`, `size`; with `-` they "
                  "descend. With `q` also `relevance`. By duration, size or relevance a list has 1 000 items.",
                  {}),
              .responses = {{200, "A page.", "AssetPage", "application/json", {"Link"}}}},
             list);
  routes.add({.method = Method::get,
              .pattern = "/v1/assets/:id",
              .operation = "getAsset",
              .summary = "What is known of one media file.",
              .tag = "assets",
              .scope = http::Scope::read,
              .parameters = {{"If-None-Match", "header", "string", "The ETag seen: 304 while it is still the one."}},
              .responses = {{200, "The asset.", "Asset", "application/json", {"ETag"}},
                            {304, "Not changed since the ETag sent.", "", "application/json", {"ETag"}}}},
             get);
  routes.add(
      {.method = Method::get,
       .pattern = "/v1/assets/:id/content",
       .operation = "getAssetContent",
       .summary = "The bytes: with a login or key, or by a signed URL.",
       .tag = "assets",
       .access = http::Access::signed_url,
       .scope = http::Scope::read,
       .parameters = {{"download", "query", "boolean", "Served as attachment."},
                      {"exp", "query", "integer", "Of a signed URL."},
                      {"epoch", "query", "integer", "Of a signed URL."},
                      {"sig", "query", "string", "Of a signed URL."},
                      {"Range", "header", "string", "`bytes=…`: one range; several are answered with all."},
                      {"If-Range", "header", "string", "The ETag seen: all the bytes when it is another now."},
                      {"If-None-Match", "header", "string", "The ETag seen: 304 while it is still the one."}},
       .responses =
           {{200, "The bytes.", "", "*/*", {"Accept-Ranges", "Content-Disposition", "ETag"}},
            {302, "The bytes are read from the store itself.", "", "*/*", {"Location"}},
            {206, "The range asked for.", "", "*/*", {"Accept-Ranges", "Content-Disposition", "Content-Range", "ETag"}},
            {304,
             "Not changed since the ETag sent.",
             "",
             "application/json",
             {"Accept-Ranges", "Content-Disposition", "ETag"}},
            {401, "Neither signed in nor a signed URL."},
            {416, "The range lies outside the file.", "", "application/json", {"Content-Range"}}}},
      [&blobs](Context& context) { return asset_content(context, blobs); });
  routes.add({.method = Method::post,
              .pattern = "/v1/assets/:id/url",
              .operation = "createAssetUrl",
              .summary = "A link to the bytes that anyone may use until it expires.",
              .tag = "assets",
              .scope = http::Scope::read,
              .body = {.kind = http::BodyKind::json, .max_bytes = 1 << 16, .schema = "SignedUrlInput"},
              .responses = {{200, "The link.", "SignedUrl"}}},
             make_url);
}

void add_changing(web::Routes& routes) {
  using http::Method;
  routes.add({.method = Method::delete_,
              .pattern = "/v1/assets/:id",
              .operation = "deleteAsset",
              .summary = "Moves it into the trash.",
              .tag = "assets",
              .scope = http::Scope::write,
              .parameters = {{"If-Match", "header", "string", "The ETag seen: another version is 412."}, kPermanent},
              .responses = {{204, "In the trash, or gone.", "", "application/json", {"Idempotency-Replayed"}}},
              .mutation = true},
             trash);
  routes.add({.method = Method::post,
              .pattern = "/v1/assets/:id/restore",
              .operation = "restoreAsset",
              .summary = "Takes it out of the trash.",
              .tag = "assets",
              .scope = http::Scope::write,
              .responses = {{200, "The asset.", "Asset", "application/json", {"ETag", "Idempotency-Replayed"}}},
              .mutation = true},
             restore);
}

}  // namespace

void add_asset_routes(web::Routes& routes, blob::BlobStore& blobs) {
  add_reading(routes, blobs);
  add_changing(routes);
}

}  // namespace medialith::api
