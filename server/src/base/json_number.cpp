#include "base/json_number.hpp"

#include <charconv>
#include <cmath>

namespace medialith::json {
namespace {

// Without an exponent so short a number lies between 1e-300 and 1e300.
constexpr std::size_t kSurelyInRange = 300;

struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::string_view exponent;  // with its sign
};

std::string_view take_digits(std::string_view& rest) {
  std::size_t n = 0;
  while (n < rest.size() && rest[n] >= '0' && rest[n] <= '9') ++n;
  const std::string_view digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

bool split(std::string_view rest, Parts& parts) {
  parts.negative = rest.starts_with('-');
  if (parts.negative) rest.remove_prefix(1);
  parts.whole = take_digits(rest);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole.front() == '0')) return false;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    parts.fraction = take_digits(rest);
    if (parts.fraction.empty()) return false;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    const char* const start = rest.data();
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    const std::string_view digits = take_digits(rest);
    if (digits.empty()) return false;
    parts.exponent = {start, static_cast<std::size_t>(digits.data() + digits.size() - start)};
  }
  return rest.empty();
}

bool is_zero(const Parts& parts) {
  return parts.whole == "0" && parts.fraction.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

NumberCheck check_number(std::string_view token) {
  Parts parts;
  if (!split(token, parts)) return NumberCheck::malformed;
  if (parts.exponent.empty() && token.size() <= kSurelyInRange) return NumberCheck::ok;
  if (is_zero(parts)) return NumberCheck::ok;
  double value = 0;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), value);
  const bool fits = read.ec == std::errc() && std::isfinite(value) && value != 0;
  return fits ? NumberCheck::ok : NumberCheck::out_of_range;
}

Decimal decimal_of(std::string_view token) {
  Parts parts;
  if (!split(token, parts) || is_zero(parts)) return {};
  Decimal decimal{.negative = parts.negative, .digits = {}, .exponent = 0};
  // A number that is not zero and that a double can hold has an exponent of few digits, so this cannot overflow: what
  // could not be read would have been out of range.
  if (parts.exponent.starts_with('+')) parts.exponent.remove_prefix(1);
  std::from_chars(parts.exponent.data(), parts.exponent.data() + parts.exponent.size(), decimal.exponent);
  decimal.exponent += static_cast<std::int64_t>(parts.whole.size());
  decimal.digits.reserve(parts.whole.size() + parts.fraction.size());
  decimal.digits.append(parts.whole).append(parts.fraction);
  const std::size_t zeros = decimal.digits.find_first_not_of('0');
  decimal.digits.erase(0, zeros);
  decimal.exponent -= static_cast<std::int64_t>(zeros);
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  return decimal;
}

}  // namespace medialith::json
