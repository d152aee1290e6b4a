// How SQLite would run a statement, for tests that hold a statement to its index.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "db/sql.hpp"
#include "db/sqlite/handle.hpp"

namespace medialith::db {

/// One line for each step of EXPLAIN QUERY PLAN, or what is wrong with the statement.
inline std::string explain(const std::filesystem::path& database, std::string_view statement) {
  const auto handle = sqlite::open_handle(database, sqlite::Role::reader, "");
  if (!handle) return "no database";
  const std::string text = "EXPLAIN QUERY PLAN " + expand_tables(statement, "");
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(handle->get(), text.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
    return sqlite3_errmsg(handle->get());
  }
  std::string plan;
  while (sqlite3_step(prepared) == SQLITE_ROW) {
    plan += reinterpret_cast<const char*>(sqlite3_column_text(prepared, 3));
    plan += '\n';
  }
  sqlite3_finalize(prepared);
  return plan;
}

/// Runs a script on a connection of its own, such as one that plants statistics.
inline void run_script(const std::filesystem::path& database, const std::string& script) {
  const auto handle = sqlite::open_handle(database, sqlite::Role::writer, "");
  if (handle) (void)sqlite::execute(handle->get(), script);
}

}  // namespace medialith::db
