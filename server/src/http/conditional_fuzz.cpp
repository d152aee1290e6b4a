// Values of header fields through every reader of this module. The first byte chooses the method.
#include <cstdint>
#include <cstdlib>

#include "http/conditional.hpp"
#include "http/content_disposition.hpp"
#include "http/cors.hpp"
#include "http/http_date.hpp"
#include "http/media_type.hpp"
#include "http/range.hpp"
#include "http/text.hpp"

namespace {

using namespace medialith;
using namespace medialith::http;

constexpr std::uint64_t kSize = 1000;

void check_range(const RangeDecision& decision) {
  if (decision.kind == RangeKind::unsatisfiable) return;
  if (decision.length == 0 || decision.offset >= kSize || decision.length > kSize - decision.offset) std::abort();
}

void check_disposition(std::string_view text) {
  const std::string written = content_disposition(Disposition::attachment, text);
  if (!is_field_value(written)) std::abort();
  if (!is_plain_text(text) || text.empty()) return;
  const auto read = parse_content_disposition(written);
  if (!read || read->filename != text) std::abort();
}

void check_request(Method method, std::string_view value) {
  if (!is_field_value(value)) return;
  Request request;
  request.method = method;
  request.host = "localhost";
  for (const auto* name : {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range",
                           "Cookie", "Origin", "Sec-Fetch-Site", "Access-Control-Request-Headers"}) {
    Headers one;
    one.add(name, value);
    request.headers.add(name, value);
    const Validators current{.etag = "\"a\"", .last_modified = Time{784111777000}};
    static_cast<void>(evaluate_preconditions(method, one, current));
  }
  check_range(decide_range(value, kSize));
  check_range(decide_range(Method::get, request.headers, {.etag = "\"a\"", .last_modified = Time{0}}, kSize));
  static_cast<void>(request.cookie("a"));
  const auto origins = Origins::create({.listen = "127.0.0.1:1", .public_url = "https://a.test", .allowed = {}});
  static_cast<void>(origins->check_cross_site(request, Credential::ambient));
  static_cast<void>(origins->answer_preflight(request, {}));
  if (origins->knows_host(value) && value.contains('@')) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view value(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_request(static_cast<Method>(data[0] % 7), value);
  check_disposition(value);
  if (const auto parsed = parse_content_disposition(value); parsed && parsed->filename) {
    if (!is_plain_text(*parsed->filename)) std::abort();
  }
  if (const auto date = parse_http_date(value); date && parse_http_date(format_http_date(*date)) != date) std::abort();
  static_cast<void>(parse_media_type(value));
  static_cast<void>(choose_encoding(value, {.br = true, .gzip = true}));
  static_cast<void>(Origins::create({.listen = value, .public_url = value, .allowed = {}}));
  return 0;
}
