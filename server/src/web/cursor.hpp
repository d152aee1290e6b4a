// Cursors of lists: where the page before ended, sealed, so that one we did not make is refused.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "domain/rid.hpp"

namespace medialith::web {

/// Thread-safe. Cursors survive restarts and are valid on every server with the same secret.
class CursorSealer {
 public:
  explicit CursorSealer(ByteSpan secret) : key_(hkdf_sha256(secret, "medialith cursor v1")) {}
  /// `list`: what it belongs to, such as "generations/newest": a cursor of another list is refused.
  std::string seal(std::string_view list, const domain::Position& position) const;
  /// Errors: invalid_cursor.
  Result<domain::Position> open(std::string_view list, std::string_view cursor) const;

 private:
  Digest tag(std::string_view list, std::string_view body) const;
  Digest key_;
};

}  // namespace medialith::web
