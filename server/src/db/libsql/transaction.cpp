#include "db/libsql/transaction.hpp"

#include <utility>

#include "db/errors.hpp"

namespace medialith::db::libsql {

// A stream may still have the transaction of a write that was refused.
Batch RemoteTransaction::opening() const {
  Batch batch;
  if (!begun_) {
    batch.inside(encode("ROLLBACK"));
    batch.always(encode("BEGIN IMMEDIATE"));
  }
  for (const std::string& statement : put_off_) batch.next(statement);
  return batch;
}

Batch RemoteTransaction::last(End end) const {
  Batch batch = opening();
  if (end == End::dropped) batch.inside(encode("ROLLBACK"));
  batch.next(encode("COMMIT"));
  return batch;
}

Result<void> RemoteTransaction::failed(Error error) {
  error_ = std::move(error);
  return fail(*error_);
}

Result<void> RemoteTransaction::ask(std::span<const Question> questions) {
  ++asks_;
  if (error_) return fail(*error_);
  Batch batch = opening();
  const std::size_t begin = begun_ ? 0 : 1;  // what undoes a transaction that is there need not run
  const std::size_t first = batch.size();
  std::vector<const RowCallback*> callbacks;
  for (const Question& question : questions) {
    if (question.statement.is_empty(Dialect::sqlite)) continue;
    auto statement = encode(question.statement, Rows::wanted);
    if (!statement) return failed(std::move(statement).error());
    batch.next(*statement);
    callbacks.push_back(&question.on_row);
  }
  put_off_.clear();
  begun_ = true;
  const std::expected<Answer, NoReply> answer = trips_.send(batch);
  if (!answer) {
    // Nothing was committed, whatever part of it ran.
    again_ = answer.error().kind != NoReply::Kind::not_run;
    return failed(answer.error().error);
  }
  TRY(check(*answer, begin));
  changes_ = 0;
  for (std::size_t i = 0; i < callbacks.size(); ++i) {
    answer->steps[first + i].each(*callbacks[i]);
    changes_ = answer->steps[first + i].changes();
  }
  return {};
}

Result<void> RemoteTransaction::check(const Answer& answer, std::size_t first) {
  for (std::size_t i = first; i < answer.steps.size(); ++i) {
    const Step& step = answer.steps[i];
    if (step.state == Step::State::done) continue;
    if (step.state == Step::State::skipped) {
      again_ = true;
      return failed(database_error(ErrorCode::unavailable, "the database has undone the transaction"));
    }
    again_ = may_run_again(step.error);
    return failed(statement_error(step.error, indexes_));
  }
  return {};
}

void RemoteTransaction::later(const Statement& statement) {
  if (error_ || statement.is_empty(Dialect::sqlite)) return;
  auto encoded = encode(statement, Rows::unwanted);
  if (encoded) {
    put_off_.push_back(std::move(*encoded));
  } else {
    error_ = std::move(encoded).error();
  }
}

Result<void> RemoteTransaction::outcome(Result<void> returned) const {
  if (returned && error_) return fail(*error_);
  return returned;
}

}  // namespace medialith::db::libsql
