// Names of things: the makers of those that the server names, and the rule for those that a client names.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"

namespace medialith {

/// Makes UUIDv7 texts (RFC 9562 §5.7), strictly ascending within a process even when the clock stands still or goes
/// back. Thread-safe; the clock and the source of randomness outlive it.
class UuidMaker {
 public:
  UuidMaker(Clock& clock, Random& random) : clock_(clock), random_(random) {}
  /// 36 characters, lower case.
  std::string make();

 private:
  Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::uint64_t ms_ = 0;    // 48 bits: of the newest id
  std::uint64_t high_ = 0;  // rand_a, 12 bits
  std::uint64_t low_ = 0;   // rand_b, 62 bits
};

enum class AssetPrefix : std::uint8_t { img, vid, aud, file };

/// `img_`, `vid_`, `aud_` or `file_` and 26 characters a–z, 2–7: 128 random bits.
std::string make_asset_id(AssetPrefix prefix, Random& random);

/// A token of 256 random bits as 43 characters of base64url: logins, keys, links.
Secret make_token(Random& random);

/// Whether a client may name a thing so: `[A-Za-z0-9._~:@-]{1,255}`, not dots alone (a URL would lose them) and none of
/// the words that stand beside an id in a route.
bool is_valid_client_id(std::string_view id, std::span<const std::string_view> reserved = {});

}  // namespace medialith
