// Small questions about text that several modules ask. Of letters only those of ASCII count.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace medialith {

/// Without blanks, tabs and ends of lines at both ends.
std::string_view trimmed(std::string_view text);

/// Other bytes than capital letters stay as they are.
std::string to_lower(std::string_view text);

/// A whole number and nothing else: decimal digits, behind an optional minus where T has a sign. nullopt also when it
/// does not fit.
template <std::integral T = std::int64_t>
std::optional<T> parse_integer(std::string_view text) {
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

}  // namespace medialith
