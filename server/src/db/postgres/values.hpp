// Values on PostgreSQL's wire: how they are bound, and how the columns of a row are read. Everything that has one goes
// in its binary form, so that no setting of the server (time zone, date style) changes what arrives.
#pragma once

#include <deque>
#include <span>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "db/database.hpp"
#include "db/sqlite/tokenizer.hpp"

namespace medialith::db::postgres {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

/// The values of one statement as libpq takes them. What it points to is its own or the values'.
class Parameters {
 public:
  Parameters(std::span<const Value> values, const sqlite::Tokenizer& tokenizer);
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  int count() const { return static_cast<int>(types_.size()); }
  const Oid* types() const { return types_.data(); }
  const char* const* data() const { return data_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void add(const Value& value, const sqlite::Tokenizer& tokenizer);
  void text(Oid type, std::string value);
  void binary(Oid type, std::string_view value);
  template <class Integer>
  void number(Oid type, Integer value);

  std::vector<Oid> types_;
  std::vector<const char*> data_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::deque<std::string> owned_;
};

/// One row of a result in binary form.
class ResultRow final : public Row {
 public:
  ResultRow(const PGresult* result, int row) : result_(result), row_(row) {}
  bool is_null(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  std::int64_t integer(int column) const override;
  double real(int column) const override;
  std::string_view text(int column) const override;
  std::span<const std::byte> bytes(int column) const override;
  Time time(int column) const override;
  bool boolean(int column) const override { return integer(column) != 0; }

 private:
  std::string_view raw(int column) const {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }
  const PGresult* result_;
  int row_;
  mutable std::deque<std::string> decimals_;  // texts that were made of what the wire carries
};

/// The text of a `numeric` in its binary form: its digits with the scale it was given.
std::string decimal_text(std::string_view wire);

}  // namespace medialith::db::postgres
