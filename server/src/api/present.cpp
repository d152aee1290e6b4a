#include "api/present.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "web/members.hpp"

namespace medialith::api {
namespace {

using web::integer_or_null;
using web::text_or_null;
using web::time_or_null;

// "2.1" for 2 100 ms: the text that Writer::number() gives, without a search for the shortest one. From some 28 hours
// on that may be one with an exponent.
void seconds(json::Writer& out, std::int64_t ms) {
  constexpr std::int64_t kLongest = 100'000'000;
  if (ms < 0 || ms >= kLongest) {
    out.number(static_cast<double>(ms) / 1000);
    return;
  }
  std::array<char, 16> text;
  char* end = std::to_chars(text.data(), text.data() + text.size(), ms / 1000).ptr;
  if (const std::int64_t rest = ms % 1000; rest != 0) {
    *end++ = '.';
    for (const std::int64_t unit : {100, 10, 1}) *end++ = static_cast<char>('0' + rest / unit % 10);
    while (end[-1] == '0') --end;
  }
  out.raw({text.data(), end});
}

void seconds_or_null(json::Writer& out, std::optional<std::int64_t> ms) {
  out.key("duration");
  ms ? seconds(out, *ms) : static_cast<void>(out.null());
}

void time(json::Writer& out, std::string_view key, Time value) { out.key(key).time(value); }

void raw_if_there(json::Writer& out, std::string_view key, std::optional<std::string_view> json) {
  if (json) out.key(key).raw(*json);
}

void write_ranges(json::Writer& out, std::string_view member, const std::vector<domain::Range>& ranges) {
  if (ranges.empty()) return;
  out.key(member).begin_array();
  for (const domain::Range& range : ranges) out.begin_array().integer(range.begin).integer(range.end).end_array();
  out.end_array();
}

}  // namespace

void write_asset(json::Writer& out, const domain::AssetView& asset, const web::UrlMode& urls) {
  out.begin_object();
  out.key("id").string(asset.id);
  text_or_null(out, "generationId", asset.generation_id);
  out.key("kind").string(asset.kind);
  out.key("state").string(asset.state);
  out.key("visibility").string(asset.visibility);
  text_or_null(out, "filename", asset.filename);
  out.key("contentType").string(asset.content_type);
  integer_or_null(out, "size", asset.size);
  out.key("sha256");
  asset.sha256.empty() ? out.null() : out.string(to_hex(asset.sha256));
  integer_or_null(out, "width", asset.width);
  integer_or_null(out, "height", asset.height);
  seconds_or_null(out, asset.duration_ms);
  out.key("url").string(web::content_url(urls, asset.id, asset.url_epoch));
  text_or_null(out, "externalUrl", asset.external_url);
  out.key("version").integer(asset.version);
  time(out, "createdAt", domain::created_at(asset.rid.value));
  time(out, "updatedAt", asset.updated_at);
  time_or_null(out, "deletedAt", asset.deleted_at);
  out.end_object();
}

void begin_generation(json::Writer& out, const domain::GenerationView& g) {
  out.begin_object();
  out.key("id").string(g.id);
  out.key("modelId").string(g.model_id);
  out.key("modelName").string(g.model_name);
  out.key("provider").string(g.provider);
  out.key("category").string(g.category);
  out.key("prompt").string(g.prompt);
  if (g.prompt_cut) out.key("promptTruncated").boolean(true);
  raw_if_there(out, "inputParams", g.input_params);
  raw_if_there(out, "metadata", g.metadata);
  raw_if_there(out, "result", g.result);
  out.key("recipe");
  g.recipe ? out.raw(*g.recipe) : out.null();
  out.key("status").string(g.status);
  text_or_null(out, "error", g.error);
  seconds_or_null(out, g.duration_ms);
  out.key("cost");
  if (g.cost_amount) {
    out.begin_object();
    out.key("amount").string(*g.cost_amount);
    out.key("currency").string(g.cost_currency.value_or(""));
    out.end_object();
  } else {
    out.null();
  }
  out.key("favorite").boolean(g.favorite);
  integer_or_null(out, "rating", g.rating);
  out.key("tags").raw(g.tags);
  out.key("version").integer(g.version);
  time(out, "createdAt", domain::created_at(g.rid.value));
  time(out, "updatedAt", g.updated_at);
  time_or_null(out, "deletedAt", g.deleted_at);
}

std::size_t finish_generation(std::string& out, std::string_view assets, std::string_view highlights) {
  out += R"(,"assets":[)";
  const std::size_t begin = out.size();
  out += assets;
  out += ']';
  if (!highlights.empty()) out += fmt::format(R"(,"highlights":{})", highlights);
  out += '}';
  return begin;
}

web::GenerationShape native_shape(web::UrlMode urls, domain::ListView view) {
  return {.view = view,
          .generation =
              [](std::string& out, const domain::GenerationView& generation, domain::Highlighter* highlighter) {
                json::Writer writer(out);
                begin_generation(writer, generation);
                return finish_generation(out, "", highlighter ? highlights_of(*highlighter, generation) : "");
              },
          .asset = [urls](json::Writer& out, const domain::AssetView& asset) { write_asset(out, asset, urls); }};
}

std::string highlights_of(domain::Highlighter& highlighter, const domain::GenerationView& g) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_ranges(out, "prompt", highlighter.ranges(g.prompt));
  write_ranges(out, "modelId", highlighter.ranges(g.model_id));
  write_ranges(out, "modelName", highlighter.ranges(g.model_name));
  write_ranges(out, "category", highlighter.ranges(g.category));
  write_ranges(out, "provider", highlighter.ranges(g.provider));
  out.end_object();
  return text;
}

std::string highlights_of(domain::Highlighter& highlighter, const domain::AssetView& asset) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_ranges(out, "filename", highlighter.ranges(asset.filename.value_or("")));
  write_ranges(out, "kind", highlighter.ranges(asset.kind));
  write_ranges(out, "contentType", highlighter.ranges(asset.content_type));
  out.end_object();
  return text;
}

}  // namespace medialith::api
