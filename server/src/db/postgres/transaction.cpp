#include "db/postgres/transaction.hpp"

#include <charconv>

namespace medialith::db::postgres {
namespace {

std::string text_of(const Statement& statement, const std::string& prefix) {
  return statement.is_literal() ? expand_tables(statement.literal(Dialect::postgres), prefix)
                                : expand_tables(statement.text(Dialect::postgres), prefix);
}

void hand_out(const PGresult* result, const RowCallback& on_row) {
  const int rows = PQntuples(result);
  for (int row = 0; row < rows; ++row) on_row(ResultRow(result, row));
}

std::int64_t changed_by(PGresult* result) {
  if (std::string_view(PQcmdStatus(result)).starts_with("SELECT")) return 0;
  const std::string_view count = PQcmdTuples(result);
  std::int64_t changed = 0;
  std::from_chars(count.data(), count.data() + count.size(), changed);
  return changed;
}

}  // namespace

Result<void> SnapshotReader::each(const Statement& statement, const RowCallback& on_row) {
  if (trouble_) return fail(trouble_->error);
  if (!begun_) session_.send("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  begun_ = true;
  session_.send(text_of(statement, prefix_), statement.values());
  auto results = session_.trip();
  if (!results) {
    trouble_ = std::move(results).error();
    return fail(trouble_->error);
  }
  hand_out(results->back().get(), on_row);
  return {};
}

bool SnapshotReader::finish() {
  if (trouble_ && trouble_->lost) return false;
  if (!begun_) return true;
  session_.send("COMMIT");
  return session_.trip().has_value();
}

void PipelinedTransaction::begin() {
  if (begun_) return;
  begun_ = true;
  session_.send("BEGIN");
  ++queued_;
}

bool PipelinedTransaction::send(const Statement& statement) {
  if (statement.is_empty(Dialect::postgres)) return false;
  std::string text = text_of(statement, prefix_);
  if (statement.lock() == Lock::rows) text += " FOR UPDATE";
  begin();
  session_.send(text, statement.values());
  ++queued_;
  return true;
}

std::expected<std::vector<ResultHandle>, Trouble> PipelinedTransaction::trip() {
  ++trips_;
  queued_ = 0;
  return session_.trip();
}

Result<void> PipelinedTransaction::ask(std::span<const Question> questions) {
  if (trouble_) return fail(trouble_->error);
  begin();
  const std::size_t before = queued_;
  if (!id_) {  // should the answer to COMMIT be lost, it tells what became of it
    session_.send("SELECT pg_current_xact_id()");
    ++queued_;
  }
  std::vector<const RowCallback*> callbacks;
  for (const Question& question : questions) {
    if (send(question.statement)) callbacks.push_back(&question.on_row);
  }
  auto results = trip();
  if (!results) {
    trouble_ = std::move(results).error();
    return fail(trouble_->error);
  }
  if (!id_) id_ = ResultRow((*results)[before].get(), 0).integer(0);
  const std::size_t first = results->size() - callbacks.size();
  for (std::size_t i = 0; i < callbacks.size(); ++i) hand_out((*results)[first + i].get(), *callbacks[i]);
  changes_ = callbacks.empty() ? 0 : changed_by(results->back().get());
  return {};
}

void PipelinedTransaction::later(const Statement& statement) {
  if (!trouble_) send(statement);
}

void PipelinedTransaction::commit(const Faults& faults) {
  if (!begun_ || trouble_) return;
  faults.reach("before_commit");
  if (faults.drop_group && faults.drop_group()) {
    session_.send("DO 'BEGIN RAISE EXCEPTION USING ERRCODE = ''40001''; END'");
  }
  session_.send("COMMIT");
  commit_sent_ = true;
  auto results = trip();
  if (!results) trouble_ = std::move(results).error();
  if (!trouble_) faults.reach("after_commit");
}

bool PipelinedTransaction::roll_back() {
  if (trouble_ && trouble_->lost) return false;
  if (!begun_) return true;
  // What was put off goes first, and takes a ROLLBACK behind it along when it fails.
  for (int tries = 0; tries < 2; ++tries) {
    session_.send("ROLLBACK");
    const auto results = session_.trip();
    if (results) return true;
    if (results.error().lost) return false;
  }
  return false;
}

}  // namespace medialith::db::postgres
