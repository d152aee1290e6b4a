#include "web/cursor.hpp"

#include <cstring>

#include "base/bytes.hpp"

namespace medialith::web {
namespace {
constexpr std::size_t kTagBytes = 8;
}

Digest CursorSealer::tag(std::string_view list, std::string_view body) const {
  std::string message(list);
  message += '\0';
  message += body;
  return hmac_sha256(key_, bytes_of(message));
}

std::string CursorSealer::seal(std::string_view list, std::int64_t rid) const {
  std::string body(sizeof rid, '\0');
  std::memcpy(body.data(), &rid, sizeof rid);
  const Digest mac = tag(list, body);
  body += text_of(std::span(mac).first(kTagBytes));
  return to_base64url(bytes_of(body));
}

Result<std::int64_t> CursorSealer::open(std::string_view list, std::string_view cursor) const {
  const auto refused = [] {
    return fail(ErrorCode::invalid_cursor, "This cursor does not belong to this list. Take `nextCursor` of a page.");
  };
  const auto bytes = from_base64url(cursor);
  std::int64_t rid = 0;
  if (!bytes || bytes->size() != sizeof rid + kTagBytes) return refused();
  const std::string_view body = text_of(std::span(*bytes).first(sizeof rid));
  const Digest mac = tag(list, body);
  if (!equal_in_constant_time(std::span(mac).first(kTagBytes), std::span(*bytes).last(kTagBytes))) return refused();
  std::memcpy(&rid, body.data(), sizeof rid);
  return rid;
}

}  // namespace medialith::web
