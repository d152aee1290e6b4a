// TLS 1.2 and 1.3 for incoming connections, when a certificate is configured. OpenSSL stays in tls.cpp.
#pragma once

#include <memory>
#include <string>

#include "net/byte_stream.hpp"

namespace medialith::net {

/// A certificate chain with its key. Immutable, thread-safe.
class TlsContext {
 public:
  virtual ~TlsContext() = default;
  /// Errors: unavailable, naming the file that cannot be used and why.
  static Result<std::shared_ptr<const TlsContext>> load(const std::string& certificate_file,
                                                        const std::string& key_file);
  /// A stream over a connected, non-blocking TCP socket, which it takes. The handshake runs inside the first read,
  /// under its deadline. Called on the thread of `executor`'s loop.
  virtual Result<std::unique_ptr<ByteStream>> accept(const AnyExecutor& executor, int fd,
                                                     std::string peer_address) const = 0;
};

}  // namespace medialith::net
