#include "db/sqlite/transaction.hpp"

namespace medialith::db::sqlite {

Result<void> SessionTransaction::ask(std::span<const Question> questions) {
  used_ = true;
  ++trips_;
  if (error_) return fail(*error_);
  for (const Question& question : questions) {
    auto done = session_.run(question.statement, question.on_row);
    if (!done) {
      error_ = done.error();
      return done;
    }
    changes_ = session_.changes();
  }
  return {};
}

void SessionTransaction::later(const Statement& statement) {
  used_ = true;
  if (error_) return;
  auto done = session_.run(statement);
  if (!done) error_ = std::move(done).error();
}

Result<void> SessionTransaction::outcome(Result<void> returned) const {
  if (returned && error_) return fail(*error_);
  return returned;
}

}  // namespace medialith::db::sqlite
