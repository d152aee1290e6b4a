// A connected, non-blocking socket on one loop: readiness and deadlines, which TCP and TLS streams share. They make
// their own system calls and come here only when the kernel has nothing for them.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "net/task.hpp"

namespace medialith::net {

/// Lives on the thread of its loop. Not movable: its timer points at it.
class Socket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Takes the descriptor, which is a non-blocking stream socket.
  Socket(const AnyExecutor& executor, int fd, std::string peer_address);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// -1 once closed.
  int fd() const { return closed_ ? -1 : fd_; }
  /// Errors: request_timeout, or unavailable when it was closed meanwhile.
  Task<Result<void>> readable();
  Task<Result<void>> writable();
  /// Counts an operation that did not have to wait. True when this connection has had its turn for long enough and
  /// should let others of its loop run: co_await yield().
  bool turn_is_over() { return ++turns_ >= kTurns; }
  Task<void> yield();

  void set_deadline(TimePoint when) { deadline_ = when; }
  void set_write_stall(std::chrono::milliseconds most) { write_stall_ = most; }
  void shutdown();
  void close();
  void abort();
  const std::string& peer_address() const { return peer_address_; }

 private:
  static constexpr unsigned kTurns = 64;
  enum class Waiting : std::uint8_t { nothing, read, write };
  struct Watch;

  Task<Result<void>> wait(Waiting what);
  TimePoint due() const;
  void arm(TimePoint when);
  void on_timer();
  int unsent() const;

  boost::asio::posix::stream_descriptor descriptor_;
  const int fd_;
  const std::string peer_address_;
  // Outlives the socket while its handler is queued.
  std::shared_ptr<Watch> watch_;
  TimePoint deadline_ = TimePoint::max();
  std::chrono::milliseconds write_stall_ = std::chrono::milliseconds::max();
  TimePoint stalled_since_{};
  int stalled_at_ = 0;
  unsigned turns_ = 0;
  Waiting waiting_ = Waiting::nothing;
  bool expired_ = false;
  bool closed_ = false;
};

/// unavailable, with errno in the detail.
Error connection_lost(int error_number);

}  // namespace medialith::net
