// A Hrana stream, which is a connection of the server's: pipelines one after the other, joined by a baton.
#pragma once

#include <chrono>
#include <expected>
#include <span>
#include <string>

#include "db/libsql/endpoint.hpp"
#include "db/libsql/hrana.hpp"
#include "http_client/client.hpp"

namespace medialith::db::libsql {

/// Where pipelines go. Outlives its streams.
struct Remote {
  http_client::Client& client;
  LibsqlEndpoint endpoint;
  std::chrono::milliseconds connect_timeout;
};

/// Why a pipeline brought no reply.
struct NoReply {
  enum class Kind : std::uint8_t {
    not_run,  ///< it was not sent, or the server says that it ran nothing of it
    expired,  ///< the same, because the stream had ended: its transaction was undone
    unknown,  ///< it may have run, in part or as a whole
  };
  Kind kind;
  Error error;  ///< unavailable
};

enum class Then : std::uint8_t { keep, close };

/// Used by one thread at a time; blocks. One that is dropped while open ends on the server by itself, after 10 s, or
/// after 5 s when somebody waits for its lock.
class Stream {
 public:
  explicit Stream(const Remote& remote) : remote_(&remote) {}

  /// `requests` in one trip; with Then::close the stream ends behind them, what it had not committed is undone.
  std::expected<Reply, NoReply> send(std::span<const std::string> requests, Then then,
                                     std::chrono::milliseconds timeout);
  /// Whether the server has something of it.
  bool is_open() const { return !baton_.empty(); }

 private:
  std::expected<Reply, NoReply> take(http_client::Response response, std::size_t requests);

  const Remote* remote_;
  std::string baton_;
  std::string base_url_;  // what the server wants to be asked at, once it said so
};

}  // namespace medialith::db::libsql
