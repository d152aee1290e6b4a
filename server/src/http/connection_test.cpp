#include "http/connection.hpp"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include "http/connection_test.hpp"

namespace medialith::http {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using ::testing::MatchesRegex;
using testing::Wire;

Task<Response> text(std::string body, int status = 200) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.body = std::move(body);
  co_return response;
}

std::string request(std::string_view line, std::string_view fields = "") {
  return std::string(line) + " HTTP/1.1\r\nHost: example.com\r\n" + std::string(fields) + "\r\n";
}

struct Site : Wire {
  Site() {
    route(Method::get, "/hello", [](Request&) { return text("hello"); });
    route(Method::get, "/items/:id", [](Request& r) { return text("item " + r.path_values.at(0)); });
    route(Method::delete_, "/items/:id", [](Request& r) { return text("deleted " + r.path_values.at(0)); });
    route(Method::post, "/echo", echo, 1024 * 1024);
    route(Method::post, "/small", echo, 10);
  }

  // The answer to one request with nothing behind it.
  Answer one(std::string raw, bool head_only = false) {
    const std::string received = exchange({std::move(raw)});
    std::string_view rest = received;
    Answer answer = testing::take_answer(rest, head_only);
    EXPECT_EQ(rest, "");
    return answer;
  }

  static Task<Response> echo(Request& r) {
    Result<std::string> body = co_await testing::read_all(*r.body);
    if (body) co_return co_await text(std::move(*body));
    Response response;
    response.status = http_status(body.error().code);
    response.body = std::string(wire_name(body.error().code));
    co_return response;
  }
};

TEST(Connection, AnswersWithWhatTheServerAdds) {
  Site site;
  const Answer answer = site.one(request("GET /hello"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  EXPECT_EQ(answer.header("content-length"), "5");
  EXPECT_EQ(answer.header("date"), "Mon, 21 Sep 2026 14:13:20 GMT");
  EXPECT_EQ(answer.header("connection"), "");
  EXPECT_THAT(answer.header("x-request-id"), MatchesRegex("[0-9a-f]{16}"));
  EXPECT_THAT(answer.header("server-timing"), MatchesRegex("total;dur=[0-9]+\\.[0-9]{3}"));
}

TEST(Connection, DescribesTheRequest) {
  Site site;
  std::string seen;
  site.route(Method::get, "/look/:what", [&](Request& r) {
    seen = r.path + "|" + r.target + "|" + std::string(r.raw_query) + "|" + std::string(*r.query_value("b c")) + "|" +
           r.host + "|" + r.peer.address + "|" + std::string(r.headers.find("X-A").value_or("")) + "|" +
           r.path_values.at(0) + "|" + std::to_string(r.body->length().value_or(99)) + "|" +
           (r.peer.secure ? "secure" : "plain") + "|" + (r.peer.loopback ? "loopback" : "remote");
    return text("");
  });
  site.stream.peer_address = "192.0.2.7";
  site.stream.encrypted = true;
  site.one("GET /look/caf%C3%A9?a=1&b+c=%20 HTTP/1.1\r\nhOST: Example.COM:81\r\nx-a: v\r\n\r\n");
  EXPECT_EQ(seen,
            "/look/caf\xc3\xa9|/look/caf%C3%A9?a=1&b+c=%20|a=1&b+c=%20| |example.com:81|192.0.2.7|v|caf\xc3\xa9|0|"
            "secure|remote");
}

TEST(Connection, KeepsTheClientsRequestIdWhenItIsOne) {
  Site site;
  EXPECT_EQ(site.one(request("GET /hello", "X-Request-Id: abc.DEF_1-2\r\n")).header("x-request-id"), "abc.DEF_1-2");
  const std::string longest(64, 'a');
  EXPECT_EQ(site.one(request("GET /hello", "X-Request-Id: " + longest + "\r\n")).header("x-request-id"), longest);
  for (const std::string& bad : {std::string("a b"), std::string("<script>"), std::string(65, 'a'), std::string()}) {
    EXPECT_EQ(site.one(request("GET /hello", "X-Request-Id: " + bad + "\r\n")).header("x-request-id").size(), 16U);
  }
}

TEST(Connection, AnswersPipelinedRequestsInOrder) {
  Site site;
  std::string raw;
  for (int i = 0; i < 200; ++i) raw += request("GET /items/" + std::to_string(i));
  const std::vector<Answer> answers = site.ask(raw);
  ASSERT_EQ(answers.size(), 200U);
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].body, "item " + std::to_string(i));
    ids.insert(answers[static_cast<std::size_t>(i)].header("x-request-id"));
  }
  EXPECT_EQ(ids.size(), 200U);
}

