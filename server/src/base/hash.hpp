// SHA-256, HMAC, HKDF and, for what others demand, MD5 by OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"

struct evp_md_ctx_st;

namespace medialith {

using Digest = std::array<std::byte, 32>;

/// SHA-256 of what arrives in pieces. Movable; one thread at a time.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept = default;
  Sha256& operator=(Sha256&&) noexcept = default;
  ~Sha256() = default;
  void update(ByteSpan bytes);
  /// The digest of all that was given. Starts anew: the next update() belongs to another message.
  Digest finish();

 private:
  friend class Md5;
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// MD5 of what arrives in pieces: for S3's Content-MD5 and ETag, where it finds damage and protects from nobody.
/// Movable; one thread at a time.
class Md5 {
 public:
  using Value = std::array<std::byte, 16>;
  Md5();
  Md5(Md5&&) noexcept = default;
  Md5& operator=(Md5&&) noexcept = default;
  ~Md5() = default;
  void update(ByteSpan bytes);
  /// As Sha256::finish().
  Value finish();

 private:
  std::unique_ptr<evp_md_ctx_st, Sha256::Free> context_;
};

Digest sha256(ByteSpan bytes);
inline Digest sha256(std::string_view text) { return sha256(bytes_of(text)); }

/// RFC 2104.
Digest hmac_sha256(ByteSpan key, ByteSpan message);

/// A key of its own for each purpose that `label` names (RFC 5869: no salt, `label` as info, 32 bytes).
Digest hkdf_sha256(ByteSpan secret, std::string_view label);

/// Whether two texts are equal, in a time that depends on their lengths alone. For tokens, signatures and digests.
bool equal_in_constant_time(ByteSpan a, ByteSpan b);

}  // namespace medialith
