#include "movers/row_writer.hpp"

#include <utility>

#include <fmt/format.h>

#include "domain/trash.hpp"
#include "net/runtime.hpp"

namespace medialith::movers {
namespace {

using domain::AssetRid;
using domain::GenerationRid;
using domain::Mutation;

void append_key_condition(db::Statement& statement, const Table& table, const Record& record) {
  statement.append(" WHERE ");
  for (std::size_t i = 0; i < key_columns(table); ++i) {
    if (i > 0) statement.append(" AND ");
    statement.append(table.columns[i].name).append(" = ");
    statement.append_value(value_of(record.cells[i], table.columns[i].type));
  }
}

db::Statement insert_statement(const Table& table, const Record& record) {
  db::Statement statement("INSERT INTO ");
  statement.append(table.braced).append(" (");
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) statement.append(", ");
    statement.append(table.columns[i].name);
  }
  statement.append(") VALUES (");
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) statement.append(", ");
    statement.append_value(value_of(record.cells[i], table.columns[i].type));
  }
  statement.append(")");
  return statement;
}

db::Statement update_statement(const Table& table, const Record& record) {
  db::Statement statement("UPDATE ");
  statement.append(table.braced).append(" SET ");
  const std::size_t keys = key_columns(table);
  for (std::size_t i = keys; i < table.columns.size(); ++i) {
    if (i > keys) statement.append(", ");
    statement.append(table.columns[i].name).append(" = ");
    statement.append_value(value_of(record.cells[i], table.columns[i].type));
  }
  append_key_condition(statement, table, record);
  return statement;
}

db::Statement remove_statement(const Table& table, const Record& record) {
  db::Statement statement("DELETE FROM ");
  statement.append(table.braced);
  append_key_condition(statement, table, record);
  return statement;
}

db::Statement vacate_statement(const Table& table, const Record& record) {
  const auto key = [&](std::size_t i) { return value_of(record.cells[i], table.columns[i].type); };
  return key_columns(table) == 1 ? db::Statement(*table.vacate, key(0)) : db::Statement(*table.vacate, key(0), key(1));
}

void add_document(Mutation& mutation, Documents documents, std::int64_t rid) {
  if (documents == Documents::of_generations) add_search_document(mutation, GenerationRid{rid});
  if (documents == Documents::of_assets) add_search_document(mutation, AssetRid{rid});
}

void remove_document(Mutation& mutation, Documents documents, std::int64_t rid) {
  if (documents == Documents::of_generations) remove_search_document(mutation, GenerationRid{rid});
  if (documents == Documents::of_assets) remove_search_document(mutation, AssetRid{rid});
}

/// The row with its full-text document: out before it changes, in afterwards.
void put_off(Mutation& mutation, RowChange change, const Table& table, const Record& record) {
  if (change == RowChange::vacate) return mutation.later(vacate_statement(table, record));
  const std::int64_t rid = record.cells.front().number;
  if (change != RowChange::insert) remove_document(mutation, table.documents, rid);
  if (change == RowChange::remove) return mutation.later(remove_statement(table, record));
  mutation.later(change == RowChange::insert ? insert_statement(table, record) : update_statement(table, record));
  add_document(mutation, table.documents, rid);
}

}  // namespace

Result<void> RowWriter::add(RowChange change, const Table& table, Record record) {
  bytes_ += record.bytes;
  pending_.push_back({change, &table, std::move(record)});
  if (std::ssize(pending_) < kPageRows && bytes_ < kPageBytes) return {};
  return flush();
}

Result<void> RowWriter::flush() {
  if (pending_.empty()) return {};
  auto run = [this](db::Transaction& tx) -> Result<void> {
    // Nobody mutates here: what is written was decided at the source, with its change and its idempotency row.
    const domain::Principal nobody;
    Mutation mutation(tx, nobody, nullptr, {});
    for (const Pending& one : pending_) put_off(mutation, one.change, *one.table, one.record);
    return {};
  };
  auto done = net::run_sync(database_.write(run, bytes_));
  if (!done) {
    Error error = std::move(done).error();
    error.message = fmt::format("Rows of {} could not be written: {}", pending_.front().table->name, error.message);
    return fail(std::move(error));
  }
  pending_.clear();
  bytes_ = 0;
  return {};
}

Result<void> RowWriter::advance(const Table& table) {
  if (!table.advance) return {};
  auto run = [&table](db::Transaction& tx) -> Result<void> {
    tx.later({*table.advance});
    return {};
  };
  return net::run_sync(database_.write(run));
}

}  // namespace medialith::movers
