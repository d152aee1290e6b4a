// What the tests of streams share: blocking clients, and a server whose connections run a given coroutine.
#pragma once

#include <functional>
#include <future>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/listener.hpp"

namespace medialith::net::testing {

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

inline Task<Result<void>> write_text(ByteStream& stream, std::string text) {
  const std::span<const std::byte> buffer = bytes_of(text);
  co_return co_await stream.write(std::span(&buffer, 1));
}

inline Task<Result<std::string>> read_text(ByteStream& stream, std::size_t most = 64 * 1024) {
  std::string text(most, '\0');
  CO_TRY_ASSIGN(const std::size_t got, co_await stream.read_some(std::as_writable_bytes(std::span(text))));
  text.resize(got);
  co_return text;
}

/// Coroutines that run side by side on one loop, on the thread of the test.
class Together {
 public:
  AnyExecutor executor() { return context_.get_executor(); }
  void add(Task<void> task) {
    ++running_;
    boost::asio::co_spawn(context_, std::move(task), [this](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
      --running_;
    });
  }
  /// Until all have ended, or wait for what nobody will do.
  void run() {
    context_.run();
    EXPECT_EQ(running_, 0);
  }

 private:
  boost::asio::io_context context_{1};
  int running_ = 0;
};

/// Lets the others of the loop run until they wait for something, as far as a few dozen hops take them.
inline Task<void> let_others_run() {
  constexpr int kRounds = 32;
  for (int i = 0; i < kRounds; ++i) co_await boost::asio::post(boost::asio::use_awaitable);
}

/// A blocking client. Reads end with what came until the peer's end.
class Client {
 public:
  explicit Client(std::uint16_t port) : Client(port, ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  /// Takes a socket that is not connected yet.
  Client(std::uint16_t port, int fd) : fd_(fd) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void end() const { ::shutdown(fd_, SHUT_WR); }
  void send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Up to `most` bytes, fewer only at the end of the connection.
  std::string receive(std::size_t most = std::string::npos) const {
    std::string all;
    std::string piece(64 * 1024, '\0');
    while (all.size() < most) {
      const ssize_t got = ::recv(fd_, piece.data(), std::min(piece.size(), most - all.size()), 0);
      if (got <= 0) break;
      all.append(piece, 0, static_cast<std::size_t>(got));
    }
    return all;
  }

  /// Until what came ends in `end`, or the connection does.
  std::string receive_until(std::string_view end) const {
    std::string all;
    char byte = 0;
    while (!all.ends_with(end) && ::recv(fd_, &byte, 1, 0) == 1) all += byte;
    return all;
  }

 private:
  int fd_;
};

/// What a server that is about to close says to a new client: nothing, refused or accepted.
inline std::string receive_from_closing(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string received;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    char byte = 0;
    while (::recv(fd, &byte, 1, 0) == 1) received += byte;
  }
  ::close(fd);
  return received;
}

using Serve = std::function<Task<Result<std::string>>(ByteStream&)>;

/// A socket whose peer soon has to wait when nothing is read from it.
inline int narrow_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int bytes = 16 * 1024;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  return fd;
}

/// A listening server on a free port; `serve` runs for one connection and its result is handed to the test.
class OneShot {
 public:
  explicit OneShot(Serve serve, std::shared_ptr<const TlsContext> tls = nullptr)
      : serve_(std::move(serve)), runtime_({.loops = 1, .work_threads = 1, .disk_threads = 1}) {
    auto on_stream = [this](std::size_t loop, std::unique_ptr<ByteStream> stream) {
      runtime_.spawn(loop, run(std::move(stream)));
    };
    auto listener = Listener::open(runtime_, "127.0.0.1:0", std::move(tls), on_stream);
    EXPECT_TRUE(listener) << (listener ? "" : listener.error().message);
    listener_ = std::move(*listener);
    runtime_.start();
  }
  ~OneShot() {
    runtime_.stop();
    listener_.reset();
  }

  std::uint16_t port() const { return listener_->port(); }
  Result<std::string> result() { return promise_.get_future().get(); }

 private:
  Task<void> run(std::unique_ptr<ByteStream> stream) {
    Result<std::string> result = co_await serve_(*stream);
    stream.reset();
    promise_.set_value(std::move(result));
  }

  Serve serve_;
  std::promise<Result<std::string>> promise_;
  Runtime runtime_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace medialith::net::testing
