// Content-Type and Accept-Encoding (RFC 9110 §8.3 and §12.5.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/parameters.hpp"

namespace medialith::http {

struct MediaType {
  std::string essence;  ///< lower case, without parameters: "image/png"
  std::vector<HeaderParameter> parameters;
  /// The `charset` parameter in lower case, or empty.
  std::string charset() const;
  const std::string* find(std::string_view parameter) const;
};

/// nullopt when the text is no media type.
std::optional<MediaType> parse_media_type(std::string_view text);

/// True when `essence` is one of the pattern's: "image/png" itself, "image/*" or "*/*". Both in lower case.
bool media_type_matches(std::string_view essence, std::string_view pattern);

enum class Encoding : std::uint8_t { identity, gzip, br };

/// The Content-Encoding name; empty for identity.
std::string_view encoding_name(Encoding encoding);

/// The best of what is there (identity always is) by the client's weights; of equal ones br, then gzip. Identity when
/// the field is absent or unreadable; identity too when the client forbids it but nothing else fits, since a body it
/// may understand is better than none.
struct EncodingsThere {
  bool br = false;
  bool gzip = false;
};
Encoding choose_encoding(std::optional<std::string_view> accept_encoding, EncodingsThere there);

}  // namespace medialith::http
