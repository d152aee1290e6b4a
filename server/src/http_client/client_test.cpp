#include "http_client/client.hpp"

#include <latch>
#include <semaphore>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_client/testing/peer.hpp"
#include "net/run_sync.hpp"

namespace medialith::http_client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Peer;
using testing::Visit;

constexpr std::size_t kLimit = 1UL << 20;

std::unique_ptr<Client> open_client(ClientOptions options = {}) {
  auto client = Client::open(std::move(options));
  EXPECT_TRUE(client) << (client ? "" : client.error().detail);
  return std::move(*client);
}

Result<Response> ask(Client& client, Request request, std::size_t limit = kLimit) {
  return net::run_sync(client.send(std::move(request), limit));
}

// What the peer was sent, as text.
Task<bool> echo(Visit& visit) {
  const std::string body = co_await visit.body();
  std::string text = visit.head() + "\n\n" + body;
  co_return co_await visit.answer(200, std::move(text));
}

Task<bool> hello(Visit& visit) {
  const std::string body = co_await visit.body();
  co_return co_await visit.answer(200, "hello");
}

Task<bool> hang(Visit& visit) {
  co_await visit.until_closed();
  co_return false;
}

Task<bool> say_text(Visit& visit, std::string_view text) {
  const std::string body = co_await visit.body();
  const bool sent = co_await visit.send(std::string(text));
  static_cast<void>(sent);
  co_return false;
}

// Sends `text` and closes.
auto say(std::string text) {
  return [text = std::move(text)](Visit& visit) { return say_text(visit, text); };
}

TEST(HttpClient, SendsWhatItIsToldAndNothingElse) {
  Peer peer(echo);
  const auto client = open_client();
  const auto response = ask(*client, {.method = "POST",
                                      .url = peer.url("/a/../b?c=%20d"),
                                      .headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}},
                                      .body = bytes_of("{}")});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->head.status, 200);
  const std::string host = "127.0.0.1:" + std::to_string(peer.port());
  EXPECT_EQ(response->body, "POST /a/../b?c=%20d HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: medialith/" +
                                MEDIALITH_VERSION +
                                "\r\nContent-Type: application/json\r\nX-Empty:\r\nContent-Length: 2\n\n{}");
}

TEST(HttpClient, AnEmptyBodyIsDeclaredWhereOneIsExpected) {
  Peer peer(echo);
  const auto client = open_client();
  for (const char* method : {"POST", "PUT"}) {
    EXPECT_THAT(ask(*client, {.method = method, .url = peer.url()})->body, HasSubstr("\r\nContent-Length: 0\n\n"));
  }
  for (const char* method : {"GET", "DELETE"}) {
    const std::string seen = ask(*client, {.method = method, .url = peer.url()})->body;
    EXPECT_THAT(seen, ::testing::StartsWith(std::string(method) + " / HTTP/1.1"));
    EXPECT_THAT(seen, Not(HasSubstr("Content-")));
  }
}

TEST(HttpClient, AResponseToHeadHasNoBody) {
  Peer peer(say("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"));
  const auto client = open_client();
  const auto response = ask(*client, {.method = "HEAD", .url = peer.url()});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->head.header("content-length"), "12345");
  EXPECT_EQ(response->body, "");
}

TEST(HttpClient, InterimResponsesLeaveNoTrace) {
  Peer peer(
      say("HTTP/1.1 103 Early\r\nLink: early\r\n\r\nHTTP/1.1 404 No\r\nX-One:  a b \r\nX-Two:\r\n"
          "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: t\r\n\r\n"));
  const auto client = open_client();
  const auto response = ask(*client, {.url = peer.url()});
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->head.status, 404);
  EXPECT_EQ(response->head.header("link"), std::nullopt);
  EXPECT_EQ(response->head.header("x-one"), "a b");
  EXPECT_EQ(response->head.header("x-two"), "");
  EXPECT_EQ(response->head.header("trailer"), std::nullopt);
  EXPECT_EQ(response->body, "abc");
}

TEST(HttpClient, DoesNotFollowARedirect) {
  Peer peer(say("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"));
  const auto client = open_client();
  const auto response = ask(*client, {.url = peer.url()});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 302);
  EXPECT_EQ(peer.requests, 1);
}

