#include "web/cursor.hpp"

#include <cstring>

#include "base/bytes.hpp"

namespace medialith::web {
namespace {
constexpr std::size_t kTagBytes = 8;
constexpr std::size_t kRidBytes = sizeof(domain::Position::rid);
constexpr std::size_t kKeyBytes = sizeof(domain::Position::key);
}  // namespace

Digest CursorSealer::tag(std::string_view list, std::string_view body) const {
  std::string message(list);
  message += '\0';
  message += body;
  return hmac_sha256(key_, bytes_of(message));
}

std::string CursorSealer::seal(std::string_view list, const domain::Position& position) const {
  // Lists by rid have no key, and cursors half as long.
  std::string body(position.key == 0 ? kRidBytes : kRidBytes + kKeyBytes, '\0');
  std::memcpy(body.data(), &position.rid, kRidBytes);
  if (position.key != 0) std::memcpy(body.data() + kRidBytes, &position.key, kKeyBytes);
  const Digest mac = tag(list, body);
  body += text_of(std::span(mac).first(kTagBytes));
  return to_base64url(bytes_of(body));
}

Result<domain::Position> CursorSealer::open(std::string_view list, std::string_view cursor) const {
  const auto refused = [] {
    return fail(ErrorCode::invalid_cursor, "This cursor does not belong to this list. Take `nextCursor` of a page.");
  };
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() < kTagBytes) return refused();
  const std::string_view body = text_of(std::span(*bytes).first(bytes->size() - kTagBytes));
  if (body.size() != kRidBytes && body.size() != kRidBytes + kKeyBytes) return refused();
  const Digest mac = tag(list, body);
  if (!equal_in_constant_time(std::span(mac).first(kTagBytes), std::span(*bytes).last(kTagBytes))) return refused();
  domain::Position position;
  std::memcpy(&position.rid, body.data(), kRidBytes);
  if (body.size() > kRidBytes) std::memcpy(&position.key, body.data() + kRidBytes, kKeyBytes);
  return position;
}

}  // namespace medialith::web
