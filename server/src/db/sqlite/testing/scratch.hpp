// A folder of its own for a test's database, and what opens one there.
#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "db/sqlite/sqlite_database.hpp"

namespace medialith::db {

/// A folder that goes with the object, in memory where there is such a place: what a flush costs is not tested here.
class ScratchFolder {
 public:
  ScratchFolder() {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "medialith-db-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
    path_ = pattern;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline constexpr std::array kContractMigrations = {Migration{.number = 1,
                                                             .name = "contract",
                                                             .sql = R"(
    CREATE TABLE {contract_rows} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, n INTEGER, r REAL, flag INTEGER, j TEXT,
                                  b BLOB, at INTEGER, price TEXT) STRICT;
    CREATE UNIQUE INDEX contract_rows_name ON contract_rows (name);)",
                                                             .sha256 = "c0"}};

/// A database with the contract suite's table in a folder of its own.
class Scratch {
 public:
  explicit Scratch(SqliteOptions options = {}) : Scratch(still_clock(), std::move(options)) {}
  /// `clock` outlives the object.
  Scratch(const Clock& clock, SqliteOptions options) : clock_(clock), options_(std::move(options)) {
    options_.path = folder_.path() / "test.db";
    options_.migrations = kContractMigrations;
    reopen();
  }
  /// Closes and opens again, with the options as they are now.
  void reopen() {
    database_.reset();
    database_ = SqliteDatabase::open(options_, clock_, runtime_.work()).value();
  }
  SqliteOptions& options() { return options_; }
  void close() { database_.reset(); }
  SqliteDatabase& database() { return *database_; }

  Result<void> write(Database::WriteFn fn) { return net::run_sync(database().run_write(100, std::move(fn))); }
  /// The one number that a query answers.
  std::int64_t number(Sql sql) {
    auto look = [&](Connection& c) { return c.find(sql, [](const Row& row) { return row.integer(0); }); };
    return net::run_sync(database().read(look)).value().value();
  }
  std::int64_t rows() { return number("SELECT count(*) FROM {contract_rows}"); }

 private:
  // Time stands still unless a test brings a clock, so that a slow machine splits no group and moves no read.
  static const Clock& still_clock() {
    static const ManualClock kStill;
    return kStill;
  }
  ScratchFolder folder_;
  const Clock& clock_;
  net::Runtime runtime_{net::RuntimeOptions{.loops = 1, .work_threads = 2, .disk_threads = 1}};
  SqliteOptions options_;
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace medialith::db
