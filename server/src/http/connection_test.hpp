// Drives one connection over a stream in memory: raw bytes in, raw bytes out, on one thread.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "http/connection.hpp"
#include "net/memory_stream.hpp"
#include "net/stream_test.hpp"

namespace medialith::http::testing {

/// A response as a client sees it.
struct Answer {
  int status = 0;
  Headers headers;
  std::string body;  // unchunked
  bool complete = false;
  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
  bool closes() const { return header("connection") == "close"; }
};

/// Takes one response off the front of `raw`. `head_only`: it answers HEAD. Responses without length end with `raw`.
inline Answer take_answer(std::string_view& raw, bool head_only = false) {
  Answer answer;
  const std::size_t end = raw.find("\r\n\r\n");
  if (!raw.starts_with("HTTP/1.1 ") || end == std::string_view::npos) {
    raw = {};
    return answer;
  }
  answer.status = std::stoi(std::string(raw.substr(9, 3)));
  std::string_view lines = raw.substr(0, end + 2);
  lines.remove_prefix(lines.find("\r\n") + 2);
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    answer.headers.add(line.substr(0, line.find(':')), line.substr(line.find(':') + 2));
    lines.remove_prefix(line.size() + 2);
  }
  raw.remove_prefix(end + 4);
  answer.complete = true;
  if (head_only || answer.status < 200 || answer.status == 204 || answer.status == 304) return answer;
  if (!answer.header("content-length").empty()) {
    const std::size_t length = std::stoul(answer.header("content-length"));
    answer.complete = raw.size() >= length;
    answer.body = raw.substr(0, length);
    raw.remove_prefix(std::min(length, raw.size()));
  } else if (answer.header("transfer-encoding") == "chunked") {
    for (answer.complete = false; !answer.complete && raw.contains("\r\n");) {
      const std::size_t size = std::stoul(std::string(raw.substr(0, raw.find("\r\n"))), nullptr, 16);
      raw.remove_prefix(raw.find("\r\n") + 2);
      answer.complete = size == 0;
      answer.body += raw.substr(0, size);
      raw.remove_prefix(std::min(size + 2, raw.size()));
    }
  } else {
    answer.body = raw;
    raw = {};
  }
  return answer;
}

inline std::vector<Answer> take_answers(std::string_view raw) {
  std::vector<Answer> answers;
  while (!raw.empty()) answers.push_back(take_answer(raw));
  return answers;
}

inline std::vector<int> statuses(const std::vector<Answer>& answers) {
  std::vector<int> result;
  result.reserve(answers.size());
  for (const Answer& answer : answers) result.push_back(answer.status);
  return result;
}

/// Whole body of a request, or the error of reading it.
inline Task<Result<std::string>> read_all(BodyReader& body) {
  std::string all;
  for (;;) {
    CO_TRY_ASSIGN(const auto piece, co_await body.next());
    if (piece.empty()) break;
    all.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  co_return all;
}

/// What a test sets up before it talks.
class Wire {
 public:
  Wire() {
    callbacks.middleware = [this](Request& request, const Route& route) {
      seen.push_back(std::string(method_name(request.method)) + " " + request.target);
      operations.emplace_back(route.operation);
      return route.handler(request);
    };
    callbacks.present = [](const Error& error, const Request&) {
      Response response;
      response.status = http_status(error.code);
      response.headers.add("Content-Type", "text/plain");
      response.body = std::string(wire_name(error.code));
      return response;
    };
    callbacks.on_failure = [this](const Request&, std::string_view what) { failures.emplace_back(what); };
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// A route whose operation is its method and pattern.
  void route(Method method, std::string_view pattern, Handler handler, std::uint64_t max_bytes = 0) {
    names_.push_back(std::string(method_name(method)) + " " + std::string(pattern));
    router.add({.method = method,
                .pattern = pattern,
                .operation = names_.back(),
                .body = {.kind = BodyKind::bytes, .max_bytes = max_bytes},
                .handler = std::move(handler)});
  }

  using Client = std::function<Task<void>(net::ByteStream&, std::string& received)>;

  /// Runs `client` against the connection until both have ended.
  std::string run(const Client& client) {
    net::testing::Together together;
    auto [there, here] = net::make_memory_streams(together.executor(), stream);
    std::string received;
    ConnectionContext shared{.router = router,
                             .limits = limits,
                             .base_path = base_path,
                             .proxies = proxies,
                             .callbacks = callbacks,
                             .clock = clock,
                             .draining = draining,
                             .next_id = 7};
    Connection connection(shared, *there);
    together.add(connection.run());
    together.add(client(*here, received));
    together.run();
    return received;
  }

  /// Sends the pieces, each after the connection has had time to look at those before, says that nothing follows, and
  /// returns all that comes back.
  std::string exchange(std::vector<std::string> pieces) {
    return run([pieces = std::move(pieces)](net::ByteStream& end, std::string& received) {
      return talk(end, pieces, received);
    });
  }
  std::vector<Answer> ask(std::string raw) { return take_answers(exchange({std::move(raw)})); }

  static Task<Result<void>> send(net::ByteStream& end, std::string_view text) {
    const auto buffer = std::as_bytes(std::span(text));
    co_return co_await end.write(std::span(&buffer, 1));
  }
  static Task<void> receive(net::ByteStream& end, std::string& received) {
    std::string piece(4096, '\0');
    for (;;) {
      const auto got = co_await end.read_some(std::as_writable_bytes(std::span(piece)));
      if (!got || *got == 0) co_return;
      received.append(piece, 0, *got);
    }
  }

  Router router;
  ServerLimits limits;
  ServerCallbacks callbacks;
  TrustedProxies proxies;
  ManualClock clock;
  std::string base_path;
  std::atomic<bool> draining = false;
  net::MemoryStreamOptions stream;
  std::vector<std::string> seen;        // method and target of each request that was dispatched
  std::vector<std::string> operations;  // and its route's
  std::vector<std::string> failures;

 private:
  static Task<void> talk(net::ByteStream& end, const std::vector<std::string>& pieces, std::string& received) {
    for (const std::string& piece : pieces) {
      // A connection that has answered and closed takes no more: that is not the client's failure.
      if (!co_await send(end, piece)) break;
      co_await net::testing::let_others_run();
    }
    co_await end.shutdown();
    co_await receive(end, received);
  }

  std::deque<std::string> names_;  // routes view them
};

}  // namespace medialith::http::testing
