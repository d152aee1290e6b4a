// A real sqld for the tests of this process, emptied for each of them.
#pragma once

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/real_server.hpp"
#include "db/libsql/testing/sqld.hpp"
#include "net/run_sync.hpp"

namespace medialith::db {

/// Started by the first test that asks, stopped with the process.
inline medialith::testing::RealServer& sqld_server() {
  static medialith::testing::RealServer server(std::string(MEDIALITH_SERVERS_DIR) + "/sqld.mjs", {"--transaction=1"});
  return server;
}

inline constexpr std::array kLibsqlContractMigrations = {Migration{.number = 1,
                                                                   .name = "contract",
                                                                   .sql = R"(
    CREATE TABLE {contract_rows} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, n INTEGER, r REAL, flag INTEGER, j TEXT,
                                  b BLOB, at INTEGER, price TEXT) STRICT;
    CREATE UNIQUE INDEX contract_rows_name ON contract_rows (name);)",
                                                                   .sha256 = "c0"}};

/// The server of this process, without a table.
class EmptySqld : public Sqld {
 public:
  EmptySqld() : Sqld(parse_libsql_url(sqld_server().at("url"), Secret()).value()) { drop_everything(); }
};

}  // namespace medialith::db
