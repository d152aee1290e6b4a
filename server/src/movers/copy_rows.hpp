// The rows of a copy: makes the tables of the target those of one view of the source.
#pragma once

#include <vector>

#include "movers/copy.hpp"

namespace medialith::movers {

/// What both passes over the rows work with. All of it outlives them.
struct RowParts {
  db::Connection& source;  ///< one consistent view
  const Reading& target;
  const OnProgress& on_progress;
};

/// Counts what differs. Changes nothing.
Result<std::vector<TableFigures>> compare_rows(const RowParts& parts);

/// Writes what differs into `database`, in transactions of at most kPageRows rows, then compares again what it has
/// written. Each step leaves a state from which another run goes on.
/// Errors: internal when the target does not hold what was written to it; what either side fails with.
Result<std::vector<TableFigures>> copy_rows(const RowParts& parts, db::Database& database);

}  // namespace medialith::movers
