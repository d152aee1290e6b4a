#include "api/usage.hpp"

#include <cmath>
#include <utility>

#include "domain/usage.hpp"
#include "web/members.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

void write_counts(json::Writer& out, const std::vector<domain::FacetValue>& values) {
  out.begin_object();
  for (const domain::FacetValue& value : values) out.key(value.value).integer(value.count);
  out.end_object();
}

Task<Answer> stats(Context& context) {
  auto look = [&](db::Connection& connection) { return domain::generation_stats(connection, context.who().user); };
  CO_TRY_ASSIGN(const auto found, co_await context.services.database.read(look, db::ReadKind::long_read));
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("totalItems").integer(found.total);
  write_counts(out.key("byCategory"), found.categories);
  write_counts(out.key("byModel"), found.models);
  web::time_or_null(out, "oldestItem", found.oldest);
  web::time_or_null(out, "newestItem", found.newest);
  out.end_object();
  co_return web::json_response(200, std::move(text));
}

/// How much there may be: what the owner of a whole server has and what is free beside it. Of one among many nothing is
/// promised, and the machine is none of their business.
std::optional<std::int64_t> most_bytes(const Context& context, const blob::BlobStore& blobs, std::int64_t bytes) {
  if (context.services.settings.profile != web::Profile::single) return std::nullopt;
  const auto free = blobs.free_bytes();
  if (!free) return std::nullopt;
  return bytes + static_cast<std::int64_t>(*free);
}

/// With two decimals.
double percentage(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return 0;
  return std::round(10'000.0 * static_cast<double>(part) / static_cast<double>(whole)) / 100;
}

Task<Answer> usage(Context& context, const blob::BlobStore& blobs) {
  auto look = [&](db::Connection& connection) { return domain::usage_of(connection, context.who().user); };
  CO_TRY_ASSIGN(const auto found, co_await context.services.database.read(look, db::ReadKind::long_read));
  const auto most = most_bytes(context, blobs, found.bytes);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("itemCount").integer(found.generations);
  out.key("fileCount").integer(found.files);
  out.key("estimatedSize").integer(found.bytes);
  out.key("trashSize").integer(found.trash_bytes);
  out.key("maxItems").null();
  web::integer_or_null(out, "maxSize", most);
  out.key("usagePercentage");
  most ? out.number(percentage(found.bytes, *most)) : out.null();
  out.end_object();
  co_return web::json_response(200, std::move(text));
}

}  // namespace

constinit const char* const kGenerationStatsSchema =
    R"({"type":"object","description":"What there is, the trash left out.","properties":{)"
    R"("totalItems":{"type":"integer","minimum":0},)"
    R"("byCategory":{"type":"object","description":"How many of each category; the most frequent 1 000.",)"
    R"("additionalProperties":{"type":"integer","minimum":1}},)"
    R"("byModel":{"type":"object","description":"How many of each model, by id; the most frequent 1 000.",)"
    R"("additionalProperties":{"type":"integer","minimum":1}},)"
    R"("oldestItem":{"type":["string","null"],"format":"date-time","description":"When the oldest was made."},)"
    R"("newestItem":{"type":["string","null"],"format":"date-time","description":"When the newest was made."}},)"
    R"("required":["totalItems","byCategory","byModel","oldestItem","newestItem"],"additionalProperties":false})";

constinit const char* const kUsageSchema =
    R"({"type":"object","description":"How much is kept.","properties":{)"
    R"("itemCount":{"type":"integer","minimum":0,"description":"Generations, the trash left out."},)"
    R"("fileCount":{"type":"integer","minimum":0,"description":"Files, the trash included."},)"
    R"("estimatedSize":{"type":"integer","minimum":0,"description":"Bytes of all files, the trash included."},)"
    R"("trashSize":{"type":"integer","minimum":0,"description":"Bytes of the files in the trash."},)"
    R"("maxItems":{"type":["integer","null"],"description":"null: there is no limit."},)"
    R"("maxSize":{"type":["integer","null"],"description":"Bytes there is room for. null where that is not known, or )"
    R"(several people share the server."},)"
    R"("usagePercentage":{"type":["number","null"],"description":"`estimatedSize` of `maxSize`, with two decimals."}},)"
    R"("required":["itemCount","fileCount","estimatedSize","trashSize","maxItems","maxSize","usagePercentage"],)"
    R"("additionalProperties":false})";

void add_usage_routes(web::Routes& routes, blob::BlobStore& blobs) {
  using http::Method;
  routes.add({.method = Method::get,
              .pattern = "/v1/generations/stats",
              .operation = "getGenerationStats",
              .summary = "How many generations there are, by category and model, and since when.",
              .tag = "generations",
              .scope = http::Scope::read,
              .responses = {{200, "The counts.", "GenerationStats"}}},
             stats);
  routes.add({.method = Method::get,
              .pattern = "/v1/usage",
              .operation = "getUsage",
              .summary = "How much is kept, and how much there is room for.",
              .tag = "account",
              .scope = http::Scope::read,
              .responses = {{200, "The figures.", "Usage"}}},
             [&blobs](Context& context) { return usage(context, blobs); });
}

}  // namespace medialith::api
