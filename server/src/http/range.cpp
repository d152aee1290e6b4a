#include "http/range.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"
#include "http/http_date.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

// Decimal digits; what is too large for 64 bits is beyond every file, so it saturates.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::ranges::all_of(text, digit)) return std::nullopt;
  return parse_integer<std::uint64_t>(text).value_or(std::numeric_limits<std::uint64_t>::max());
}

RangeDecision whole(std::uint64_t size) { return {RangeKind::whole, 0, size}; }

RangeDecision suffix(std::string_view digits, std::uint64_t size) {
  const auto wanted = parse_position(digits);
  if (!wanted) return whole(size);
  if (*wanted == 0) return {RangeKind::unsatisfiable, 0, 0};
  if (size == 0) return whole(size);  // satisfiable, but Content-Range cannot name a part of nothing
  const std::uint64_t length = std::min(*wanted, size);
  return {RangeKind::part, size - length, length};
}

bool if_range_holds(std::string_view field, const Validators& current) {
  field = trim(field);
  if (field.starts_with('"') || field.starts_with("W/")) {
    // The grammar has one tag here; a list that has the current one names the same bytes.
    return etag_list_matches(field, current, EtagComparison::strong).value_or(false);
  }
  const auto date = parse_http_date(field);
  return date && current.last_modified && format_http_date(*current.last_modified) == field;
}

}  // namespace

RangeDecision decide_range(std::optional<std::string_view> range, std::uint64_t size) {
  if (!range) return whole(size);
  const std::size_t equals = range->find('=');
  if (equals == std::string_view::npos || !iequals(trim(range->substr(0, equals)), "bytes")) return whole(size);
  const std::string_view spec = trim(range->substr(equals + 1));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return whole(size);
  if (dash == 0) return suffix(spec.substr(1), size);
  const auto first = parse_position(spec.substr(0, dash));
  const std::string_view end = spec.substr(dash + 1);
  const auto last = end.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_position(end);
  // A comma is no digit, so several ranges end here too.
  if (!first || !last || *last < *first) return whole(size);
  if (*first >= size) return {RangeKind::unsatisfiable, 0, 0};
  return {RangeKind::part, *first, std::min(*last, size - 1) - *first + 1};
}

RangeDecision decide_range(Method method, const Headers& headers, const Validators& current, std::uint64_t size) {
  if (method != Method::get) return whole(size);
  const auto condition = headers.find("if-range");
  if (condition && !if_range_holds(*condition, current)) return whole(size);
  return decide_range(headers.find("range"), size);
}

std::string content_range(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  assert(length > 0 && offset < size && length <= size - offset);
  return fmt::format("bytes {}-{}/{}", offset, offset + length - 1, size);
}

std::string unsatisfied_range(std::uint64_t size) { return fmt::format("bytes */{}", size); }

}  // namespace medialith::http
