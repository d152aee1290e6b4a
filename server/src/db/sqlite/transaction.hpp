// What a write runs in on SQLite, where a round trip costs nothing but is counted all the same.
#pragma once

#include <optional>

#include "db/sqlite/session.hpp"

namespace medialith::db::sqlite {

/// Lives for one run of one write. Begin, savepoint and commit are the writer's.
class SessionTransaction final : public Transaction {
 public:
  explicit SessionTransaction(Session& session) : session_(session) {}

  using Transaction::ask;
  Result<void> ask(std::span<const Question> questions) override;
  /// Runs it at once: nothing is saved by waiting, and its values need no copy.
  void later(const Statement& statement) override;
  std::int64_t changes() const override { return changes_; }

  /// What the write comes to, given what fn returned.
  Result<void> outcome(Result<void> returned) const;
  /// Trips of a remote engine: one for each ask, one for COMMIT or ROLLBACK with what was put off.
  std::uint64_t round_trips() const { return trips_ + (used_ ? 1 : 0); }

 private:
  Session& session_;
  std::optional<Error> error_;  // the first; nothing runs after it
  std::int64_t changes_ = 0;
  std::uint64_t trips_ = 0;
  bool used_ = false;
};

}  // namespace medialith::db::sqlite
