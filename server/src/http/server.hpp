// The HTTP/1.1 server: accepts, parses, dispatches, answers, drains.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/route.hpp"
#include "net/runtime.hpp"

namespace medialith::http {

/// What wraps every handler: security headers, auth, limits. Built by `web`; the innermost calls the route's handler.
/// It runs for every request that could be parsed, so that all answers carry what it adds. When the table has no route
/// to give, it gets one made for the request, `unlisted`, with Access::open, no body, an empty pattern, one of the
/// operations below and a handler that answers as said.
using Middleware = std::function<Task<Response>(Request&, const Route&)>;

inline constexpr std::string_view kInvalidTarget = "invalidTarget";        ///< 400: bad escapes, another host …
inline constexpr std::string_view kNoRoute = "noRoute";                    ///< 404
inline constexpr std::string_view kMethodNotAllowed = "methodNotAllowed";  ///< 405 with Allow
inline constexpr std::string_view kOptions = "options";  ///< 204 with Allow; CORS preflights are the middleware's

/// Told of what no client can be told: an exception that left a handler (which was answered with 500), or a body that
/// failed while it was sent (whose connection was reset; its request may be empty). Throws nothing. Thread-safe.
using FailureLog = std::function<void(const Request&, std::string_view what)>;

struct ServerOptions {
  std::string listen = "127.0.0.1:8787";  ///< host:port; port 0 = any free one
  std::string tls_certificate_file;       ///< PEM; both set = HTTPS
  std::string tls_key_file;
  std::string base_path;                     ///< "" or "/storage"; taken off before routing
  std::vector<std::string> trusted_proxies;  ///< addresses or CIDR
  ServerLimits limits;
};

/// What a server calls and reads. `present` makes the body of every error that the server itself answers (400, 404,
/// 405, 408, 414, 431, 500, 501); of a request that could not be parsed it sees no more than id and peer. All
/// thread-safe.
struct ServerCallbacks {
  Middleware middleware;
  ErrorPresenter present;
  FailureLog on_failure;
};

/// Counted since the start; for /metrics.
struct ServerStats {
  std::uint64_t connections_open = 0;
  std::uint64_t connections = 0;
  std::uint64_t connections_refused = 0;  ///< over a limit of connections
  std::uint64_t requests = 0;
  std::uint64_t bytes_received = 0;  ///< heads and bodies of requests
  std::uint64_t bytes_sent = 0;      ///< heads and bodies of responses
};

/// One per process. Thread-safe where said.
class Server {
 public:
  /// `runtime`, `router`, `clock` (Date) and what the callbacks refer to outlive the server. `random` seeds the request
  /// ids, here and now.
  Server(net::Runtime& runtime, const Router& router, ServerOptions options, ServerCallbacks callbacks,
         const Clock& clock, Random& random);
  /// Drains without grace when drain() was not called. Not on a loop.
  ~Server();
  /// Binds and accepts. Errors: invalid_request for options that make no sense; unavailable, with a sentence that names
  /// the port's holder when it is busy or the TLS file that cannot be used.
  Result<void> start();
  /// The port bound, after start().
  std::uint16_t port() const;
  /// Stops accepting, closes idle connections, lets requests under way end for `grace` (their answers say
  /// `Connection: close`), then closes what is left. Returns the number of connections that were cut. Blocks the caller
  /// (not a loop). What a handler or BodySource waits for beside the connection is not woken: the modules it belongs to
  /// are stopped before.
  std::size_t drain(std::chrono::milliseconds grace);
  /// Thread-safe.
  ServerStats stats() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the connections
};

}  // namespace medialith::http
