#include "compat/fumi_request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "web/filter.hpp"
#include "web/schema.hpp"

namespace medialith::compat {
namespace {

struct Name {
  std::string_view here;
  std::string_view native;
};
constexpr std::array kFilters = {Name{"modelId", "model"}, Name{"category", "category"}, Name{"provider", "provider"},
                                 Name{"from", "createdAfter"}, Name{"to", "createdBefore"}};

domain::Filter read_filter(const http::Request& request, std::vector<FieldError>& errors) {
  std::vector<http::QueryParameter> named;
  for (const http::QueryParameter& sent : request.query) {
    const auto* known = std::ranges::find(kFilters, sent.name, &Name::here);
    if (known != kFilters.end()) named.push_back({std::string(known->native), sent.value});
  }
  std::vector<FieldError> found;
  domain::Filter filter = web::read_filter(named, found);
  for (FieldError& error : found) {
    error.path = std::ranges::find(kFilters, error.path, &Name::native)->here;
    errors.push_back(std::move(error));
  }
  // Both ends of a range are in it (S0-43).
  if (filter.created_before) filter.created_before = Time{filter.created_before->ms + 1};
  return filter;
}

}  // namespace

Result<HistoryRequest> read_history_request(const web::Context& context, Words words) {
  std::vector<FieldError> errors;
  HistoryRequest request;
  web::PageRequest& page = request.page;
  page.list = "history";
  page.limit = web::read_limit(context, errors);
  page.search.limit = page.limit + 1;
  page.search.filter = read_filter(context.request, errors);
  if (words == Words::searched) page.search.words = web::read_words(context.request.query);
  if (!errors.empty()) return fail(web::invalid(std::move(errors)));
  const auto opened = web::open_cursor(context, page);
  if (opened) return request;
  // Not one of ours: then an item's id, which names its place as long as anything remembers it.
  const auto cursor = context.request.query_value("cursor");
  if (!cursor || !is_valid_client_id(*cursor)) return std::unexpected(opened.error());
  page.search.matching = domain::Matching::words;
  request.after_item = *cursor;
  return request;
}

Result<std::string> read_clear_request(const web::Context& context) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("filter").begin_object();
  if (const auto sent = context.request.query_value("olderThanDays")) {
    const auto days = parse_integer(*sent);
    if (!days || *days < 0 || *days > kMaxDays) {
      return fail(web::invalid("olderThanDays", "out_of_range", "This must be a whole number from 0 to 36500."));
    }
    const std::chrono::milliseconds age = std::chrono::days(*days);
    out.key("createdBefore").time({context.services.clock.now().ms - age.count()});
  }
  out.end_object().end_object();
  return text;
}

std::vector<http::Parameter> history_parameters(Words words) {
  std::vector<http::Parameter> parameters = {
      {"limit", "query", "integer", "Items on a page, 1 to 100; default 50."},
      {"cursor", "query", "string", "`nextCursor` of the page before, or the id of its last item."},
      {"modelId", "query", "string", "Only of this model.", true},
      {"category", "query", "string", "Only of this category.", true},
      {"provider", "query", "string", "Only of this provider.", true},
      {"from", "query", "date-time", "From this moment on."},
      {"to", "query", "date-time", "Up to this moment, which is in the range."},
  };
  if (words == Words::searched) {
    parameters.push_back(
        {"q", "query", "string", "Words that must all be there, or parts of them. Blank: everything."});
  }
  return parameters;
}

}  // namespace medialith::compat
