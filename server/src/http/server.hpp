// The HTTP/1.1 server: accepts, parses, dispatches, answers, drains.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "http/route.hpp"
#include "net/runtime.hpp"

namespace medialith::http {

/// Named limits of the edge (research/reliability.md §2.5, R-H1…R-H8).
struct ServerLimits {
  std::size_t max_target_bytes = 8 * 1024;   ///< 414
  std::size_t max_header_bytes = 16 * 1024;  ///< 431
  std::size_t max_header_fields = 100;       ///< 431
  std::chrono::seconds header_deadline{10};  ///< first byte of a head to its last: 408 and close
  std::chrono::seconds idle_deadline{60};    ///< keep-alive without a request: close
  std::chrono::seconds stall_deadline{30};   ///< no byte of a body or response moved: close
  std::uint64_t min_body_rate = 1024;        ///< bytes/s averaged over stall_deadline
  std::size_t drain_bytes = 64 * 1024;       ///< unread body that is read away; more closes
  std::size_t max_connections = 4096;
  std::size_t max_connections_per_address = 64;  ///< not for loopback
};

/// What wraps every handler: security headers, auth, limits. Built by `web`; the innermost calls the route's handler.
using Middleware = std::function<Task<Response>(Request&, const Route&)>;

struct ServerOptions {
  std::string listen = "127.0.0.1:8787";  ///< host:port; port 0 = any free one
  std::string tls_certificate_file;       ///< PEM; both set = HTTPS
  std::string tls_key_file;
  std::string base_path;                     ///< "" or "/storage"; taken off before routing
  std::vector<std::string> trusted_proxies;  ///< addresses or CIDR
  ServerLimits limits;
};

/// One per process. Thread-safe where said.
class Server {
 public:
  /// `router` and what the callbacks refer to outlive the server. `present` makes the body of every error the server
  /// itself answers (404, 405, 413, 431, 500 …).
  Server(net::Runtime& runtime, const Router& router, ServerOptions options, Middleware middleware,
         ErrorPresenter present);
  ~Server();
  /// Binds and accepts. Error: unavailable, with a sentence that names the port's holder when it is busy.
  Result<void> start();
  /// The port bound, after start().
  std::uint16_t port() const;
  /// Stops accepting, lets requests under way end for `grace`, then closes what is left. Blocks the caller (not a
  /// loop).
  void drain(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace medialith::http
