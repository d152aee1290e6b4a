// A connection's bytes, whatever carries them: TCP, TLS, or memory in tests.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "net/task.hpp"

namespace medialith::net {

/// Used by one coroutine at a time, on the loop that accepted it; close() and destruction on that loop, too.
/// Errors of every operation: request_timeout when its deadline has passed or the peer takes nothing any more,
/// unavailable when the connection is gone. After any error the stream is only good for closing.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// At least one byte into `out`, which is not empty; 0 at the orderly end of the peer's bytes.
  virtual Task<Result<std::size_t>> read_some(std::span<std::byte> out) = 0;
  /// All of the buffers, in order, in as few system calls as the kernel takes. The buffers and the list of them live
  /// until the write has ended.
  virtual Task<Result<void>> write(std::span<const std::span<const std::byte>> buffers) = 0;
  /// Capability: false means that send_file() must not be called and write() does it.
  virtual bool can_send_file() const { return false; }
  /// `head`, then `length` bytes of the open file from `offset`. Error: internal when the file ends before.
  virtual Task<Result<void>> send_file(std::span<const std::byte> head, int fd, std::uint64_t offset,
                                       std::uint64_t length);
  /// Fails what is pending at or has to wait after `when`. max(), the default, is none.
  virtual void set_deadline(std::chrono::steady_clock::time_point when) = 0;
  /// Fails a write when the peer has taken no byte for so long. max(), the default, is never.
  virtual void set_write_stall(std::chrono::milliseconds most) = 0;
  /// Sends what is buffered and says that nothing follows. Reading goes on.
  virtual Task<void> shutdown() = 0;
  /// Ends the connection now; pending operations fail. Idempotent.
  virtual void close() = 0;
  /// The same with a reset, so that the peer cannot take what it has received for all there is.
  virtual void abort() = 0;
  /// The peer's address without port, as text: "127.0.0.1", "2001:db8::1"; IPv4 mapped into IPv6 as IPv4.
  virtual std::string peer_address() const = 0;
  virtual bool encrypted() const { return false; }
};

}  // namespace medialith::net
