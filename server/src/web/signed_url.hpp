// Signed URLs of an asset's bytes (design.md §4): whoever holds one may read these bytes until it expires.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"

namespace medialith::web {

/// Life of a URL by default, on this grid (so that one hour's URLs are equal and caches hit), and at most.
inline constexpr std::chrono::hours kUrlLife{2};
inline constexpr std::chrono::hours kUrlGrid{1};
inline constexpr std::chrono::days kUrlMaxLife{7};

struct SignedClaims {
  std::int64_t expires_s = 0;  ///< Unix seconds
  std::int64_t epoch = 1;      ///< of the asset's owner: raised by what must end their URLs
  bool download = false;       ///< served as attachment
};

/// Thread-safe. The MAC covers a length-prefixed text of purpose, method class, asset and claims (R-S6); the query has
/// exactly one spelling, so adding, repeating or reordering a parameter breaks it.
class UrlSigner {
 public:
  explicit UrlSigner(ByteSpan secret) : key_(hkdf_sha256(secret, "medialith signed url v1")) {}
  /// The query, without `?`.
  std::string sign(std::string_view asset_id, const SignedClaims& claims) const;
  /// Error: invalid_signature, the same for every reason.
  Result<SignedClaims> verify(std::string_view asset_id, std::string_view raw_query, Time now) const;

 private:
  std::string query_of(std::string_view asset_id, const SignedClaims& claims) const;
  Digest key_;
};

/// When a URL asked for now expires: Unix seconds, on the grid for the default life.
std::int64_t default_expiry_s(Time now);

}  // namespace medialith::web
