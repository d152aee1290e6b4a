// A database that passes everything on: what wrappers of tests build on, each changing what it is about.
#pragma once

#include <utility>

#include "db/database.hpp"

namespace medialith::db {

/// Wraps `inner`, which outlives it.
class PassingDatabase : public Database {
 public:
  explicit PassingDatabase(Database& inner) : inner_(inner) {}
  Task<Result<void>> run_read(ReadKind kind, ReadFn fn) override { return inner_.run_read(kind, std::move(fn)); }
  Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) override {
    return inner_.run_write(bytes, std::move(fn));
  }
  Result<void> check() override { return inner_.check(); }
  DatabaseStats stats() const override { return inner_.stats(); }
  std::string_view engine() const override { return inner_.engine(); }
  bool is_shared() const override { return inner_.is_shared(); }

 protected:
  Database& inner() { return inner_; }

 private:
  Database& inner_;
};

}  // namespace medialith::db
