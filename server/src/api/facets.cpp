#include "api/facets.hpp"

#include "api/filter.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

constexpr std::size_t kTags = 1000;

void write_values(json::Writer& out, const std::vector<domain::FacetValue>& values) {
  out.begin_array();
  for (const domain::FacetValue& value : values) {
    out.begin_object();
    out.key("value").string(value.value);
    out.key("count").integer(value.count);
    out.end_object();
  }
  out.end_array();
}

std::string facets_json(const domain::FacetCounts& facets) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("facets").begin_object();
  write_values(out.key("model"), facets.models);
  write_values(out.key("provider"), facets.providers);
  write_values(out.key("category"), facets.categories);
  write_values(out.key("status"), facets.statuses);
  write_values(out.key("favorite"), facets.favorites);
  write_values(out.key("tag"), facets.tags);
  write_values(out.key("lora"), facets.loras);
  write_values(out.key("sampler"), facets.samplers);
  write_values(out.key("type"), facets.kinds);
  out.end_object();
  out.key("approximate").boolean(facets.approximate);
  out.end_object();
  return text;
}

Task<Answer> facets(Context& context) {
  std::vector<FieldError> errors;
  const domain::Filter filter = read_filter(context.request.query, errors);
  const std::vector<std::string> words = read_words(context.request.query);
  if (!errors.empty()) co_return fail(web::invalid(std::move(errors)));
  auto look = [&](db::Connection& connection) {
    return context.services.facets.count(connection, {context.services.tokenizer, context.services.texts},
                                         context.who().user, filter, words);
  };
  std::optional<domain::FacetCounts> counts;
  while (!counts) {
    CO_TRY_ASSIGN(counts, co_await context.services.database.read(look, db::ReadKind::long_read));
  }
  co_return web::json_response(200, facets_json(*counts));
}

Task<Answer> tags(Context& context) {
  auto look = [&](db::Connection& connection) { return context.services.facets.tags(connection, context.who().user); };
  std::optional<std::vector<domain::FacetValue>> values;
  while (!values) {
    CO_TRY_ASSIGN(values, co_await context.services.database.read(look, db::ReadKind::long_read));
  }
  if (values->size() > kTags) values->resize(kTags);
  std::string text = R"({"items":)";
  json::Writer out(text);
  write_values(out, *values);
  text += R"(,"nextCursor":null})";
  co_return web::json_response(200, std::move(text));
}

}  // namespace

void add_facet_routes(web::Routes& routes) {
  using http::Method;
  routes.add(
      {.method = Method::get,
       .pattern = "/v1/facets",
       .operation = "getFacets",
       .summary = "How many generations (by `type`: assets) have what, the most frequent 200 values of each filter.",
       .tag = "generations",
       .scope = http::Scope::read,
       .parameters = filter_parameters(),
       .responses = {{200, "The counts, each as if its own filter were not there.", "Facets"}}},
      facets);
  routes.add({.method = Method::get,
              .pattern = "/v1/tags",
              .operation = "listTags",
              .summary = "The tags in use with how many generations have them, the most frequent 1 000.",
              .tag = "generations",
              .scope = http::Scope::read,
              .responses = {{200, "The tags.", "TagPage"}}},
             tags);
}

}  // namespace medialith::api
