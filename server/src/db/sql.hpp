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

/// Whose SQL a text is in. libSQL speaks SQLite's.
enum class Dialect : std::uint8_t { sqlite, postgres };

/// The other text of a statement; made by on_postgres().
class PostgresText {
 public:
  constexpr std::string_view text() const { return text_; }

 private:
  template <std::size_t N>
  friend consteval PostgresText on_postgres(const char (&text)[N]);
  consteval explicit PostgresText(std::string_view text) : text_(text) {}
  std::string_view text_;
};

/// What PostgreSQL runs where the first text does not do there. Either text may be empty: see Statement::is_empty().
template <std::size_t N>
consteval PostgresText on_postgres(const char (&text)[N]) {
  return PostgresText(std::string_view(text, N - 1));
}

/// A literal of SQL. Anything but a string literal does not compile. Tables are written `{generations}`, placeholders
/// `$1`, `$2`, … on every engine. Where engines differ the second text stands behind the first:
/// `Sql("INSERT OR IGNORE …", on_postgres("INSERT … ON CONFLICT DO NOTHING"))`.
class Sql {
 public:
  template <std::size_t N>
  consteval Sql(const char (&text)[N])  // NOLINT(google-explicit-constructor)
      : text_(text, N - 1), postgres_(text_) {}
  template <std::size_t N>
  consteval Sql(const char (&text)[N], PostgresText other) : text_(text, N - 1), postgres_(other.text()) {}

  constexpr std::string_view text(Dialect dialect) const { return dialect == Dialect::postgres ? postgres_ : text_; }

 private:
  std::string_view text_;
  std::string_view postgres_;
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

/// What full text finds a row by: PostgreSQL binds it as a tsvector of the very tokens that FTS5 makes of the texts,
/// one after the other. FTS5 reads the columns themselves: the first text of such a statement has no placeholder for
/// it, and it stands behind all other values.
struct Words {
  std::span<const std::string_view> texts;
};

struct Null {};

/// A bound value. Text, JSON, bytes and words are views: what they point to outlives the statement's execution.
using Value = std::variant<Null, std::int64_t, double, bool, std::string_view, Json, Bytes, Time, Decimal, Words>;

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
  Statement(Sql sql, Values&&... values) : sql_(sql), values_{Value(std::forward<Values>(values))...} {}

  Statement& lock(Lock lock) {
    lock_ = lock;
    return *this;
  }
  /// Another literal behind the text so far.
  Statement& append(Sql sql) {
    parts_.push_back({sql});
    return *this;
  }
  /// A value bound as the next `$n`, whose placeholder is appended.
  Statement& append_value(Value value);

  /// Whether a write has nothing to do in that dialect: its first literal is empty, whatever was appended.
  bool is_empty(Dialect dialect) const { return sql_.text(dialect).empty(); }
  /// True when the text is one literal: engines may then key prepared statements by its address.
  bool is_literal() const { return parts_.empty(); }
  /// The first literal, which is the whole text when is_literal().
  std::string_view literal(Dialect dialect) const { return sql_.text(dialect); }
  /// The whole text.
  std::string text(Dialect dialect) const;
  std::span<const Value> values() const { return values_; }
  Lock lock() const { return lock_; }

 private:
  struct Part {
    Sql sql = "";
    std::size_t placeholder = 0;  // not 0: `$n` instead of the literal
  };
  Sql sql_;
  std::vector<Part> parts_;  // behind sql_
  std::vector<Value> values_;
  Lock lock_ = Lock::none;
};

/// `{generations}` becomes prefix + `generations`: nothing on SQLite, `"medialith".` on PostgreSQL. Braces in quotes,
/// in comments and around anything but a lower_snake name stay as they are. Engines call it once per literal, when they
/// prepare it.
std::string expand_tables(std::string_view text, std::string_view prefix);

}  // namespace medialith::db