TEST(Connection, EndsWhenTheClientAsksForIt) {
  Site site;
  const std::vector<Answer> answers = site.ask(request("GET /hello", "Connection: close\r\n") + request("GET /hello"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].closes());
}

TEST(Connection, KeepsHttp10OnlyWhenAsked) {
  Site site;
  const std::vector<Answer> closed = site.ask("GET /hello HTTP/1.0\r\n\r\n" + request("GET /hello"));
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_TRUE(closed[0].closes());
  const std::vector<Answer> kept =
      site.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + request("GET /hello"));
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].header("connection"), "keep-alive");
}

TEST(Connection, HeadSendsTheLengthWithoutTheBody) {
  Site site;
  const Answer answer = site.one(request("HEAD /hello"), true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-length"), "5");
}

TEST(Connection, SomeStatusesHaveNeitherBodyNorLength) {
  for (const int status : {204, 304}) {
    Site site;
    site.route(Method::get, "/none", [status](Request&) { return text("must not be sent", status); });
    const Answer answer = site.one(request("GET /none"));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.header("content-length"), "");
    EXPECT_EQ(answer.header("transfer-encoding"), "");
  }
}

TEST(Connection, HandlersCannotBreakTheFraming) {
  Site site;
  site.route(Method::get, "/own", [](Request&) -> Task<Response> {
    Response response;
    for (const char* name : {"Content-Length", "transfer-encoding", "CONNECTION", "Date", "X-Request-Id"}) {
      response.headers.add(name, "1");
    }
    response.body = std::string_view("static");
    co_return response;
  });
  const Answer answer = site.one(request("GET /own"));
  EXPECT_EQ(answer.body, "static");
  EXPECT_EQ(answer.headers.all("content-length").size(), 1U);
  EXPECT_EQ(answer.headers.all("date").size(), 1U);
  EXPECT_EQ(answer.headers.all("x-request-id").size(), 1U);
  EXPECT_EQ(answer.header("connection"), "");
  EXPECT_EQ(answer.header("transfer-encoding"), "");
}

// What the table does not answer.

