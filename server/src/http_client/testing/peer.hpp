// An HTTP server for tests, one that can be told to misbehave: it reads requests, and what becomes of them is a
// function's business.
#pragma once

#include <atomic>
#include <charconv>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "net/listener.hpp"

namespace medialith::http_client::testing {

/// A request whose head has come, and the connection to answer it on.
class Visit {
 public:
  Visit(net::ByteStream& stream, std::string head, std::string rest)
      : stream_(stream), head_(std::move(head)), rest_(std::move(rest)) {}

  /// Request line and headers, without the empty line.
  const std::string& head() const { return head_; }
  std::string_view request_line() const { return std::string_view(head_).substr(0, head_.find('\r')); }

  /// The whole body, by Content-Length; shorter when the client went away.
  Task<std::string> body() {
    const std::size_t at = head_.find("Content-Length: ");
    std::size_t length = 0;
    if (at != std::string::npos) std::from_chars(head_.data() + at + 16, head_.data() + head_.size(), length);
    while (rest_.size() < length && co_await more()) {
    }
    co_return std::exchange(rest_, {});
  }
  /// False when the client is gone.
  Task<bool> send(std::string text) {
    const ByteSpan buffer = bytes_of(text);
    const Result<void> sent = co_await stream_.write(std::span(&buffer, 1));
    co_return sent.has_value();
  }
  Task<bool> send_later(std::chrono::milliseconds wait, std::string text) {
    co_await net::sleep_for(wait);
    co_return co_await send(std::move(text));
  }
  /// A response with a length; the connection is good for another request after it.
  Task<bool> answer(int status, std::string body) {
    const std::string length = std::to_string(body.size());
    std::string text = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + length + "\r\n\r\n";
    co_return co_await send(std::move(text) + body);
  }
  /// Reads and forgets until the client closes.
  Task<void> until_closed() {
    while (co_await more()) rest_.clear();
  }
  net::ByteStream& stream() { return stream_; }

 private:
  friend class Peer;
  Task<bool> more() {
    std::string piece(64UL << 10, '\0');
    const Result<std::size_t> got = co_await stream_.read_some(std::as_writable_bytes(std::span(piece)));
    if (!got || *got == 0) co_return false;
    rest_.append(piece, 0, *got);
    co_return true;
  }

  net::ByteStream& stream_;
  std::string head_;
  std::string rest_;  // what came behind the head
};

class Peer {
 public:
  /// Called for each request, on its connection's loop; false closes the connection. A plain function: what it shares
  /// with the test lies outside.
  using Answer = std::function<Task<bool>(Visit&)>;

  explicit Peer(Answer answer, std::shared_ptr<const net::TlsContext> tls = nullptr)
      : answer_(std::move(answer)), runtime_({.loops = 1, .work_threads = 1, .disk_threads = 1}) {
    auto on_stream = [this](std::size_t loop, std::unique_ptr<net::ByteStream> stream) {
      ++connections;
      runtime_.spawn(loop, serve(*this, std::move(stream)));
    };
    auto listener = net::Listener::open(runtime_, "127.0.0.1:0", std::move(tls), on_stream);
    EXPECT_TRUE(listener) << (listener ? "" : listener.error().message);
    listener_ = std::move(*listener);
    runtime_.start();
  }
  ~Peer() {
    runtime_.stop();
    listener_.reset();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port()) + std::string(path);
  }
  std::uint16_t port() const { return listener_->port(); }

  std::atomic<int> connections = 0;  ///< accepted
  std::atomic<int> requests = 0;     ///< whose head has come

 private:
  static Task<void> serve(Peer& peer, std::unique_ptr<net::ByteStream> stream) {
    std::string kept;
    for (bool open = true; open;) {
      Visit visit(*stream, {}, std::move(kept));
      std::size_t end = std::string::npos;
      while ((end = visit.rest_.find("\r\n\r\n")) == std::string::npos) {
        if (!co_await visit.more()) co_return;
      }
      visit.head_ = visit.rest_.substr(0, end);
      visit.rest_.erase(0, end + 4);
      ++peer.requests;
      open = co_await peer.answer_(visit);
      kept = std::move(visit.rest_);
    }
  }

  Answer answer_;
  net::Runtime runtime_;
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace medialith::http_client::testing
