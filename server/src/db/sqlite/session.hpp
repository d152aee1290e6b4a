// One connection with its prepared statements: what reads and writes have in common.
#pragma once

#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "db/database.hpp"
#include "db/sqlite/handle.hpp"

namespace medialith::db::sqlite {

/// A prepared statement that knows which value each of its parameters takes.
class Prepared {
 public:
  static Result<std::shared_ptr<Prepared>> make(sqlite3* handle, std::string_view text, bool persistent);
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { sqlite3_finalize(statement_); }

  /// Binds by name: `$2` takes the second value wherever it stands. Views are not copied.
  Result<void> bind(std::span<const Value> values);
  sqlite3_stmt* get() const { return statement_; }

 private:
  friend class Session;
  Prepared() = default;
  Result<void> find_parameters(std::string_view text);

  sqlite3_stmt* statement_ = nullptr;
  std::vector<int> parameters_;  // SQLite's index of $1, $2, …
  bool running_ = false;
};

/// Used by one thread at a time.
class Session {
 public:
  explicit Session(Handle handle) : handle_(std::move(handle)) {}

  /// Runs the statement; when this returns it is reset, whatever happened (contract of write(fn), 5).
  Result<void> run(const Statement& statement, const RowCallback& on_row);
  Result<void> run(const Statement& statement);

  /// The extended result code of the last run() that failed inside SQLite.
  int last_failure() const { return last_failure_; }
  /// Rows changed by the last run(); 0 when it only read.
  std::int64_t changes() const { return changes_; }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  sqlite3* handle() const { return handle_.get(); }

 private:
  Result<std::shared_ptr<Prepared>> take(const Statement& statement);
  Result<std::shared_ptr<Prepared>> take_composed(std::string_view text);
  Result<void> step(Prepared& prepared, const RowCallback& on_row);

  struct Composed {
    std::string text;
    std::shared_ptr<Prepared> prepared;
  };

  Handle handle_;  // outlives the statements
  // A literal is known by its address: one comparison instead of hashing its text at every call.
  std::unordered_map<const char*, std::shared_ptr<Prepared>> literals_;
  std::list<Composed> composed_;  // the last used first
  std::unordered_map<std::string_view, std::list<Composed>::iterator> by_text_;
  int last_failure_ = SQLITE_OK;
  std::int64_t changes_ = 0;
};

}  // namespace medialith::db::sqlite
