// What the server's errors mean to the callers of a database.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "db/libsql/stream.hpp"

namespace medialith::db::libsql {

/// True when the server has undone the transaction, or never began it, for a reason that may be gone at the next try.
bool may_run_again(const ServerError& error);

/// Names of unique indexes by the columns that SQLite reports instead. Thread-safe; blocks.
class IndexNames {
 public:
  explicit IndexNames(const Remote& remote) : remote_(remote) {}
  /// `columns` is as in "UNIQUE constraint failed: t.a, t.b". Without an index of those (a primary key by rowid), or
  /// while the server cannot be asked, the columns themselves.
  std::string find(std::string_view columns);

 private:
  void load();
  const Remote& remote_;
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> by_columns_;  // guarded by mutex_
};

/// The Error of a statement that failed.
Error statement_error(const ServerError& error, IndexNames& indexes);

}  // namespace medialith::db::libsql
