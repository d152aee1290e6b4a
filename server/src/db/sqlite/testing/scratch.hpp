// A folder of its own for a test's database, and what opens one there.
#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "db/sqlite/sqlite_database.hpp"

namespace medialith::db {

/// A folder that goes with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "medialith-db-XXXXXX").string();
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
  explicit Scratch(SqliteOptions options = {}) : options_(std::move(options)) {
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
  SqliteDatabase& database() { return *database_; }

 private:
  ScratchFolder folder_;
  SystemClock clock_;
  net::Runtime runtime_{net::RuntimeOptions{.loops = 1, .work_threads = 2, .disk_threads = 1}};
  SqliteOptions options_;
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace medialith::db
