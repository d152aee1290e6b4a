// PostgreSQL beside a test: one server for the whole test program, a schema of its own for each database.
#pragma once

#include <array>
#include <atomic>
#include <string>

#include <fmt/format.h>

#include "base/testing/real_server.hpp"
#include "db/postgres/postgres_database.hpp"
#include "net/runtime.hpp"

namespace medialith::db {

/// The server of this program, started by the first that asks and stopped at its end.
inline testing::RealServer& postgres_server() {
  static testing::RealServer server(MEDIALITH_SERVERS_DIR "/postgres.mjs");
  return server;
}
/// The same behind pgbouncer in transaction mode.
inline testing::RealServer& pgbouncer_server() {
  static testing::RealServer server(MEDIALITH_SERVERS_DIR "/pgbouncer.mjs");
  return server;
}

/// A name that no other schema of this program has.
inline std::string next_schema() {
  static std::atomic<int> count = 0;
  return fmt::format("test_{}", ++count);
}

inline constexpr std::array kPostgresContractMigrations = {Migration{.number = 1,
                                                                     .name = "contract",
                                                                     .sql = R"(
    CREATE TABLE {contract_rows} (id bigint PRIMARY KEY, name text NOT NULL, n bigint, r double precision,
                                  flag boolean, j json, b bytea, at timestamptz, price numeric);
    -- An entry of an index is at most 2 704 bytes.
    CREATE UNIQUE INDEX contract_rows_name ON {contract_rows} (md5(name));)",
                                                                     .sha256 = "c0"}};

/// Of a test's server, which keeps nothing.
inline PostgresOptions scratch_options(const testing::RealServer& server) {
  PostgresOptions options;
  options.url = Secret(server.at("url"));
  options.schema = next_schema();
  options.unsafe = UnsafeServer::allow;
  return options;
}

}  // namespace medialith::db
