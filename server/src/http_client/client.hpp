// Outgoing HTTP/1.1 (design.md §2): all requests that a server makes go through one Client and its one thread,
// `net_out`, on which libcurl works all exchanges at once. Awaitable like the rest; connections are kept and used
// again; bodies have back-pressure both ways.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "net/task.hpp"

namespace medialith::http_client {

/// Bytes of a body that one exchange holds for its reader, and the same again for its writer. A reader that does not
/// come makes libcurl leave the rest in the socket.
inline constexpr std::size_t kBufferBytes = 256UL << 10;
/// What a response's head may have in all.
inline constexpr std::size_t kMaxHeadBytes = 64UL << 10;

struct Header {
  std::string name;
  std::string value;
};

struct Timeouts {
  std::chrono::milliseconds connect{5'000};  ///< name, TCP and TLS together
  /// No byte either way for so long; the time in which we wait for our own reader or writer does not count.
  std::chrono::milliseconds stall{30'000};
  /// From start() to the last byte, waiting for a turn included. max() is none.
  std::chrono::milliseconds total = std::chrono::milliseconds::max();
};

struct Request {
  std::string method = "GET";  ///< upper case
  std::string url;             ///< http or https, percent-encoded by the caller and sent as it is
  std::vector<Header> headers = {};
  /// Lent, not copied: lives until the exchange has ended or its object is destroyed.
  std::span<const std::byte> body = {};
  /// Instead of `body`: so many bytes come by Exchange::write().
  std::optional<std::uint64_t> streamed_length = {};
  Timeouts timeouts = {};
};

struct Head {
  int status = 0;
  std::vector<Header> headers;  ///< of the final response; names in lower case, in the order they came

  /// The first of that name, which is given in lower case.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct Response {
  Head head;
  std::string body;
};

class ExchangeState;

/// One request and its response. Used by one coroutine at a time; may be destroyed at any time on any thread, which
/// ends the exchange: what was lent to it is not looked at afterwards. May outlive its Client.
///
/// Errors of every operation, the same again when it is repeated:
///   overloaded       the queue is full: nothing was sent
///   unavailable      no connection (refused, unknown name, bad certificate, timeout before it stood), or the client
///                    has stopped: nothing was sent
///   internal         the request has characters that do not belong there: nothing was sent
///   outcome_unknown  the request, or a part of it, was sent and no complete response came: the connection was lost,
///                    the body was cut, a deadline passed. Whether it had an effect cannot be told from here.
/// `detail` says what it was. A response of any status is no error. Redirects are not followed.
class Exchange {
 public:
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// The next bytes of a streamed request body, copied before it returns; waits while kBufferBytes are unsent.
  /// A server that answers before it has read everything ends the body early: that is success here, and head() tells.
  /// Error: also internal, when more than `streamed_length` comes.
  Task<Result<void>> write(std::span<const std::byte> bytes);
  /// The head of the response, as soon as it is there.
  Task<Result<Head>> head();
  /// After head(): the next bytes of the body into `out`, which is not empty; 0 at its end.
  Task<Result<std::size_t>> read(std::span<std::byte> out);
  /// Head and the whole body. Error: also internal, when the body has more than `limit` bytes.
  Task<Result<Response>> response(std::size_t limit);

 private:
  friend class Client;
  explicit Exchange(std::shared_ptr<ExchangeState> state) : state_(std::move(state)) {}
  std::shared_ptr<ExchangeState> state_;
};

struct ClientOptions {
  std::size_t max_active = 256;           ///< exchanges under way, each with a connection of its own
  std::size_t max_waiting = 4096;         ///< exchanges that wait for their turn
  std::size_t max_idle_connections = 64;  ///< kept open for the next request; the oldest is closed first
  std::string ca_file = {};               ///< PEM of the authorities that are trusted instead of the system's
};

struct ClientStats {
  std::uint64_t waiting = 0;      ///< exchanges that wait for their turn now
  std::uint64_t active = 0;       ///< under way now
  std::uint64_t requests = 0;     ///< started
  std::uint64_t failures = 0;     ///< ended without a complete response, but not by their owner
  std::uint64_t connections = 0;  ///< opened
};

/// Thread-safe. Ends its thread when it is destroyed; exchanges that are under way then fail.
///
/// Certificates and host names are verified. A request is sent once: only GET and HEAD are repeated, by libcurl, on a
/// new connection when a kept one turns out to be closed. No proxy, no cookies, no credentials from the environment,
/// no `Expect: 100-continue`; `User-Agent` and, with a body, `Content-Length` are ours.
class Client {
 public:
  /// Errors: unavailable, when libcurl or its thread cannot be had or `ca_file` cannot be read.
  static Result<std::unique_ptr<Client>> open(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Begins the exchange and returns at once; the bytes are on their way while the caller does something else. An
  /// error, overloaded included, comes from the first operation.
  std::unique_ptr<Exchange> start(Request request);
  /// start() and response(). Threads that may block use `net::run_sync(client.send(…))`.
  Task<Result<Response>> send(Request request, std::size_t limit);

  ClientStats stats() const;

 private:
  struct Core;
  explicit Client(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
};

}  // namespace medialith::http_client
