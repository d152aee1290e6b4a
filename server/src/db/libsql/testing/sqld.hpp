// A real libSQL server, spoken to without an engine.
#pragma once

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "db/libsql/libsql_database.hpp"
#include "db/libsql/stream.hpp"

namespace medialith::db {

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
  /// Until the database is as it was made.
  void drop_everything() {
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

 private:
  std::shared_ptr<http_client::Client> client_ = http_client::Client::open().value();
  libsql::Remote remote_;
};

}  // namespace medialith::db
