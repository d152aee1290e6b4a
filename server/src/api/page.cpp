#include "api/page.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "http/uri.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void read_limit(const web::Context& context, PageRequest& page, std::vector<FieldError>& errors) {
  const auto sent = context.request.query_value("limit");
  if (!sent) return;
  const auto limit = parse_integer(*sent);
  if (!limit || *limit < 1 || *limit > kPageMax) {
    errors.push_back({"limit", "out_of_range", "This must be a whole number from 1 to 100."});
  } else {
    page.limit = *limit;
  }
}

void read_sort(const web::Context& context, PageRequest& page, std::vector<FieldError>& errors) {
  const auto sent = context.request.query_value("sort");
  if (!sent || *sent == "-createdAt") return;
  if (*sent == "createdAt") {
    page.order = domain::Order::oldest_first;
  } else {
    errors.push_back({"sort", "not_allowed", "This must be `createdAt` or `-createdAt`."});
  }
}

void read_sign(const web::Context& context, PageRequest& page, std::vector<FieldError>& errors) {
  const auto sent = context.request.query_value("sign");
  if (!sent) return;
  const auto seconds = parse_integer(*sent);
  const auto until = seconds ? expiry_after(context, "sign", *seconds)
                             : Result<std::int64_t>(fail(web::invalid("sign", "wrong_type", "This must be seconds.")));
  if (until) {
    page.sign_until_s = *until;
  } else {
    errors.push_back(until.error().fields.front());
  }
}

void read_time(const web::Context& context, std::string_view name, std::optional<Time>& time,
               std::vector<FieldError>& errors) {
  const auto sent = context.request.query_value(name);
  if (!sent) return;
  const auto parsed = parse_iso8601(*sent);
  if (parsed) {
    time = *parsed;
  } else {
    errors.push_back({std::string(name), "not_a_time", "This must be a time such as 2026-01-31T12:00:00.000Z."});
  }
}

}  // namespace

PageRequest read_page_request(const web::Context& context, std::string_view list, std::vector<FieldError>& errors) {
  PageRequest page;
  read_limit(context, page, errors);
  read_sort(context, page, errors);
  read_sign(context, page, errors);
  read_time(context, "createdAfter", page.created_after, errors);
  read_time(context, "createdBefore", page.created_before, errors);
  page.list = fmt::format("{} {}", list, page.order == domain::Order::newest_first ? "newest" : "oldest");
  return page;
}

Result<void> finish_page_request(const web::Context& context, PageRequest& page, std::vector<FieldError> errors) {
  if (!errors.empty()) return fail(web::invalid(std::move(errors)));
  const auto cursor = context.request.query_value("cursor");
  if (!cursor) return {};
  TRY_ASSIGN(page.after_rid, context.services.cursors.open(page.list, *cursor));
  return {};
}

bool any_text(std::string_view text) { return !text.empty() && text.size() <= 1024; }

std::vector<std::string> read_filter(const web::Context& context, std::string_view name,
                                     bool (*valid)(std::string_view), std::vector<FieldError>& errors) {
  constexpr std::size_t kMaxValues = 50;
  std::vector<std::string> values;
  for (const http::QueryParameter& parameter : context.request.query) {
    if (parameter.name != name) continue;
    if (!valid(parameter.value)) {
      errors.push_back({std::string(name), "not_allowed", fmt::format("This is no value of `{}`.", name)});
      return {};
    }
    values.push_back(parameter.value);
  }
  if (values.size() > kMaxValues) errors.push_back({std::string(name), "too_many", "At most 50 values are allowed."});
  return values;
}

Result<std::int64_t> expiry_after(const web::Context& context, std::string_view parameter, std::int64_t seconds) {
  if (seconds < 1 || seconds > std::chrono::seconds(web::kUrlMaxLife).count()) {
    return fail(web::invalid(parameter, "out_of_range", "This must be from 1 to 604800 seconds (7 days)."));
  }
  return context.services.clock.now().ms / 1000 + seconds;
}

std::vector<http::Parameter> page_parameters(std::vector<http::Parameter> filters) {
  std::vector<http::Parameter> parameters = {
      {"limit", "query", "integer", "Items on a page, 1 to 100; default 50."},
      {"cursor", "query", "string", "`nextCursor` of the page before."},
      {"sort", "query", "string", "`-createdAt` (default, newest first) or `createdAt`."},
      {"sign", "query", "integer", "Seconds, up to 7 days: fills URLs that anyone may use until then."},
      {"createdAfter", "query", "date-time", "From this moment on."},
      {"createdBefore", "query", "date-time", "Before this moment."},
  };
  parameters.insert(parameters.end(), filters.begin(), filters.end());
  return parameters;
}

http::Response page_response(const web::Context& context, const PageRequest& page, std::string items,
                             std::optional<std::int64_t> last_rid) {
  std::string link;
  if (last_rid) {
    const std::string cursor = context.services.cursors.seal(page.list, *last_rid);
    items += R"(],"nextCursor":")" + cursor + "\"}";
    std::string query = "cursor=" + cursor;
    for (const http::QueryParameter& parameter : context.request.query) {
      if (parameter.name == "cursor" || parameter.name == "userId") continue;
      query += '&' + http::percent_encode(parameter.name) + '=' + http::percent_encode(parameter.value);
    }
    link = fmt::format("<{}{}?{}>; rel=\"next\"", context.services.settings.base_path, context.request.path, query);
  } else {
    items += R"(],"nextCursor":null})";
  }
  http::Response response = web::json_response(200, std::move(items));
  if (!link.empty()) response.headers.set("Link", link);
  return response;
}

}  // namespace medialith::api
