#include "movers/copy_rows.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "movers/row_writer.hpp"

namespace medialith::movers {
namespace {

bool same_row(const Record& a, const Record& b, const Table& table) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!same_value(a.cells[i], b.cells[i], table.columns[i].type)) return false;
  }
  return true;
}

Result<std::uint64_t> count_rows(db::Connection& connection) {
  std::uint64_t count = 0;
  for (const Table& table : copied_tables()) {
    db::Statement statement("SELECT count(*) FROM ");
    statement.append(table.braced).append(" WHERE ").append(table.only);
    TRY(connection.each(statement, [&](const db::Row& row) { count += static_cast<std::uint64_t>(row.integer(0)); }));
  }
  return count;
}

/// One walk over all tables after another; the figures are those of all walks together.
class RowCopy {
 public:
  /// Without a database nothing is written.
  RowCopy(const RowParts& parts, db::Database* database) : parts_(parts) {
    if (database != nullptr) writer_.emplace(*database);
    for (const Table& table : copied_tables()) figures_.push_back({.table = table.name});
  }

  /// In this order no row ever stands in another's way: what any gone or changed row held is freed, then all rows are
  /// there and refer to each other as in the source, then nothing refers to the gone ones any more.
  Result<std::vector<TableFigures>> run() {
    TRY_ASSIGN(total_, count_rows(parts_.source));
    if (writer_) TRY(for_each_table([this](const Table& table, TableFigures&) { return vacate(table); }));
    TRY(for_each_table([this](const Table& table, TableFigures& figures) { return write(table, figures); }));
    for (std::size_t i = figures_.size(); i-- > 0;) TRY(remove(copied_tables()[i], figures_[i]));
    if (writer_)
      TRY(for_each_table([this](const Table& table, TableFigures& figures) { return check(table, figures); }));
    return std::move(figures_);
  }

 private:
  template <class F>
  Result<void> for_each_table(F each) {
    for (std::size_t i = 0; i < figures_.size(); ++i) TRY(each(copied_tables()[i], figures_[i]));
    return {};
  }

  Result<void> walk(const Table& table, std::size_t columns, const OnPair& on_pair) {
    Reading source = [this](const db::Database::ReadFn& fn) { return fn(parts_.source); };
    TRY(walk_pairs(Scan(std::move(source), table, columns), Scan(parts_.target, table, columns), table, on_pair));
    return writer_ ? writer_->flush() : Result<void>();
  }

  Result<void> vacate(const Table& table) {
    if (!table.vacate) return {};
    return walk(table, key_and_unique_columns(table), [&](const Record* source, Record* target) -> Result<void> {
      if (target == nullptr || (source != nullptr && source->cells == target->cells)) return {};
      return writer_->add(RowChange::vacate, table, std::move(*target));
    });
  }

  Result<void> write(const Table& table, TableFigures& figures) {
    TRY(walk(table, table.columns.size(), [&](Record* source, const Record* target) -> Result<void> {
      if (source == nullptr) return {};
      ++figures.rows;
      tell(table);
      if (target != nullptr && same_row(*source, *target, table)) return {};
      ++(target == nullptr ? figures.added : figures.changed);
      if (!writer_) return {};
      return writer_->add(target == nullptr ? RowChange::insert : RowChange::update, table, std::move(*source));
    }));
    // Though nothing was added: the run that added it may have been killed before it came here.
    return writer_ ? writer_->advance(table) : Result<void>();
  }

  Result<void> remove(const Table& table, TableFigures& figures) {
    return walk(table, key_columns(table), [&](const Record* source, Record* target) -> Result<void> {
      if (source != nullptr) return {};
      ++figures.deleted;
      if (!writer_) return {};
      return writer_->add(RowChange::remove, table, std::move(*target));
    });
  }

  /// A table that needed nothing has just been compared.
  Result<void> check(const Table& table, const TableFigures& figures) {
    if (figures.added + figures.changed + figures.deleted == 0) return {};
    return walk(table, table.columns.size(), [&](const Record* source, const Record* target) -> Result<void> {
      if (source != nullptr && target != nullptr && same_row(*source, *target, table)) return {};
      return fail(ErrorCode::internal,
                  fmt::format("The target's table {} does not hold what was written to it. Has somebody else written"
                              " there? Run the copy again.",
                              table.name));
    });
  }

  void tell(const Table& table) {
    ++done_;
    if (parts_.on_progress) parts_.on_progress({.table = table.name, .done = done_, .total = std::max(done_, total_)});
  }

  const RowParts& parts_;
  std::optional<RowWriter> writer_;
  std::vector<TableFigures> figures_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<std::vector<TableFigures>> compare_rows(const RowParts& parts) { return RowCopy(parts, nullptr).run(); }

Result<std::vector<TableFigures>> copy_rows(const RowParts& parts, db::Database& database) {
  return RowCopy(parts, &database).run();
}

}  // namespace medialith::movers
