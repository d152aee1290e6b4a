#include "movers/row_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "domain/generations.hpp"
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
  const bool has_document = table.documents != Documents::none;
  if (has_document) statement.append(db::Sql("", db::on_postgres(", search")));
  statement.append(") VALUES (");
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) statement.append(", ");
    statement.append_value(value_of(record.cells[i], table.columns[i].type));
  }
  if (has_document) statement.append(db::Sql("", db::on_postgres(", ''")));
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

/// On PostgreSQL the document is a column of the row, which is written right after it; SQLite has its own.
class DocumentOf {
 public:
  DocumentOf(const Table& table, const Record& record) : table_(table), record_(record) {}

  void add(Mutation& mutation) const {
    if (table_.documents == Documents::of_generations) add_generation(mutation);
    if (table_.documents == Documents::of_assets) add_asset(mutation);
  }

 private:
  const Cell& cell(std::string_view column) const {
    const auto found = std::ranges::find_if(
        table_.columns, [&](const Column& one) { return one.name.text(db::Dialect::sqlite) == column; });
    return record_.cells[static_cast<std::size_t>(found - table_.columns.begin())];
  }
  std::string owner() const { return domain::search_owner({cell("user_rid").number}); }

  void add_generation(Mutation& mutation) const {
    const std::string owner_token = owner();
    const std::array<std::string_view, 5> words = {owner_token, domain::indexed_part(cell("prompt").text),
                                                   domain::indexed_part(cell("negative_prompt").text),
                                                   cell("search_text").text, cell("search_terms").text};
    const std::array<std::string_view, 1> files = {cell("file_names").text};
    const GenerationRid rid{cell("rid").number};
    mutation.later({db::Sql("", db::on_postgres("UPDATE {generations} SET search = setweight($3, 'B') || $2"
                                                " WHERE rid = $1")),
                    rid.value, db::Words{words}, db::Words{files}});
    add_search_document(mutation, rid);
  }

  void add_asset(Mutation& mutation) const {
    const std::string owner_token = owner();
    const std::array<std::string_view, 4> words = {owner_token, cell("filename").text, cell("kind").text,
                                                   cell("content_type").text};
    const AssetRid rid{cell("rid").number};
    mutation.later(
        {db::Sql("", db::on_postgres("UPDATE {assets} SET search = $2 WHERE rid = $1")), rid.value, db::Words{words}});
    add_search_document(mutation, rid);
  }

  const Table& table_;
  const Record& record_;
};

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
  DocumentOf(table, record).add(mutation);
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
