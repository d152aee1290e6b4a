// A real sqld for the tests of this process, emptied for each of them.
#pragma once

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/real_server.hpp"
#include "db/libsql/libsql_database.hpp"
#include "db/libsql/stream.hpp"
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

/// Says to a server what no engine does. What the server has against it is thrown.
class Sqld {
 public:
  explicit Sqld(LibsqlEndpoint endpoint)
      : remote_{.client = *client_, .endpoint = std::move(endpoint), .connect_timeout = std::chrono::seconds(5)} {}
  const LibsqlEndpoint& endpoint() const { return remote_.endpoint; }
  const std::shared_ptr<http_client::Client>& client() { return client_; }

  /// A script of several statements.
  void run(const std::string& script) {
    std::string request = R"({"type":"sequence","sql":)";
    json::append_string(request, script);
    static_cast<void>(send(request + "}"));
  }
  /// One request on a stream of its own.
  libsql::Reply send(std::string request) {
    const std::array requests = {std::move(request)};
    libsql::Stream stream(remote_);
    auto reply = stream.send(requests, libsql::Then::close, std::chrono::seconds(10));
    if (!reply) throw std::runtime_error(reply.error().error.detail);
    if (const auto error = reply->error(0)) throw std::runtime_error(error->message);
    return std::move(*reply);
  }

 private:
  std::shared_ptr<http_client::Client> client_ = http_client::Client::open().value();
  libsql::Remote remote_;
};

/// The server of this process, without a table.
class EmptySqld : public Sqld {
 public:
  EmptySqld() : Sqld(parse_libsql_url(sqld_server().at("url"), Secret()).value()) {
    // Dropping a table of full text drops those that it is made of.
    std::string script = "PRAGMA foreign_keys = OFF;";
    const char* query =
        "SELECT 'DROP ' || type || ' IF EXISTS ' || name || ';' FROM sqlite_schema WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'libsql%' ORDER BY sql NOT LIKE 'CREATE VIRTUAL%'";
    libsql::Batch batch;
    batch.always(libsql::encode(query));
    const libsql::Reply reply = send(batch.request());
    reply.steps(0, 1).front().each([&](const Row& row) { script += row.text(0); });
    run(script);
  }
};

}  // namespace medialith::db
