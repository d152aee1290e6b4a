// One connection to PostgreSQL: statements are sent one behind the other without waiting, and their results come back
// together, in one trip.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "base/secret.hpp"
#include "db/postgres/values.hpp"

namespace medialith::db::postgres {

/// Longest wait for the answer to one trip; then the statement is cancelled and the connection given up.
inline constexpr std::chrono::seconds kStatementTimeout{30};

/// Why a trip failed.
struct Trouble {
  Error error;
  std::string state = {};  ///< SQLSTATE; empty when the server said nothing
  std::string index = {};  ///< the constraint or index that refused
  bool lost = false;       ///< the connection is of no more use, and what was last sent may or may not have been done
};

/// One thread at a time. Every call blocks until its deadline at most.
class Session {
 public:
  /// Connects, in text UTF-8. `url` as libpq takes it; parameters that it does not know are left out, since apps put
  /// those of other drivers there. Errors: unavailable; precondition_failed for a database that is not in UTF-8 and for
  /// a URL that cannot be read, of which nothing is repeated: it may be a piece of the password.
  static Result<Session> open(const Secret& url);

  /// Queues a statement for the next trip. Nothing of `values` is needed afterwards.
  void send(std::string_view sql, std::span<const Value> values = {});
  /// Sends what was queued and waits for all of it: one result for each send(), in order.
  std::expected<std::vector<ResultHandle>, Trouble> trip();
  /// Runs a script of ours, several statements without values, in one trip.
  std::expected<void, Trouble> run_script(const std::string& sql);

  /// Whether statements of ours go to one server process for as long as this connection lives; a pooler in between
  /// names itself by a process id that is not the server's.
  bool is_direct(std::int64_t server_pid) const { return PQbackendPID(handle_.get()) == server_pid; }
  /// For LISTEN: readable when something has been told.
  int socket() const { return PQsocket(handle_.get()); }
  PGconn* handle() const { return handle_.get(); }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  Session(std::unique_ptr<PGconn, Finish> handle, sqlite::Tokenizer tokenizer)
      : handle_(std::move(handle)), tokenizer_(std::move(tokenizer)) {}

  bool wait(std::chrono::steady_clock::time_point deadline);
  Trouble lost();
  Trouble trouble_of(const PGresult* result);
  std::expected<std::vector<ResultHandle>, Trouble> receive();

  std::unique_ptr<PGconn, Finish> handle_;
  sqlite::Tokenizer tokenizer_;
  bool broken_ = false;
};

/// The URL without the parameters that libpq does not know.
std::string known_parameters_only(std::string_view url);

}  // namespace medialith::db::postgres
