// A connection's bytes, whatever carries them: TCP, TLS, or memory in tests.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "net/task.hpp"

namespace medialith::net {

/// Used by one coroutine at a time, on the loop that accepted it. Every operation obeys the deadline; when it passes,
/// the operation fails with request_timeout and the stream is only good for closing.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// At least one byte into `out`; 0 at the orderly end of the peer's bytes.
  virtual Task<Result<std::size_t>> read_some(std::span<std::byte> out) = 0;
  /// All of the buffers, in order, in as few system calls as the kernel takes.
  virtual Task<Result<void>> write(std::span<const std::span<const std::byte>> buffers) = 0;
  /// `length` bytes of the open file from `offset`. Capability: false from can_send_file() means use write().
  virtual bool can_send_file() const { return false; }
  virtual Task<Result<void>> send_file(int fd, std::uint64_t offset, std::uint64_t length);
  /// Fails what is pending or started after `when`. max() = none.
  virtual void set_deadline(std::chrono::steady_clock::time_point when) = 0;
  /// Sends what is buffered and says that nothing follows.
  virtual Task<void> shutdown() = 0;
  /// Ends the connection now; pending operations fail. Idempotent.
  virtual void close() = 0;
  /// The peer's address without port, as text: "127.0.0.1".
  virtual std::string peer_address() const = 0;
  virtual bool encrypted() const { return false; }
};

}  // namespace medialith::net
