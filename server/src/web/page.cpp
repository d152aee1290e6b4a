#include "web/page.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "http/uri.hpp"
#include "web/filter.hpp"
#include "web/schema.hpp"

namespace medialith::web {
namespace {

void read_sort(const Context& context, std::span<const SortName> sorts, domain::Search& search,
               std::vector<FieldError>& errors) {
  const auto sent = context.request.query_value("sort");
  if (!sent) return;
  if (*sent == "relevance" && !search.words.empty()) {
    search.sort = domain::Sort::relevance;
    return;
  }
  const bool falls = sent->starts_with('-');
  const auto found = std::ranges::find(sorts, sent->substr(falls ? 1 : 0), &SortName::name);
  if (found == sorts.end()) {
    std::string names;
    for (const SortName& sort : sorts) names += fmt::format("`{}`, ", sort.name);
    errors.push_back({"sort", "not_allowed",
                      fmt::format("This must be {}with `-` in front to descend; or, with `q`, `relevance`.", names)});
    return;
  }
  search.sort = found->sort;
  search.order = falls ? domain::Order::newest_first : domain::Order::oldest_first;
}

void read_sign(const Context& context, PageRequest& page, std::vector<FieldError>& errors) {
  const auto sent = context.request.query_value("sign");
  if (!sent) return;
  const auto seconds = parse_integer(*sent);
  const auto until = seconds ? expiry_after(context, "sign", *seconds)
                             : Result<std::int64_t>(fail(invalid("sign", "wrong_type", "This must be seconds.")));
  if (until) {
    page.sign_until_s = *until;
  } else {
    errors.push_back(until.error().fields.front());
  }
}

}  // namespace

std::string list_of(const PageRequest& request, domain::Matching matching) {
  return matching == domain::Matching::substrings ? request.list + " substrings" : request.list;
}

Result<void> open_cursor(const Context& context, PageRequest& page) {
  const auto cursor = context.request.query_value("cursor");
  if (!cursor) return {};
  auto opened = context.services.cursors.open(page.list, *cursor);
  if (!opened && !page.search.words.empty()) {
    page.search.matching = domain::Matching::substrings;
    opened = context.services.cursors.open(list_of(page, domain::Matching::substrings), *cursor);
  }
  TRY_ASSIGN(page.search.after, std::move(opened));
  return {};
}

std::int64_t read_limit(const Context& context, std::vector<FieldError>& errors) {
  const auto sent = context.request.query_value("limit");
  if (!sent) return kPageDefault;
  const auto limit = parse_integer(*sent);
  if (limit && *limit >= 1 && *limit <= kPageMax) return *limit;
  errors.push_back({"limit", "out_of_range", "This must be a whole number from 1 to 100."});
  return kPageDefault;
}

Result<PageRequest> read_page_request(const Context& context, std::string_view list, std::span<const SortName> sorts,
                                      std::vector<FieldError> errors) {
  PageRequest page;
  page.limit = read_limit(context, errors);
  page.search.limit = page.limit + 1;
  page.search.filter = read_filter(context.request.query, errors);
  page.search.words = read_words(context.request.query);
  read_sort(context, sorts, page.search, errors);
  read_sign(context, page, errors);
  if (!errors.empty()) return fail(invalid(std::move(errors)));
  const std::string_view order = page.search.order == domain::Order::newest_first ? "newest" : "oldest";
  page.list = page.search.sort == domain::Sort::created
                  ? fmt::format("{} {}", list, order)
                  : fmt::format("{} {} {}", list, std::to_underlying(page.search.sort), order);
  TRY(open_cursor(context, page));
  return page;
}

Result<std::int64_t> expiry_after(const Context& context, std::string_view parameter, std::int64_t seconds) {
  if (seconds < 1 || seconds > std::chrono::seconds(kUrlMaxLife).count()) {
    return fail(invalid(parameter, "out_of_range", "This must be from 1 to 604800 seconds (7 days)."));
  }
  return context.services.clock.now().ms / 1000 + seconds;
}

std::vector<http::Parameter> page_parameters(std::string_view sorts, std::vector<http::Parameter> own) {
  std::vector<http::Parameter> parameters = {
      {"limit", "query", "integer", "Items on a page, 1 to 100; default 50."},
      {"cursor", "query", "string", "`nextCursor` of the page before."},
      {"sort", "query", "string", sorts},
      {"sign", "query", "integer", "Seconds, up to 7 days: fills URLs that anyone may use until then."},
  };
  parameters.insert(parameters.end(), filter_parameters().begin(), filter_parameters().end());
  parameters.insert(parameters.end(), own.begin(), own.end());
  return parameters;
}

Page finish_page(const Context& context, std::string_view list, std::string items,
                 const std::optional<domain::Position>& last) {
  Page page;
  if (last) {
    const std::string cursor = context.services.cursors.seal(list, *last);
    items += R"(],"nextCursor":")" + cursor + "\"}";
    std::string query = "cursor=" + cursor;
    for (const http::QueryParameter& parameter : context.request.query) {
      if (parameter.name == "cursor" || parameter.name == "userId") continue;
      query += '&' + http::percent_encode(parameter.name) + '=' + http::percent_encode(parameter.value);
    }
    page.link =
        fmt::format("<{}{}?{}>; rel=\"next\"", context.services.settings.base_path, context.request.path, query);
  } else {
    items += R"(],"nextCursor":null})";
  }
  page.body = std::make_shared<const std::string>(std::move(items));
  return page;
}

http::Response page_response(const Page& page) {
  http::Response response = json_response(200, {});
  response.body = page.body;
  if (!page.link.empty()) response.headers.set("Link", page.link);
  return response;
}

http::Response page_response(const Context& context, std::string_view list, std::string items,
                             const std::optional<domain::Position>& last) {
  return page_response(finish_page(context, list, std::move(items), last));
}

}  // namespace medialith::web
