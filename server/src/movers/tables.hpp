// Every table of the schema, and what a copy of a deployment does with it. A test compares this list with the schema,
// so that a migration cannot add a table or a column that is silently left behind.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "db/sql.hpp"

namespace medialith::movers {

/// What a column is bound as, on every engine.
enum class ColumnType : std::uint8_t { integer, boolean, time, text, json, decimal, bytes };

enum class ColumnRole : std::uint8_t {
  plain,
  key,    ///< of the primary key; first in the list, in its order
  unique  ///< of another unique index, on any engine: two rows may have exchanged what it holds
};

struct Column {
  db::Sql name;
  ColumnType type = ColumnType::text;
  ColumnRole role = ColumnRole::plain;
};

/// Whose full-text documents follow the table's rows.
enum class Documents : std::uint8_t { none, of_generations, of_assets };

struct Table {
  std::string_view name;
  db::Sql braced;  ///< `{name}`
  std::span<const Column> columns;
  /// Which rows belong to the deployment: a condition.
  db::Sql only = "1 = 1";
  /// Frees what the `unique` columns of the row with the key `$1` (and `$2`) hold, so that any other row can take it;
  /// what it leaves is written over or deleted later in the same run. Set when there is such a column.
  std::optional<db::Sql> vacate = {};
  /// Makes the database number its own rows behind those that were copied. SQLite does so by itself.
  std::optional<db::Sql> advance = {};
  Documents documents = Documents::none;
};

/// Parents before those that refer to them.
std::span<const Table> copied_tables();

/// `blobs` in the order of the store's listings.
const Table& blobs_by_key();

/// A table that stays behind.
struct LeftTable {
  std::string_view name;
  std::string_view why;
};
std::span<const LeftTable> left_tables();

}  // namespace medialith::movers
