#include "web/read_body.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "http/media_type.hpp"

namespace medialith::web {
namespace {

constexpr std::size_t kParseOnWork = 256 * 1024;
constexpr std::size_t kJsonDepth = 64;
constexpr std::size_t kDocumentJsonDepth = 256;
constexpr std::uint64_t kSmallBody = 1 << 20;

Result<void> check_type(const Context& context) {
  const auto sent = context.request.headers.find("Content-Type");
  const auto type = sent ? http::parse_media_type(*sent) : std::nullopt;
  std::vector<std::string_view> types = context.route.body.types;
  if (types.empty()) types.push_back("application/json");
  if (type && std::ranges::find(types, type->essence) != types.end()) {
    const std::string charset = type->charset();
    if (charset.empty() || charset == "utf-8" || charset == "us-ascii") return {};
    return fail(ErrorCode::unsupported_media_type, "JSON is UTF-8; no other charset is understood.");
  }
  return fail(ErrorCode::unsupported_media_type,
              fmt::format("Send the body with Content-Type: {}.", fmt::join(types, " or ")));
}

std::unexpected<Error> too_large(const Context& context) {
  return fail(ErrorCode::body_too_large,
              fmt::format("The body is larger than the {} allowed here.", format_size(context.route.body.max_bytes)));
}

}  // namespace

Task<Result<std::string>> read_body(Context& context, BodyBudget::Share& share) {
  CO_TRY(check_type(context));
  http::BodyReader& reader = *context.request.body;
  const std::uint64_t limit = context.route.body.max_bytes;
  const std::optional<std::uint64_t> length = reader.length();
  if (length && *length > limit) co_return too_large(context);
  std::string body;
  if (length) {
    if (*length > kUncountedBody) CO_TRY(co_await context.services.bodies.enlarge(share, *length));
    body.reserve(*length + 64);  // the parser wants room behind the text; growing then would copy all of it
  }
  while (true) {
    CO_TRY_ASSIGN(const auto bytes, co_await reader.next());
    if (bytes.empty()) co_return body;
    const std::uint64_t size = body.size() + bytes.size();
    if (size > limit) co_return too_large(context);
    if (size > std::max(kUncountedBody, share.bytes())) {
      CO_TRY(co_await context.services.bodies.enlarge(share, std::min(limit, size + kUncountedBody)));
    }
    body += text_of(bytes);
  }
}

Task<Result<json::Document>> parse_body(Context& context, std::string body) {
  const json::ParseOptions options{
      .max_depth = context.route.body.max_bytes > kSmallBody ? kDocumentJsonDepth : kJsonDepth, .keep_depth = 1};
  if (body.size() <= kParseOnWork) co_return json::Document::parse(std::move(body), options);
  auto parse = [&body, &options] { return json::Document::parse(std::move(body), options); };
  co_return co_await net::run_on(context.services.runtime.work(), parse);
}

}  // namespace medialith::web