TEST(Connection, UnknownPathsAre404ThroughTheMiddleware) {
  Site site;
  const Answer answer = site.one(request("GET /nothing"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "NOT_FOUND");
  EXPECT_EQ(site.operations, std::vector<std::string>{std::string(kNoRoute)});
}

TEST(Connection, UnknownMethodsAre405WithAllow) {
  Site site;
  const Answer answer = site.one(request("PUT /items/1", "Content-Length: 0\r\n"));
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(answer.body, "METHOD_NOT_ALLOWED");
  EXPECT_EQ(site.operations, std::vector<std::string>{std::string(kMethodNotAllowed)});
}

TEST(Connection, OptionsAnswersAllowAndLeavesCorsToTheMiddleware) {
  Site site;
  const Answer answer = site.one(request("OPTIONS /items/1"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(site.operations, std::vector<std::string>{std::string(kOptions)});
  EXPECT_EQ(site.one(request("OPTIONS /nothing")).status, 404);
}

TEST(Connection, TakesTheBasePathOff) {
  Site site;
  site.base_path = "/storage";
  EXPECT_EQ(site.one(request("GET /storage/items/7")).body, "item 7");
  for (const char* path : {"/items/7", "/storageitems/7", "/storage", "/storage/", "/"}) {
    EXPECT_EQ(site.one(request("GET " + std::string(path))).status, 404) << path;
  }
}

TEST(Connection, AnExceptionIs500AndTheConnectionGoesOn) {
  Site site;
  site.route(Method::get, "/throws", [](Request&) -> Task<Response> {
    throw std::runtime_error("broken");
    co_return Response();
  });
  const std::vector<Answer> answers = site.ask(request("GET /throws") + request("GET /hello"));
  EXPECT_EQ(testing::statuses(answers), (std::vector{500, 200}));
  EXPECT_EQ(answers[0].body, "INTERNAL");
  EXPECT_EQ(site.failures, std::vector<std::string>{"broken"});
}

// Bodies in.

TEST(Connection, StreamsALargeBodyThrough) {
  Site site;
  site.stream.read_most = 1000;
  const std::string body(300'000, 'b');
  EXPECT_EQ(site.one(request("POST /echo", "Content-Length: 300000\r\n") + body).body, body);
}

TEST(Connection, Says100ContinueWhenTheBodyIsPulled) {
  Site site;
  const std::string received =
      site.exchange({request("POST /echo", "Expect: 100-Continue\r\nContent-Length: 5\r\n"), "hello"});
  EXPECT_TRUE(received.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(received.ends_with("\r\n\r\nhello"));
}

TEST(Connection, RefusesWithout100AndCloses) {
  Site site;
  for (const char* line : {"POST /small", "POST /nothing"}) {
    const std::string received =
        site.exchange({request(line, "Expect: 100-continue\r\nContent-Length: 10737418240\r\n")});
    EXPECT_FALSE(received.contains("100 Continue"));
    std::string_view rest = received;
    const Answer answer = testing::take_answer(rest);
    EXPECT_GE(answer.status, 404);
    EXPECT_TRUE(answer.closes());
  }
  // Even a small body: the client may be sending it or not, so what follows is not known.
  const std::vector<Answer> small =
      site.ask(request("GET /hello", "Expect: 100-continue\r\nContent-Length: 5\r\n") + request("GET /hello"));
  EXPECT_EQ(testing::statuses(small), std::vector{200});
}

Task<void> send_without_end(net::ByteStream& end, std::string& received, std::size_t& taken) {
  EXPECT_TRUE(co_await Wire::send(end, request("POST /small", "Content-Length: 10737418240\r\n")));
  const std::string piece(4096, 'b');
  while (co_await Wire::send(end, piece)) taken += piece.size();
  co_await Wire::receive(end, received);
}

// R-H3: the client goes on sending; the server reads at most 64 KiB more.
TEST(Connection, AnswersAHugeBodyEarlyAndReadsLittleMore) {
  Site site;
  site.limits.linger_deadline = 20ms;
  std::size_t taken = 0;
  const std::string received =
      site.run([&](net::ByteStream& end, std::string& all) { return send_without_end(end, all, taken); });
  std::string_view rest = received;
  const Answer answer = testing::take_answer(rest);
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "BODY_TOO_LARGE");
  EXPECT_TRUE(answer.closes());
  // What it read and what the pipe between us holds.
  EXPECT_LE(taken, site.limits.drain_bytes + 2 * site.stream.capacity);
}

TEST(Connection, AChunkedBodyOverTheLimitIsRefusedWhileItComes) {
  Site site;
  const std::vector<Answer> answers =
      site.ask(request("POST /small", "Transfer-Encoding: chunked\r\n") + "6\r\nhello \r\n6\r\nworld!\r\n0\r\n\r\n");
  EXPECT_EQ(testing::statuses(answers), std::vector{413});
  EXPECT_TRUE(answers[0].closes());
}

TEST(Connection, ACutBodyIsAnError) {
  for (const char* fields : {"Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"}) {
    Site site;
    const Answer answer = site.one(request("POST /echo", fields) + "6\r\nhel");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body, "LENGTH_MISMATCH");
  }
}

// Bodies out.

class Pieces final : public BodySource {
 public:
  Pieces(std::vector<std::string> pieces, std::optional<std::uint64_t> length, bool broken = false)
      : pieces_(std::move(pieces)), length_(length), broken_(broken) {}
  std::optional<std::uint64_t> length() const override { return length_; }
  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    if (next_ == pieces_.size()) {
      if (broken_) co_return fail(ErrorCode::unavailable, "The store is gone.", "lost");
      co_return std::size_t{0};
    }
    const std::string& piece = pieces_[next_++];
    std::memcpy(out.data(), piece.data(), piece.size());
    co_return piece.size();
  }

 private:
  std::vector<std::string> pieces_;
  std::optional<std::uint64_t> length_;
  bool broken_;
  std::size_t next_ = 0;
};

Task<Response> streamed(std::unique_ptr<BodySource> source) {
  Response response;
  response.body = std::move(source);
  co_return response;
}

struct Streaming : Site {
  Streaming() {
    const std::vector<std::string> pieces = {"one ", std::string(20'000, 'x'), " end"};
    route(Method::get, "/unknown", [=](Request&) { return streamed(std::make_unique<Pieces>(pieces, std::nullopt)); });
    route(Method::get, "/known", [=](Request&) { return streamed(std::make_unique<Pieces>(pieces, 20'008)); });
    route(Method::get, "/short", [=](Request&) { return streamed(std::make_unique<Pieces>(pieces, 20'009)); });
    route(Method::get, "/long", [=](Request&) { return streamed(std::make_unique<Pieces>(pieces, 20'007)); });
    route(Method::get, "/broken",
          [=](Request&) { return streamed(std::make_unique<Pieces>(pieces, std::nullopt, true)); });
  }
  const std::string whole = "one " + std::string(20'000, 'x') + " end";
};

TEST(Connection, SendsASourceOfUnknownLengthInChunks) {
  Streaming site;
  const std::vector<Answer> answers = site.ask(request("GET /unknown") + request("GET /hello"));
  ASSERT_EQ(testing::statuses(answers), (std::vector{200, 200}));
  EXPECT_EQ(answers[0].header("transfer-encoding"), "chunked");
  EXPECT_EQ(answers[0].body, site.whole);
}

TEST(Connection, EndsTheConnectionBehindASourceForHttp10) {
  Streaming site;
  const std::vector<Answer> answers =
      site.ask("GET /unknown HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + request("GET /hello"));
  ASSERT_EQ(testing::statuses(answers), std::vector{200});
  EXPECT_TRUE(answers[0].closes());
  EXPECT_EQ(answers[0].header("transfer-encoding"), "");
  EXPECT_EQ(answers[0].body, site.whole);
}

TEST(Connection, SendsASourceOfKnownLength) {
  Streaming site;
  const std::vector<Answer> answers = site.ask(request("GET /known") + request("GET /hello"));
  ASSERT_EQ(testing::statuses(answers), (std::vector{200, 200}));
  EXPECT_EQ(answers[0].header("content-length"), "20008");
  EXPECT_EQ(answers[0].body, site.whole);
  EXPECT_EQ(site.one(request("HEAD /known"), true).header("content-length"), "20008");
}

TEST(Connection, ASourceThatFailsIsNeverTakenForComplete) {
  for (const char* path : {"/broken", "/short", "/long"}) {
    Streaming site;
    const std::vector<Answer> answers = site.ask(request("GET " + std::string(path)) + request("GET /hello"));
    for (const Answer& answer : answers) EXPECT_FALSE(answer.complete) << path;
    EXPECT_LE(answers.size(), 1U);
  }
  Streaming site;
  site.exchange({request("GET /long")});
  EXPECT_EQ(site.failures.size(), 1U);
}

struct MemoryFile {
  explicit MemoryFile(std::string_view content) : fd(::memfd_create("connection_test", MFD_CLOEXEC)) {
    EXPECT_EQ(::pwrite(fd, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  }
  ~MemoryFile() { ::close(fd); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int fd;
};

TEST(Connection, SendsAFileWhereTheStreamCannot) {
  std::string content(700'000, 'f');
  content += "end";
  const auto file = std::make_shared<MemoryFile>(content);
  Site site;
  const auto send = [&](std::uint64_t offset, std::uint64_t length) {
    return [=](Request&) -> Task<Response> {
      Response response;
      response.body = FileBody(file->fd, offset, length, file);
      return [](Response r) -> Task<Response> { co_return r; }(std::move(response));
    };
  };
  site.route(Method::get, "/file", send(3, 700'000));
  site.route(Method::get, "/empty", send(0, 0));
  site.route(Method::get, "/truncated", send(0, 800'000));
  EXPECT_EQ(site.one(request("GET /file")).body, content.substr(3));
  EXPECT_EQ(site.one(request("HEAD /file"), true).header("content-length"), "700000");
  EXPECT_EQ(site.one(request("GET /empty")).status, 200);
  EXPECT_EQ(site.failures, std::vector<std::string>{});
  const std::string cut = site.exchange({request("GET /truncated")});
  std::string_view rest = cut;
  EXPECT_FALSE(testing::take_answer(rest).complete);
  EXPECT_EQ(site.failures.size(), 1U);
}

// Deadlines: the limits are the test's, so nothing sleeps longer than they are.

// Sends some bytes, then only listens.
Wire::Client silent_after(std::string first) {
  return [first = std::move(first)](net::ByteStream& end, std::string& received) {
    return [](net::ByteStream& e, std::string& r, std::string bytes) -> Task<void> {
      if (!bytes.empty()) EXPECT_TRUE(co_await Wire::send(e, bytes));
      co_await Wire::receive(e, r);
    }(end, received, first);
  };
}

TEST(Connection, ASlowHeadIs408AndClosed) {
  Site site;
  site.limits.header_deadline = 5ms;
  site.limits.linger_deadline = 5ms;
  const std::vector<Answer> answers = testing::take_answers(site.run(silent_after("GET /hello HTTP/1.1\r\nHos")));
  ASSERT_EQ(testing::statuses(answers), std::vector{408});
  EXPECT_TRUE(answers[0].closes());
}

TEST(Connection, AnIdleConnectionIsClosedSilently) {
  Site site;
  site.limits.idle_deadline = 5ms;
  EXPECT_EQ(site.run(silent_after("")), "");
  const std::vector<Answer> answers = testing::take_answers(site.run(silent_after(request("GET /hello"))));
  EXPECT_EQ(testing::statuses(answers), std::vector{200});
}

TEST(Connection, ASilentBodyIs408) {
  Site site;
  site.limits.stall_deadline = 5ms;
  site.limits.linger_deadline = 5ms;
  const std::vector<Answer> answers =
      testing::take_answers(site.run(silent_after(request("POST /echo", "Content-Length: 10\r\n") + "hel")));
  ASSERT_EQ(testing::statuses(answers), std::vector{408});
  EXPECT_TRUE(answers[0].closes());
}

Task<void> trickle(net::ByteStream& end, std::string& received) {
  EXPECT_TRUE(co_await Wire::send(end, request("POST /echo", "Content-Length: 1000000\r\n")));
  while (co_await Wire::send(end, "x")) co_await net::testing::let_others_run();
  co_await Wire::receive(end, received);
}

// Bytes never cease to come, yet below the rate.
TEST(Connection, ATricklingBodyIs408) {
  Site site;
  site.limits.stall_deadline = 20ms;
  site.limits.linger_deadline = 1ms;
  site.limits.min_body_rate = 1ULL << 40;
  const std::string received = site.run(trickle);
  EXPECT_EQ(testing::statuses(testing::take_answers(received)), std::vector{408});
}

Task<void> never_read(net::ByteStream& end, std::string& received) {
  EXPECT_TRUE(co_await Wire::send(end, request("GET /large")));
  // More than the pipe holds: this ends when the connection has given up.
  EXPECT_FALSE(co_await Wire::send(end, std::string(10'000, 'x')));
  co_await Wire::receive(end, received);
}

TEST(Connection, AResponseNobodyTakesIsReset) {
  Site site;
  site.limits.stall_deadline = 5ms;
  site.stream.capacity = 1000;
  site.route(Method::get, "/large", [](Request&) { return text(std::string(100'000, 'x')); });
  EXPECT_EQ(site.run(never_read), "");
}

// Proxies.

TEST(Connection, BelievesForwardedFieldsOfTrustedProxiesAlone) {
  Site site;
  Peer peer;
  site.route(Method::get, "/peer", [&](Request& r) {
    peer = r.peer;
    return text("");
  });
  const std::string raw = request("GET /peer", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n");
  site.one(raw);
  EXPECT_EQ(peer.address, "127.0.0.1");
  EXPECT_FALSE(peer.secure);
  site.proxies = *TrustedProxies::parse(std::vector<std::string>{"127.0.0.1"});
  site.one(raw);
  EXPECT_EQ(peer.address, "203.0.113.9");
  EXPECT_TRUE(peer.secure);
  EXPECT_TRUE(peer.loopback);
}

TEST(Connection, SaysCloseWhileItDrains) {
  Site site;
  site.route(Method::get, "/drain", [&](Request&) {
    site.draining = true;
    return text("last");
  });
  const std::vector<Answer> answers = site.ask(request("GET /drain") + request("GET /hello"));
  ASSERT_EQ(testing::statuses(answers), std::vector{200});
  EXPECT_TRUE(answers[0].closes());
}

}  // namespace
}  // namespace medialith::http
