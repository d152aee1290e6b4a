// SQLite that says it is an engine which several servers share, one that speaks SQLite's dialect. It can be down.
#pragma once

#include <utility>

#include "db/testing/passing_database.hpp"

namespace medialith::db {

/// Wraps `inner`, which outlives it.
class RenamedDatabase final : public PassingDatabase {
 public:
  using PassingDatabase::PassingDatabase;
  Task<Result<void>> run_read(ReadKind kind, ReadFn fn) override {
    if (down) co_return fail(ErrorCode::unavailable, "The database does not answer.");
    co_return co_await inner().run_read(kind, std::move(fn));
  }
  Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) override {
    if (down) co_return fail(ErrorCode::unavailable, "The database does not answer.");
    co_return co_await inner().run_write(bytes, std::move(fn));
  }
  std::string_view engine() const override { return "libsql"; }
  bool is_shared() const override { return true; }

  bool down = false;
};

}  // namespace medialith::db
