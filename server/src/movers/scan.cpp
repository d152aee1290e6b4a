#include "movers/scan.hpp"

#include <algorithm>
#include <compare>
#include <utility>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "net/runtime.hpp"

namespace medialith::movers {
namespace {

// Rows of a first page: an engine may hold a whole page in memory before it hands it out, and rows may have megabytes.
constexpr std::int64_t kFirstPageRows = 32;
constexpr std::size_t kCellBytes = sizeof(Cell);

bool is_number(ColumnType type) {
  return type == ColumnType::integer || type == ColumnType::boolean || type == ColumnType::time;
}

Cell read_cell(const db::Row& row, int column, ColumnType type) {
  Cell cell;
  if (row.is_null(column)) return cell;
  cell.null = false;
  switch (type) {
    case ColumnType::integer:
      cell.number = row.integer(column);
      break;
    case ColumnType::boolean:
      cell.number = row.boolean(column) ? 1 : 0;
      break;
    case ColumnType::time:
      cell.number = row.time(column).ms;
      break;
    case ColumnType::bytes:
      cell.text = text_of(row.bytes(column));
      break;
    case ColumnType::text:
    case ColumnType::json:
    case ColumnType::decimal:
      cell.text = row.text(column);
      break;
  }
  return cell;
}

/// By numbers and by bytes, as the engines sort keys.
std::strong_ordering compare_keys(const Record& a, const Record& b, const Table& table) {
  for (std::size_t i = 0; i < key_columns(table); ++i) {
    const Cell& left = a.cells[i];
    const Cell& right = b.cells[i];
    const auto order =
        is_number(table.columns[i].type) ? left.number <=> right.number : left.text.compare(right.text) <=> 0;
    if (order != std::strong_ordering::equal) return order;
  }
  return std::strong_ordering::equal;
}

std::size_t leading_columns(const Table& table, bool (*belongs)(ColumnRole)) {
  const auto first_other = std::ranges::find_if(table.columns, [&](const Column& c) { return !belongs(c.role); });
  return static_cast<std::size_t>(first_other - table.columns.begin());
}

void append_columns(db::Statement& statement, std::span<const Column> columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) statement.append(", ");
    statement.append(columns[i].name);
  }
}

/// As what sorts: PostgreSQL would sort texts by its locale.
void append_keys(db::Statement& statement, std::span<const Column> keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) statement.append(", ");
    statement.append(keys[i].name);
    if (keys[i].type == ColumnType::text) statement.append(db::Sql("", db::on_postgres(" COLLATE \"C\"")));
  }
}

}  // namespace

Reading reading_of(db::Database& database) {
  return [&database](const db::Database::ReadFn& fn) {
    return net::run_sync(database.run_read(db::ReadKind::long_read, fn));
  };
}

db::Value value_of(const Cell& cell, ColumnType type) {
  if (cell.null) return db::Null{};
  switch (type) {
    case ColumnType::integer:
      return cell.number;
    case ColumnType::boolean:
      return cell.number != 0;
    case ColumnType::time:
      return Time{cell.number};
    case ColumnType::text:
      return std::string_view(cell.text);
    case ColumnType::json:
      return db::Json{cell.text};
    case ColumnType::decimal:
      return db::Decimal{cell.text};
    case ColumnType::bytes:
      break;
  }
  return db::Bytes{bytes_of(cell.text)};
}

bool same_value(const Cell& a, const Cell& b, ColumnType type) {
  if (a == b) return true;
  const bool has_spellings = type == ColumnType::json || type == ColumnType::decimal;
  return has_spellings && !a.null && !b.null && json::equal(a.text, b.text);
}

std::size_t key_columns(const Table& table) {
  return leading_columns(table, [](ColumnRole role) { return role == ColumnRole::key; });
}

std::size_t key_and_unique_columns(const Table& table) {
  return leading_columns(table, [](ColumnRole role) { return role != ColumnRole::plain; });
}

Scan::Scan(Reading read, const Table& table, std::size_t columns)
    : read_(std::move(read)), table_(table), columns_(columns), limit_(kFirstPageRows) {}

Result<Record*> Scan::peek() {
  if (at_ == page_.size() && !ended_) TRY(load());
  return at_ < page_.size() ? &page_[at_] : nullptr;
}

Result<void> Scan::load() {
  auto fill = [this](db::Connection& connection) -> Result<void> {
    page_.clear();
    page_bytes_ = 0;
    cut_ = false;
    return connection.each(page_statement(), [this](const db::Row& row) { take(row); });
  };
  page_.clear();
  at_ = 0;
  TRY(read_(fill));
  ended_ = !cut_ && std::ssize(page_) < limit_;
  if (page_.empty()) return {};
  const auto& last = page_.back().cells;
  last_key_.assign(last.begin(), last.begin() + static_cast<std::ptrdiff_t>(key_columns(table_)));
  limit_ = cut_ ? std::ssize(page_) : std::min(kPageRows, limit_ * 2);
  return {};
}

/// `SELECT columns FROM {table} WHERE only AND (keys) > (last) ORDER BY keys LIMIT n`
db::Statement Scan::page_statement() const {
  const auto keys = table_.columns.first(key_columns(table_));
  db::Statement statement("SELECT ");
  append_columns(statement, table_.columns.first(columns_));
  statement.append(" FROM ").append(table_.braced).append(" WHERE ").append(table_.only);
  if (!last_key_.empty()) {
    statement.append(" AND (");
    append_keys(statement, keys);
    statement.append(") > (");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (i > 0) statement.append(", ");
      statement.append_value(value_of(last_key_[i], keys[i].type));
    }
    statement.append(")");
  }
  statement.append(" ORDER BY ");
  append_keys(statement, keys);
  statement.append(" LIMIT ").append_value(limit_);
  return statement;
}

void Scan::take(const db::Row& row) {
  // What is dropped is read again with the next page, which asks for fewer rows.
  if (cut_) return;
  Record record;
  record.cells.reserve(columns_);
  for (std::size_t i = 0; i < columns_; ++i) {
    record.cells.push_back(read_cell(row, static_cast<int>(i), table_.columns[i].type));
    record.bytes += kCellBytes + record.cells.back().text.size();
  }
  cut_ = !page_.empty() && page_bytes_ + record.bytes > kPageBytes;
  if (cut_) return;
  page_bytes_ += record.bytes;
  page_.push_back(std::move(record));
}

Result<void> walk_pairs(Scan source, Scan target, const Table& table, const OnPair& on_pair) {
  while (true) {
    TRY_ASSIGN(Record* const left, source.peek());
    TRY_ASSIGN(Record* const right, target.peek());
    if (left == nullptr && right == nullptr) return {};
    const bool left_only = right == nullptr || (left != nullptr && compare_keys(*left, *right, table) < 0);
    const bool right_only = left == nullptr || (right != nullptr && compare_keys(*left, *right, table) > 0);
    TRY(on_pair(right_only ? nullptr : left, left_only ? nullptr : right));
    if (!right_only) source.next();
    if (!left_only) target.next();
  }
}

}  // namespace medialith::movers
