// Who really speaks, when a reverse proxy stands in front (R-S16).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"

namespace medialith::http {

/// Addresses and CIDR blocks whose X-Forwarded-For and X-Forwarded-Proto are believed. Immutable, thread-safe.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// "127.0.0.1", "10.0.0.0/8", "fd00::/8". Error: invalid_request, naming the entry that is none of these.
  static Result<TrustedProxies> parse(std::span<const std::string> entries);

  bool contains(std::string_view address) const;

  /// The client of a request that came over a connection from `connection`. Fields of a peer that is not trusted are
  /// ignored. X-Forwarded-For: the rightmost address that is not a trusted proxy; when all are, the leftmost.
  /// X-Forwarded-Proto: `http` or `https`. A malformed field is as if it were absent.
  Peer resolve(const Peer& connection, const Headers& headers) const;

 private:
  struct Block {
    std::array<std::uint8_t, 16> address;  // IPv4 mapped into IPv6
    unsigned bits;
  };
  std::vector<Block> blocks_;
};

/// 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view address);

}  // namespace medialith::http
