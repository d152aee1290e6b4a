// SQL text, values and statements. The text is always a literal of this program; values are always bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/clock.hpp"

namespace medialith::db {

/// A literal of SQL. Anything but a string literal does not compile. Tables are written `{generations}`, placeholders
/// `$1`, `$2`, … on every engine.
class Sql {
 public:
  template <std::size_t N>
  consteval Sql(const char (&text)[N]) : text_(text, N - 1) {}  // NOLINT(google-explicit-constructor)
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// JSON text, checked before it comes here.
struct Json {
  std::string_view text;
};
/// Bytes that are not text.
struct Bytes {
  std::span<const std::byte> bytes;
};
/// Money or another exact decimal, as its text.
struct Decimal {
  std::string_view text;
};

struct Null {};

/// A bound value. Text, JSON and bytes are views: what they point to outlives the statement's execution.
using Value = std::variant<Null, std::int64_t, double, bool, std::string_view, Json, Bytes, Time, Decimal>;

/// For what may be absent.
template <class T>
Value maybe(const std::optional<T>& value) {
  return value ? Value(*value) : Value(Null{});
}
inline Value maybe(const std::optional<std::string>& value) {
  return value ? Value(std::string_view(*value)) : Value(Null{});
}

/// How rows that decide something are read inside a write: `rows` is FOR UPDATE on PostgreSQL, BEGIN IMMEDIATE on
/// libSQL, and nothing on SQLite, whose only writer we are.
enum class Lock : std::uint8_t { none, rows };

/// SQL with its values. Built from literals only; `append` composes lists whose filters vary.
class Statement {
 public:
  template <class... Values>
  Statement(Sql sql, Values&&... values) : text_(sql.text()), values_{Value(std::forward<Values>(values))...} {}

  Statement& lock(Lock lock) {
    lock_ = lock;
    return *this;
  }
  /// Another literal behind the text so far.
  Statement& append(Sql sql) {
    own();
    composed_ += sql.text();
    return *this;
  }
  /// A value bound as the next `$n`, whose placeholder is appended.
  Statement& append_value(Value value);

  std::string_view text() const { return composed_.empty() ? text_ : std::string_view(composed_); }
  /// True when the text is one literal: engines may then key prepared statements by its address.
  bool is_literal() const { return composed_.empty(); }
  std::span<const Value> values() const { return values_; }
  Lock lock() const { return lock_; }

 private:
  void own() {
    if (composed_.empty()) composed_ = text_;
  }
  std::string_view text_;
  std::string composed_;
  std::vector<Value> values_;
  Lock lock_ = Lock::none;
};

/// `{generations}` becomes prefix + `generations`: nothing on SQLite, `"medialith".` on PostgreSQL. Braces in quotes,
/// in comments and around anything but a lower_snake name stay as they are. Engines call it once per literal, when they
/// prepare it.
std::string expand_tables(std::string_view text, std::string_view prefix);

}  // namespace medialith::db
