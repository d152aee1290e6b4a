// `value; name=value; name="value"`: the shape that Content-Type and Content-Disposition share (RFC 9110 §5.6.6).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace medialith::http {

struct HeaderParameter {
  std::string name;   ///< lower case
  std::string value;  ///< without quotes and their escapes
};

struct ParameterizedValue {
  std::string value;  ///< what stands before the first `;`, trimmed, as sent
  std::vector<HeaderParameter> parameters;
  /// The first parameter of that (lower-case) name.
  const std::string* find(std::string_view name) const;
};

/// nullopt when malformed: a parameter without `=`, a name that is no token, an open quote, text after a closing quote,
/// a name that comes twice, more than kMaxParameters. Empty parameters (`;;`) are skipped. Inside quotes a backslash
/// escapes only `"` and `\`: browsers send the backslash of a file name as it is. Bytes are kept; nothing is decoded.
inline constexpr std::size_t kMaxParameters = 16;
std::optional<ParameterizedValue> parse_parameterized(std::string_view text);

}  // namespace medialith::http
