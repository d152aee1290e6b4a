// The one acceptor: binds, accepts, and deals connections to the loops in turn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/byte_stream.hpp"
#include "net/runtime.hpp"
#include "net/tls.hpp"

namespace medialith::net {

struct HostPort {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};

/// "127.0.0.1:8787", "localhost:0", "[::1]:8787". Error: invalid_request.
Result<HostPort> parse_host_port(std::string_view text);

/// Thread-safe where said. Lives shorter than its runtime.
class Listener {
 public:
  /// Called on the thread of loop `loop` with each new connection. What it refers to lives until close() has returned
  /// and the loops have run what was posted before.
  using OnStream = std::function<void(std::size_t loop, std::unique_ptr<ByteStream> stream)>;

  /// Binds `address` (host:port; port 0 = any free one) and listens. With `tls` the streams are TLS.
  /// Errors: invalid_request for an address that is none; unavailable, with a sentence that names the holder of a busy
  /// port when it can be found.
  static Result<std::unique_ptr<Listener>> open(Runtime& runtime, std::string_view address,
                                                std::shared_ptr<const TlsContext> tls, OnStream on_stream);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const;
  /// Stops accepting. Thread-safe, idempotent, returns at once: connections that were accepted before may still come.
  void close();

 private:
  struct Impl;
  explicit Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

/// The name and id of the process that listens on `port`, as far as /proc tells us: "wrangler (pid 123)". Empty when it
/// belongs to another user or is gone.
std::string port_holder(std::uint16_t port);

}  // namespace medialith::net