TEST(HttpClient, IgnoresAProxyOfTheEnvironment) {
  Peer peer(hello);
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto client = open_client();
  const auto response = ask(*client, {.url = peer.url()});
  ::unsetenv("http_proxy");
  EXPECT_TRUE(response);
}

TEST(HttpClient, ThousandsOfRequestsInTurnUseOneConnection) {
  Peer peer(hello);
  const auto client = open_client();
  for (int i = 0; i < 3000; ++i) {
    const auto response = ask(*client, {.method = "POST", .url = peer.url(), .body = bytes_of("body")});
    ASSERT_TRUE(response) << response.error().detail;
    ASSERT_EQ(response->body, "hello");
  }
  EXPECT_EQ(peer.connections, 1);
  EXPECT_EQ(client->stats().connections, 1U);
  EXPECT_EQ(client->stats().requests, 3000U);
  EXPECT_EQ(client->stats().failures, 0U);
}

TEST(HttpClient, BlockingThreadsShareTheConnections) {
  Peer peer(hello);
  const auto client = open_client();
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 100; ++k) good += ask(*client, {.url = peer.url()}).has_value() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 1600);
  EXPECT_LE(peer.connections, 16);
}

TEST(HttpClient, WhatNeverConnectedIsUnavailable) {
  std::uint16_t port = 0;
  {
    const Peer closed(hello);
    port = closed.port();
  }
  const auto client = open_client();
  const auto refused = ask(*client, {.method = "POST", .url = "http://127.0.0.1:" + std::to_string(port) + "/"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable) << refused.error().detail;

  for (const char* url : {"", "ftp://127.0.0.1/", "file:///etc/passwd", "http://[::1/"}) {
    const auto answer = ask(*client, {.url = url});
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable) << url;
  }
  EXPECT_EQ(client->stats().failures, 5U);
}

// A TCP connection stands, but its TLS handshake never ends.
Task<bool> never(Visit& /*visit*/) { co_return false; }

TEST(HttpClient, AHandshakeThatHangsIsUnavailable) {
  Peer peer(never);
  const auto client = open_client();
  const auto answer = ask(*client, {.url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/",
                                    .timeouts = {.connect = std::chrono::milliseconds(100)}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable) << answer.error().detail;
}

TEST(HttpClient, RefusesLineEndsInARequest) {
  Peer peer(hello);
  const auto client = open_client();
  const std::string url = peer.url();
  for (const Request& request :
       {Request{.url = url + "\r\nX: y"}, Request{.url = url, .headers = {{"X", "a\r\nY: b"}}},
        Request{.url = url, .headers = {{"X\n", "a"}}}, Request{.method = "GET / HTTP/1.1\r\n", .url = url}}) {
    const auto answer = ask(*client, request);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::internal);
  }
  EXPECT_EQ(peer.connections, 0);
}

class Incomplete : public ::testing::TestWithParam<const char*> {};

