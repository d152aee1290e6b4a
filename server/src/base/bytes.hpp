// Bytes and the texts that stand for them: hexadecimal, base64 and base64url (RFC 4648). Decoding is strict: one text
// for one value, so that a token or a digest cannot be spelled in two ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace medialith {

using ByteSpan = std::span<const std::byte>;

/// The bytes of a text; valid while the text is.
inline ByteSpan bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
/// Bytes as a text without decoding; valid while the bytes are.
inline std::string_view text_of(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Lower-case hexadecimal.
std::string to_hex(ByteSpan bytes);
/// Either case. Errors: validation_failed.
Result<std::vector<std::byte>> from_hex(std::string_view text);

/// With `=` padding, RFC 4648 §4.
std::string to_base64(ByteSpan bytes);
/// Padding is demanded, unused bits must be zero. Errors: validation_failed.
Result<std::vector<std::byte>> from_base64(std::string_view text);

/// Without padding, RFC 4648 §5.
std::string to_base64url(ByteSpan bytes);
/// Padding is refused, unused bits must be zero. Errors: validation_failed.
Result<std::vector<std::byte>> from_base64url(std::string_view text);

/// Lower-case base32 without padding (a–z, 2–7; RFC 4648 §6). For ids, which are never decoded.
std::string to_base32(ByteSpan bytes);

/// A number of bytes for people: "64 MiB", "1000 bytes". Exact, so never rounded.
std::string format_size(std::uint64_t bytes);

}  // namespace medialith
