#include "db/postgres/values.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "db/postgres/words.hpp"

namespace medialith::db::postgres {
namespace {

// Of pg_type, which never changes them.
constexpr Oid kUnknown = 0;  // the server takes the type of the place the value is for
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kText = 25;
constexpr Oid kFloat4 = 700;
constexpr Oid kFloat8 = 701;
constexpr Oid kTimestamptz = 1184;
constexpr Oid kNumeric = 1700;
constexpr Oid kTsvector = 3614;
constexpr Oid kJsonb = 3802;

constexpr std::int64_t kEpochMs = 946'684'800'000;  // PostgreSQL counts from 2000
constexpr int kBinary = 1;

template <class Unsigned>
Unsigned big_endian(std::string_view wire) {
  Unsigned value = 0;
  std::memcpy(&value, wire.data(), std::min(sizeof(value), wire.size()));
  if constexpr (sizeof(value) > 1) value = std::byteswap(value);
  return value;
}

std::int64_t integer_of(std::string_view wire) {
  switch (wire.size()) {
    case 1:
      return static_cast<std::int8_t>(wire[0]);
    case 2:
      return static_cast<std::int16_t>(big_endian<std::uint16_t>(wire));
    case 4:
      return static_cast<std::int32_t>(big_endian<std::uint32_t>(wire));
    default:
      return static_cast<std::int64_t>(big_endian<std::uint64_t>(wire));
  }
}

}  // namespace

Parameters::Parameters(std::span<const Value> values, const sqlite::Tokenizer& tokenizer) {
  for (const Value& value : values) add(value, tokenizer);
}

void Parameters::text(Oid type, std::string value) {
  types_.push_back(type);
  data_.push_back(owned_.emplace_back(std::move(value)).c_str());
  lengths_.push_back(0);
  formats_.push_back(0);
}

void Parameters::binary(Oid type, std::string_view value) {
  types_.push_back(type);
  data_.push_back(value.data() != nullptr ? value.data() : "");  // null would be NULL
  lengths_.push_back(static_cast<int>(value.size()));
  formats_.push_back(kBinary);
}

template <class Integer>
void Parameters::number(Oid type, Integer value) {
  const auto bits = std::byteswap(std::bit_cast<std::uint64_t>(value));
  std::string& bytes = owned_.emplace_back(sizeof(bits), '\0');
  std::memcpy(bytes.data(), &bits, sizeof(bits));
  binary(type, bytes);
}

void Parameters::add(const Value& value, const sqlite::Tokenizer& tokenizer) {
  if (std::holds_alternative<Null>(value)) {
    types_.push_back(kUnknown);
    data_.push_back(nullptr);
    lengths_.push_back(0);
    formats_.push_back(0);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    number(kInt8, *integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    number(kFloat8, *real);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    binary(kBool, *flag ? std::string_view("\1", 1) : std::string_view("\0", 1));
  } else if (const auto* string = std::get_if<std::string_view>(&value)) {
    binary(kText, *string);
  } else if (const auto* json = std::get_if<Json>(&value)) {
    text(kUnknown, std::string(json->text));  // json or jsonb, as the column is
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    binary(kBytea, {reinterpret_cast<const char*>(bytes->bytes.data()), bytes->bytes.size()});
  } else if (const auto* time = std::get_if<Time>(&value)) {
    number(kTimestamptz, (time->ms - kEpochMs) * 1000);
  } else if (const auto* decimal = std::get_if<Decimal>(&value)) {
    text(kNumeric, std::string(decimal->text));
  } else if (const auto* words = std::get_if<Words>(&value)) {
    text(kTsvector, tsvector_literal(tokenizer, words->texts));
  }
}

std::int64_t ResultRow::integer(int column) const {
  if (PQftype(result_, column) != kNumeric) return integer_of(raw(column));
  std::int64_t value = 0;
  const std::string_view digits = text(column);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

double ResultRow::real(int column) const {
  const std::string_view wire = raw(column);
  if (PQftype(result_, column) == kFloat8) return std::bit_cast<double>(big_endian<std::uint64_t>(wire));
  if (PQftype(result_, column) == kFloat4) return std::bit_cast<float>(big_endian<std::uint32_t>(wire));
  return static_cast<double>(integer(column));
}

std::string_view ResultRow::text(int column) const {
  const std::string_view wire = raw(column);
  const Oid type = PQftype(result_, column);
  if (type == kNumeric && !is_null(column)) return decimals_.emplace_back(decimal_text(wire));
  // A version stands before the text.
  if (type == kJsonb && !wire.empty()) return wire.substr(1);
  return wire;
}

std::span<const std::byte> ResultRow::bytes(int column) const { return std::as_bytes(std::span(raw(column))); }

Time ResultRow::time(int column) const {
  const std::int64_t us = integer_of(raw(column));
  const std::int64_t ms = us / 1000 - (us % 1000 < 0 ? 1 : 0);
  return {ms + kEpochMs};
}

std::string decimal_text(std::string_view wire) {
  // Eight bytes of head, then digits of base 10 000; the first weighs 10 000 to the power of `weight`.
  constexpr std::uint16_t kNegative = 0x4000;
  constexpr std::uint16_t kSpecial = 0xC000;
  const auto word = [&](std::size_t n) { return big_endian<std::uint16_t>(wire.substr(n * 2, 2)); };
  const int digits = word(0);
  const int weight = static_cast<std::int16_t>(word(1));
  const auto scale = static_cast<std::size_t>(word(3));
  if ((word(2) & kSpecial) == kSpecial) return "NaN";  // infinities too: nothing of ours stores either
  const auto digit = [&](int power) -> int {
    const int n = weight - power;
    return n >= 0 && n < digits ? word(static_cast<std::size_t>(4 + n)) : 0;
  };
  std::string out = word(2) == kNegative ? "-" : "";
  out += std::to_string(digit(std::max(weight, 0)));
  for (int power = weight - 1; power >= 0; --power) out += fmt::format("{:04}", digit(power));
  if (scale == 0) return out;
  const std::size_t end = out.size() + 1 + scale;
  out += '.';
  for (int power = -1; out.size() < end; --power) out += fmt::format("{:04}", digit(power));
  out.resize(end);
  return out;
}

}  // namespace medialith::db::postgres
