#include "api/system.hpp"

#include <utility>

#include <fmt/format.h>

#include "api/account_schemas.hpp"
#include "api/bulk.hpp"
#include "api/jobs.hpp"
#include "api/present.hpp"
#include "http/docs_page.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kConsolePolicy =
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'";

Response text_response(std::string_view type, std::string body) {
  Response response;
  response.headers.set("Content-Type", type);
  response.headers.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

Task<Response> health(Request&) { co_return web::json_response(200, R"({"ok":true})"); }

Task<Response> ready(Request& request, const SystemParts& parts) {
  Error error;
  error.code = ErrorCode::unavailable;
  error.retry_after = std::chrono::seconds(1);
  if (parts.draining()) {
    error.message = "The server is shutting down.";
    co_return web::present_error(error, request);
  }
  const Result<void> database = parts.database.check();
  const auto store = co_await parts.blobs.store_id();
  if (!database || !store || !*store) {
    error.message = database ? "The blob store cannot be read." : "The database cannot be read.";
    co_return web::present_error(error, request);
  }
  co_return web::json_response(200, R"({"ok":true})");
}

/// Figures about the machine and its users' habits: for this machine only. A scraper elsewhere goes through a proxy on
/// it.
Task<Response> metrics(Request& request, const SystemParts& parts) {
  if (!request.peer.loopback || request.headers.find("X-Forwarded-For")) {
    co_return web::present_error(make_error(ErrorCode::not_found, "There is nothing here."), request);
  }
  co_return text_response("text/plain; version=0.0.4; charset=utf-8", parts.metrics.exposition());
}

Task<Response> fixed(std::shared_ptr<const std::string> body, std::string_view type, std::string policy) {
  Response response;
  response.headers.set("Content-Type", type);
  response.headers.set("Cache-Control", "no-cache");
  if (!policy.empty()) response.headers.set("Content-Security-Policy", policy);
  response.body = *body;
  co_return response;
}

Task<Response> console_file(const http::EmbeddedFile* file, Request& request) {
  auto response = http::serve_embedded(*file, request);
  if (!response) co_return web::present_error(response.error(), request);
  response->headers.set("Content-Security-Policy", kConsolePolicy);
  co_return std::move(*response);
}

std::string page_schema(std::string_view item) {
  return fmt::format(R"({{"type":"object","properties":{{"items":{{"type":"array","items":{{"$ref":)"
                     R"("#/components/schemas/{}"}}}},"nextCursor":{{"type":["string","null"],"description":)"
                     R"("`cursor` of the next page; null at the end."}}}},"required":["items","nextCursor"],)"
                     R"("additionalProperties":false}})",
                     item);
}

constexpr const char* kTrashed =
    R"({"type":"object","description":"Something in the trash: `generation` or `asset` says what.","properties":{)"
    R"("kind":{"enum":["generation","asset"]},"deletedAt":{"type":"string","format":"date-time"},)"
    R"("purgeAt":{"type":"string","format":"date-time","description":"When its time is over."},)"
    R"("generation":{"$ref":"#/components/schemas/Generation"},"asset":{"$ref":"#/components/schemas/Asset"}},)"
    R"("required":["kind","deletedAt","purgeAt"],"additionalProperties":false})";
constexpr const char* kFacetValue =
    R"({"type":"object","properties":{"value":{"type":"string"},"count":{"type":"integer","minimum":1}},)"
    R"("required":["value","count"],"additionalProperties":false})";

/// Its keys are the filters' names.
std::string facets_schema() {
  std::string members;
  std::string required;
  for (const std::string_view name :
       {"model", "provider", "category", "status", "favorite", "tag", "lora", "sampler", "type"}) {
    members += fmt::format(R"({}"{}":{{"type":"array","items":{{"$ref":"#/components/schemas/FacetValue"}}}})",
                           members.empty() ? "" : ",", name);
    required += fmt::format(R"({}"{}")", required.empty() ? "" : ",", name);
  }
  return fmt::format(
      R"({{"type":"object","properties":{{"facets":{{"type":"object","properties":{{{}}},"required":[{}],)"
      R"("additionalProperties":false}},"approximate":{{"type":"boolean","description":"Counted over the )"
      R"(newest 1 000 matches of a search, and there are more."}}}},"required":["facets","approximate"],)"
      R"("additionalProperties":false}})",
      members, required);
}

}  // namespace

