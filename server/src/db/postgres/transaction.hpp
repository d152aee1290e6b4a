// What reads and writes run in on PostgreSQL.
#pragma once

#include <optional>
#include <string>

#include "db/database.hpp"
#include "db/faults.hpp"
#include "db/postgres/session.hpp"

namespace medialith::db::postgres {

/// One run of one read: a transaction that only reads and sees one snapshot. BEGIN goes with the first statement.
class SnapshotReader final : public db::Connection {
 public:
  /// `prefix` stands before every table's name.
  SnapshotReader(Session& session, const std::string& prefix) : session_(session), prefix_(prefix) {}

  Dialect dialect() const override { return Dialect::postgres; }
  Result<void> each(const Statement& statement, const RowCallback& on_row) override;

  /// Of the first statement that failed; none ran after it.
  const std::optional<Trouble>& trouble() const { return trouble_; }
  /// Ends the transaction. Nobody need wait for it: only the connection must not be used before. False when the
  /// connection is of no more use.
  bool finish();

 private:
  Session& session_;
  const std::string& prefix_;
  std::optional<Trouble> trouble_;
  bool begun_ = false;
};

/// One run of one write.
class PipelinedTransaction final : public Transaction {
 public:
  PipelinedTransaction(Session& session, const std::string& prefix) : session_(session), prefix_(prefix) {}

  using Transaction::ask;
  Result<void> ask(std::span<const Question> questions) override;
  /// Queued behind what libpq has not sent yet, so its values need no copy.
  void later(const Statement& statement) override;
  std::int64_t changes() const override { return changes_; }

  /// Sends what was put off and COMMIT. Nothing at all when fn sent nothing. Trouble stays in trouble().
  void commit(const Faults& faults);
  /// False when the connection is of no more use.
  bool roll_back();

  const std::optional<Trouble>& trouble() const { return trouble_; }
  bool commit_sent() const { return commit_sent_; }
  std::uint64_t round_trips() const { return trips_; }
  /// What the server calls this transaction, once it has told.
  std::optional<std::int64_t> id() const { return id_; }

 private:
  void begin();
  bool send(const Statement& statement);
  std::expected<std::vector<ResultHandle>, Trouble> trip();

  Session& session_;
  const std::string& prefix_;
  std::optional<Trouble> trouble_;
  std::optional<std::int64_t> id_;
  std::int64_t changes_ = 0;
  std::uint64_t trips_ = 0;
  std::size_t queued_ = 0;  // statements since the last trip
  bool begun_ = false;
  bool commit_sent_ = false;
};

}  // namespace medialith::db::postgres
