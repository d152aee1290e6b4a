// Rows of a table in the order of their keys, in pages of bounded size, and two tables walked side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "movers/tables.hpp"

namespace medialith::movers {

/// Runs fn over a consistent view of a database and returns what fn returned. Blocks; fn may run again. One that never
/// calls fn stands for an empty database.
using Reading = std::function<Result<void>(const db::Database::ReadFn& fn)>;

/// A database's own reads, each with a view of its own. Not called on a thread of the database's pools.
Reading reading_of(db::Database& database);

/// A value of a row, owned.
struct Cell {
  bool null = true;
  std::int64_t number = 0;  ///< of an integer, a boolean, a time
  std::string text;         ///< of all others
  bool operator==(const Cell&) const = default;
};

/// A row's cells in the order of the table's columns, or the first of them.
struct Record {
  std::vector<Cell> cells;
  std::size_t bytes = 0;  ///< roughly what it takes in memory
};

/// The cell as a value to bind; valid while the cell lives.
db::Value value_of(const Cell& cell, ColumnType type);

/// Whether two cells mean the same: JSON and decimals may be spelled otherwise by another engine.
bool same_value(const Cell& a, const Cell& b, ColumnType type);

/// How many columns make the key, and the key with what must be unique besides.
std::size_t key_columns(const Table& table);
std::size_t key_and_unique_columns(const Table& table);

/// A page has at most so many rows and, unless it is a single row, so many bytes.
inline constexpr std::int64_t kPageRows = 500;
inline constexpr std::size_t kPageBytes = std::size_t{4} << 20;

/// One pass over the first `columns` columns of a table. `table` outlives it.
class Scan {
 public:
  Scan(Reading read, const Table& table, std::size_t columns);
  /// The row the scan stands at, or nullptr behind the last one. What it points to may be moved from; it is valid until
  /// the next call of next().
  Result<Record*> peek();
  void next() { ++at_; }

 private:
  Result<void> load();
  db::Statement page_statement() const;
  void take(const db::Row& row);

  Reading read_;
  const Table& table_;
  std::size_t columns_;
  std::vector<Record> page_;
  std::size_t at_ = 0;          // in page_
  std::vector<Cell> last_key_;  // of the page before; empty at first
  std::int64_t limit_;          // rows that the next page asks for
  std::size_t page_bytes_ = 0;
  bool cut_ = false;  // the page has as many bytes as it may, and rows were dropped
  bool ended_ = false;
};

/// Called for each key that either side has; a side that does not have it is nullptr.
using OnPair = std::function<Result<void>(Record* source, Record* target)>;
/// Walks both in key order. Errors: of the scans, and the first that on_pair returns.
Result<void> walk_pairs(Scan source, Scan target, const Table& table, const OnPair& on_pair);

}  // namespace medialith::movers
