// Changes of the target's rows, gathered into transactions of bounded size.
#pragma once

#include <vector>

#include "db/database.hpp"
#include "movers/scan.hpp"

namespace medialith::movers {

enum class RowChange : std::uint8_t { insert, update, remove, vacate };

/// Used by one thread. The database outlives it.
class RowWriter {
 public:
  explicit RowWriter(db::Database& database) : database_(database) {}
  /// `record` is a whole row for insert and update, at least its key for the others. Changes are made in the order in
  /// which they are added. `table` outlives the next flush.
  Result<void> add(RowChange change, const Table& table, Record record);
  /// Makes what was added durable.
  Result<void> flush();
  /// Lets the database number rows of its own behind those of `table`.
  Result<void> advance(const Table& table);

 private:
  struct Pending {
    RowChange change;
    const Table* table;
    Record record;
  };
  std::vector<Pending> pending_;
  std::size_t bytes_ = 0;
  db::Database& database_;
};

}  // namespace medialith::movers
