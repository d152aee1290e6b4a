// What a write runs in on libSQL: each ask is a trip, and the rest travels with the COMMIT.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "db/libsql/errors.hpp"

namespace medialith::db::libsql {

/// The steps of a batch with the reply that they refer to.
struct Answer {
  Reply reply;
  std::vector<Step> steps;
};

/// Sends the batches of a transaction, one trip each. Implemented by the writer.
class Trips {
 public:
  virtual ~Trips() = default;
  /// Blocks. The transaction stays open.
  virtual std::expected<Answer, NoReply> send(const Batch& batch) = 0;
};

/// Lives for one run of one write.
class RemoteTransaction final : public Transaction {
 public:
  RemoteTransaction(Trips& trips, IndexNames& indexes) : trips_(trips), indexes_(indexes) {}

  using Transaction::ask;
  Result<void> ask(std::span<const Question> questions) override;
  void later(const Statement& statement) override;
  std::int64_t changes() const override { return changes_; }

  /// What the write comes to, given what fn returned.
  Result<void> outcome(Result<void> returned) const;
  /// The server has undone the transaction, for a reason that may be gone at the next try.
  bool runs_again() const { return again_; }
  bool used() const { return begun_ || !put_off_.empty(); }
  /// One for each ask, one for what ends the transaction.
  std::uint64_t round_trips() const { return asks_ + (used() ? 1 : 0); }
  /// The last batch: BEGIN, when no ask has sent it, what was put off, and COMMIT as its last step. With `dropped` the
  /// server undoes the transaction just before.
  enum class End : std::uint8_t { commit, dropped };
  Batch last(End end) const;

 private:
  Batch opening() const;
  Result<void> failed(Error error);
  Result<void> check(const Answer& answer, std::size_t first);

  Trips& trips_;
  IndexNames& indexes_;
  std::vector<std::string> put_off_;  // encoded
  std::optional<Error> error_;        // the first; nothing runs after it
  std::int64_t changes_ = 0;
  std::uint64_t asks_ = 0;
  bool begun_ = false;
  bool again_ = false;
};

}  // namespace medialith::db::libsql