TEST_P(Incomplete, IsAnUnknownOutcome) {
  Peer peer(say(GetParam()));
  const auto client = open_client();
  const auto answer = ask(*client, {.method = "POST", .url = peer.url(), .body = bytes_of("x")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::outcome_unknown) << answer.error().detail;
  EXPECT_EQ(peer.requests, 1);
  EXPECT_EQ(client->stats().failures, 1U);
}

INSTANTIATE_TEST_SUITE_P(HttpClient, Incomplete,
                         ::testing::Values("", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 100 Continue\r\n\r\n",
                                           "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
                                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
                                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\nab\r\n"));

TEST(HttpClient, AHeadOverItsLimitIsRefused) {
  Peer peer(say("HTTP/1.1 200 OK\r\nX: " + std::string(kMaxHeadBytes, 'x') + "\r\n\r\n"));
  const auto client = open_client();
  const auto answer = ask(*client, {.url = peer.url()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::outcome_unknown);
}

TEST(HttpClient, ABodyOverItsLimitIsRefused) {
  Peer peer(hello);
  const auto client = open_client();
  EXPECT_EQ(ask(*client, {.url = peer.url()}, 5)->body, "hello");
  const auto answer = ask(*client, {.url = peer.url()}, 4);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::internal);
}

struct Pieces {
  std::size_t bytes = 0;
  Result<void> end;
};
Task<Pieces> read_to_the_end(Exchange& exchange) {
  Pieces pieces;
  std::vector<std::byte> out(10'000);
  for (;;) {
    const Result<std::size_t> got = co_await exchange.read(out);
    if (!got) pieces.end = std::unexpected(got.error());
    if (!got || *got == 0) co_return pieces;
    pieces.bytes += *got;
  }
}

TEST(HttpClient, GivesWhatCameBeforeItTellsOfTheCut) {
  Peer peer(say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(700'000, 'x')));
  const auto client = open_client();
  const auto exchange = client->start({.url = peer.url()});
  const auto head = net::run_sync(exchange->head());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("content-length"), "1000000");
  const Pieces pieces = net::run_sync(read_to_the_end(*exchange));
  EXPECT_EQ(pieces.bytes, 700'000U);
  ASSERT_FALSE(pieces.end);
  EXPECT_EQ(pieces.end.error().code, ErrorCode::outcome_unknown);
}

// ── time

TEST(HttpClient, SilenceEndsAnExchange) {
  Peer peer(hang);
  const auto client = open_client();
  const auto answer =
      ask(*client, {.method = "POST", .url = peer.url(), .timeouts = {.stall = std::chrono::milliseconds(100)}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::outcome_unknown);
  EXPECT_THAT(answer.error().detail, HasSubstr("nothing came"));
}

Task<bool> trickle(Visit& visit) {
  bool open = co_await visit.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
  while (open) open = co_await visit.send_later(std::chrono::milliseconds(10), "x");
  co_return false;
}

TEST(HttpClient, ATrickleMeetsTheDeadline) {
  Peer peer(trickle);
  const auto client = open_client();
  const auto answer =
      ask(*client, {.url = peer.url(),
                    .timeouts = {.stall = std::chrono::milliseconds(150), .total = std::chrono::milliseconds(500)}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::outcome_unknown);
  EXPECT_THAT(answer.error().detail, HasSubstr("deadline"));
}

// ── back-pressure

constexpr std::size_t kHuge = 512UL << 20;
// What the kernel may hold in its two sockets, and a little.
constexpr std::size_t kKernelMost = 32UL << 20;

struct Poured {
  std::atomic<std::size_t> bytes = 0;
  std::binary_semaphore gave_up{0};
};

// Sends a huge body until the client takes no more for a while.
Task<bool> pour(Visit& visit, Poured& poured) {
  visit.stream().set_write_stall(std::chrono::milliseconds(300));
  bool open = co_await visit.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kHuge) + "\r\n\r\n");
  const std::string piece(64UL << 10, 'x');
  while (open) {
    open = co_await visit.send(piece);
    if (open) poured.bytes += piece.size();
  }
  poured.gave_up.release();
  co_return false;
}

TEST(HttpClient, ASlowReaderHoldsTheServerUp) {
  Poured poured;
  Peer peer([&](Visit& visit) { return pour(visit, poured); });
  const auto client = open_client();
  // The time in which nobody reads is no silence of the server's.
  const auto exchange = client->start({.url = peer.url(), .timeouts = {.stall = std::chrono::milliseconds(200)}});
  ASSERT_TRUE(net::run_sync(exchange->head()));
  poured.gave_up.acquire();
  EXPECT_LT(poured.bytes, kKernelMost);
  const Pieces pieces = net::run_sync(read_to_the_end(*exchange));
  EXPECT_GE(pieces.bytes, poured.bytes);
  ASSERT_FALSE(pieces.end);
  EXPECT_THAT(pieces.end.error().detail, Not(HasSubstr("nothing came")));
}

TEST(HttpClient, AStreamOfAHundredMegabytesComesWhole) {
  const std::string body(100UL << 20, 'x');
  Peer peer([&](Visit& visit) { return visit.answer(200, body); });
  const auto client = open_client();
  const auto exchange = client->start({.url = peer.url()});
  const Pieces pieces = net::run_sync(read_to_the_end(*exchange));
  EXPECT_TRUE(pieces.end);
  EXPECT_EQ(pieces.bytes, body.size());
}

struct Written {
  std::size_t bytes = 0;
  Result<void> end;
};
Task<Written> write_all(Exchange& exchange, std::string_view text, std::size_t piece, std::size_t most) {
  Written written;
  while (written.bytes < most && written.end) {
    const std::string_view next = text.substr(written.bytes % text.size(), piece);
    written.end = co_await exchange.write(bytes_of(next));
    if (written.end) written.bytes += next.size();
  }
  co_return written;
}

Task<bool> read_nothing(std::binary_semaphore& until) {
  until.acquire();
  co_return false;
}

TEST(HttpClient, AServerThatDoesNotReadHoldsTheWriterUp) {
  std::binary_semaphore given_up(0);
  Peer peer([&](Visit& /*visit*/) { return read_nothing(given_up); });
  const auto client = open_client();
  const auto exchange = client->start({.method = "PUT",
                                       .url = peer.url(),
                                       .streamed_length = kHuge,
                                       .timeouts = {.stall = std::chrono::milliseconds(300)}});
  const std::string text(64UL << 10, 'x');
  const Written written = net::run_sync(write_all(*exchange, text, text.size(), kHuge));
  EXPECT_LT(written.bytes, kKernelMost);
  ASSERT_FALSE(written.end);
  EXPECT_EQ(written.end.error().code, ErrorCode::outcome_unknown);
  given_up.release();
}

Task<bool> echo_body(Visit& visit) {
  std::string body = co_await visit.body();
  co_return co_await visit.answer(200, std::move(body));
}

TEST(HttpClient, StreamedAndLentBodiesArriveWhole) {
  Peer peer(echo_body);
  const auto client = open_client();
  std::string text;
  for (int i = 0; text.size() < (5UL << 20); ++i) text += std::to_string(i);
  const auto lent = ask(*client, {.method = "PUT", .url = peer.url(), .body = bytes_of(text)}, text.size());
  ASSERT_TRUE(lent) << lent.error().detail;
  EXPECT_TRUE(lent->body == text);

  for (const std::size_t piece : {std::size_t{1'000}, std::size_t{1'000'000}}) {
    const auto exchange = client->start({.method = "PUT", .url = peer.url(), .streamed_length = text.size()});
    const Written written = net::run_sync(write_all(*exchange, text, piece, text.size()));
    ASSERT_TRUE(written.end) << written.end.error().detail;
    const auto response = net::run_sync(exchange->response(text.size()));
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_TRUE(response->body == text);
  }
  EXPECT_EQ(peer.connections, 1);
}

TEST(HttpClient, MoreThanWasDeclaredIsRefused) {
  Peer peer(hello);
  const auto client = open_client();
  const auto exchange = client->start({.method = "PUT", .url = peer.url(), .streamed_length = 3});
  EXPECT_TRUE(net::run_sync(exchange->write(bytes_of("ab"))));
  const auto more = net::run_sync(exchange->write(bytes_of("cd")));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::internal);
  EXPECT_TRUE(net::run_sync(exchange->write(bytes_of("c"))));
  EXPECT_EQ(net::run_sync(exchange->response(kLimit))->body, "hello");

  const auto lent = client->start({.method = "PUT", .url = peer.url(), .body = bytes_of("abc")});
  EXPECT_FALSE(net::run_sync(lent->write(bytes_of("d"))));
}

Task<bool> refuse_early(Visit& visit) {
  const bool sent = co_await visit.send("HTTP/1.1 413 Large\r\nContent-Length: 5\r\n\r\nlarge");
  co_await visit.until_closed();
  co_return sent;
}

TEST(HttpClient, AnEarlyRefusalEndsTheBody) {
  Peer peer(refuse_early);
  const auto client = open_client();
  const auto exchange = client->start({.method = "PUT", .url = peer.url(), .streamed_length = kHuge});
  const std::string text(64UL << 10, 'x');
  const Written written = net::run_sync(write_all(*exchange, text, text.size(), kHuge));
  EXPECT_TRUE(written.end);
  const auto response = net::run_sync(exchange->response(kLimit));
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->head.status, 413);
  EXPECT_EQ(response->body, "large");
}

// ── ends

struct Hanging {
  std::binary_semaphore came{0};
  std::binary_semaphore closed{0};
  Task<bool> operator()(Visit& visit) {
    came.release();
    co_await visit.until_closed();
    closed.release();
    co_return false;
  }
};

TEST(HttpClient, DestroyingAnExchangeClosesItsConnection) {
  Hanging hanging;
  Peer peer(std::ref(hanging));
  const auto client = open_client();
  auto exchange = client->start({.url = peer.url()});
  hanging.came.acquire();
  exchange.reset();
  hanging.closed.acquire();
  EXPECT_EQ(client->stats().failures, 0U);
}

TEST(HttpClient, ALentBodyIsFreeWhenItsExchangeIsGone) {
  Hanging hanging;
  Peer peer(std::ref(hanging));
  const auto client = open_client();
  for (int i = 0; i < 50; ++i) {
    // The sanitizers see a look at it after its end.
    auto body = std::make_unique<std::string>(16UL << 20, 'x');
    auto exchange = client->start({.method = "PUT", .url = peer.url(), .body = bytes_of(*body)});
    hanging.came.acquire();
    exchange.reset();
    body.reset();
    hanging.closed.acquire();
  }
  EXPECT_EQ(client->stats().failures, 0U);
}

TEST(HttpClient, WhatComesOverTheLimitsIsRefusedAndWhatWaitsTakesItsTurn) {
  Hanging hanging;
  Peer peer(
      [&](Visit& visit) { return visit.request_line().starts_with("GET /hang") ? hanging(visit) : hello(visit); });
  const auto client = open_client({.max_active = 1, .max_waiting = 2});
  auto first = client->start({.url = peer.url("/hang")});
  hanging.came.acquire();
  const auto second = client->start({.url = peer.url()});
  const auto late = client->start({.url = peer.url(), .timeouts = {.total = std::chrono::milliseconds(1)}});
  const auto fourth = ask(*client, {.url = peer.url()});
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().code, ErrorCode::overloaded);
  EXPECT_EQ(client->stats().active, 1U);

  const auto never_sent = net::run_sync(late->head());
  ASSERT_FALSE(never_sent);
  EXPECT_EQ(never_sent.error().code, ErrorCode::unavailable);
  EXPECT_EQ(client->stats().waiting, 1U);

  first.reset();
  EXPECT_EQ(net::run_sync(second->response(kLimit))->body, "hello");
  EXPECT_EQ(peer.requests, 2);
}

TEST(HttpClient, OnlyWhatIsSafeIsRepeatedOnANewConnection) {
  for (const char* method : {"GET", "POST"}) {
    int seen = 0;
    Peer peer([&](Visit& visit) { return ++seen == 2 ? say_text(visit, "") : hello(visit); });
    const auto client = open_client();
    const Request request{.method = method, .url = peer.url()};
    ASSERT_TRUE(ask(*client, request));
    const auto answer = ask(*client, request);
    if (*method == 'G') {
      EXPECT_TRUE(answer) << answer.error().detail;
      EXPECT_EQ(peer.requests, 3);
    } else {
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, ErrorCode::outcome_unknown) << answer.error().detail;
      EXPECT_EQ(peer.requests, 2);
    }
  }
}

TEST(HttpClient, ExchangesFailWhenTheirClientGoesAndOutliveIt) {
  Hanging hanging;
  Peer peer(std::ref(hanging));
  auto client = open_client({.max_active = 1});
  const auto sent = client->start({.url = peer.url()});
  const auto waiting = client->start({.url = peer.url()});
  hanging.came.acquire();
  std::optional<Result<Head>> head;
  std::latch asks(1);
  std::jthread reader([&] {
    asks.count_down();
    head = net::run_sync(sent->head());
  });
  asks.wait();
  client.reset();
  reader.join();
  ASSERT_FALSE(*head);
  EXPECT_EQ(head->error().code, ErrorCode::outcome_unknown);
  const auto never_sent = net::run_sync(waiting->head());
  ASSERT_FALSE(never_sent);
  EXPECT_EQ(never_sent.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace medialith::http_client
