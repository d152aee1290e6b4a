// The grammar and the exact value of a JSON number (RFC 8259 §6), read from its text. Used by json.cpp alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace medialith::json {

enum class NumberCheck : std::uint8_t { ok, malformed, out_of_range };

/// Whether `token` is a number and a double can hold it: neither infinite nor, unless it is zero, rounded to zero.
NumberCheck check_number(std::string_view token);

/// A number as 0.`digits` times ten to the `exponent`. Equal numbers have equal members: digits neither start nor end
/// with 0, and zero has none.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
  bool operator==(const Decimal&) const = default;
};

/// The exact value of a token that check_number has accepted.
Decimal decimal_of(std::string_view token);

}  // namespace medialith::json