void add_health_routes(http::Router& router, SystemParts parts) {
  auto shared = std::make_shared<const SystemParts>(std::move(parts));
  router.add({.method = Method::get,
              .pattern = "/healthz",
              .operation = "getHealth",
              .summary = "Whether the process answers.",
              .tag = "operation",
              .access = http::Access::open,
              .responses = {{200, "It does.", "Ok"}},
              .handler = health});
  router.add({.method = Method::get,
              .pattern = "/readyz",
              .operation = "getReadiness",
              .summary = "Whether database and store can be used.",
              .tag = "operation",
              .access = http::Access::open,
              .responses = {{200, "They can.", "Ok"}, {503, "Not now.", "Error"}},
              .handler = [shared](Request& request) { return ready(request, *shared); }});
  router.add({.method = Method::get,
              .pattern = "/metrics",
              .operation = "getMetrics",
              .summary = "Figures for Prometheus; from this machine only.",
              .tag = "operation",
              .access = http::Access::open,
              .responses = {{200, "Prometheus text format.", "", "text/plain; version=0.0.4; charset=utf-8"},
                            {404, "Asked from another machine.", "Error"}},
              .handler = [shared](Request& request) { return metrics(request, *shared); }});
}

std::vector<http::ComponentSchema> component_schemas() {
  using web::As;
  std::vector<http::ComponentSchema> schemas;
  const auto add = [&](const web::Schema& schema, As as) {
    schemas.push_back({std::string(schema.name), web::json_schema(schema, as)});
  };
  add(kGenerationSchema, As::response);
  add(kGenerationInputSchema, As::request);
  add(kGenerationPatchSchema, As::patch);
  add(kGenerationReplacementSchema, As::request);
  add(kAssetSchema, As::response);
  add(kUrlInputSchema, As::request);
  add(kUrlSchema, As::response);
  add(kBulkInputSchema, As::request);
  add(kBulkOperationSchema, As::response);
  for (const web::Schema* schema : account_request_schemas()) add(*schema, As::request);
  for (const web::Schema* schema : account_response_schemas()) add(*schema, As::response);
  add(kJobSchema, As::response);
  schemas.push_back({"GenerationPage", page_schema("Generation")});
  schemas.push_back({"AssetPage", page_schema("Asset")});
  schemas.push_back({"ApiKeyPage", page_schema("ApiKey")});
  schemas.push_back({"TrashPage", page_schema("Trashed")});
  schemas.push_back({"Trashed", kTrashed});
  schemas.push_back({"TagPage", page_schema("FacetValue")});
  schemas.push_back({"FacetValue", kFacetValue});
  schemas.push_back({"Facets", facets_schema()});
  schemas.push_back({"JobPage", page_schema("Job")});
  schemas.push_back({"OpenApi", R"({"type":"object","description":"This document.","required":["openapi","paths"]})"});
  schemas.push_back({"Ok", R"({"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],)"
                           R"("additionalProperties":false})"});
  return schemas;
}

void add_document_routes(http::Router& router, const http::ApiInfo& info) {
  const auto schemas = component_schemas();
  // Both describe themselves too, so the routes are there before the texts are made.
  auto openapi = std::make_shared<std::string>();
  auto docs = std::make_shared<std::string>();
  auto policy = std::make_shared<std::string>();
  router.add({.method = Method::get,
              .pattern = "/openapi.json",
              .operation = "getOpenApi",
              .summary = "This API as an OpenAPI 3.1 document.",
              .tag = "operation",
              .access = http::Access::open,
              .responses = {{200, "The document.", "OpenApi"}},
              .handler = [openapi](Request&) { return fixed(openapi, "application/json", ""); }});
  router.add({.method = Method::get,
              .pattern = "/docs",
              .operation = "getDocs",
              .summary = "This API as a page for people.",
              .tag = "operation",
              .access = http::Access::open,
              .responses = {{200, "The page.", "", "text/html; charset=utf-8"}},
              .handler = [docs, policy](Request&) { return fixed(docs, "text/html; charset=utf-8", *policy); }});
  *openapi = http::openapi_document(router.routes(), schemas, info);
  http::DocsPage page = http::docs_page(router.routes(), schemas, info);
  *docs = std::move(page.html);
  *policy = std::move(page.content_security_policy);
}

void add_console_routes(http::Router& router, std::span<const http::EmbeddedFile> files) {
  const auto add = [&](std::string_view pattern, const http::EmbeddedFile& file) {
    router.add({.method = Method::get,
                .pattern = pattern,
                .operation = pattern,
                .summary = "A file of the console.",
                .tag = "console",
                .access = http::Access::open,
                .unlisted = true,
                .handler = [&file](Request& request) { return console_file(&file, request); }});
  };
  for (const http::EmbeddedFile& file : files) {
    add(file.path, file);
    if (file.path == "/index.html") add("/", file);
  }
}

}  // namespace medialith::api
