// The server over real sockets: what streams in memory cannot show.
#include "http/server.hpp"

#include <latch>
#include <thread>

#include <sys/mman.h>

#include "http/connection_test.hpp"
#include "net/stream_test.hpp"
#include "net/tls_test.hpp"

namespace medialith::http {
namespace {

using namespace std::chrono_literals;
using net::testing::Client;
using testing::Answer;

Task<Response> text(std::string body) {
  Response response;
  response.body = std::move(body);
  co_return response;
}

std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
}

// A server on a free port with the routes that a test adds before start().
class Site {
 public:
  explicit Site(std::size_t loops = 2) : runtime({.loops = loops, .work_threads = 1, .disk_threads = 1}) {
    route("/hello", [](Request&) { return text("hello"); });
  }
  ~Site() {
    server.reset();
    runtime.stop();
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  void route(std::string_view path, Handler handler, Method method = Method::get) {
    router.add({.method = method,
                .pattern = path,
                .operation = path,
                .body = {.kind = BodyKind::bytes, .max_bytes = 1ULL << 30},
                .handler = std::move(handler)});
  }
  Result<void> start() {
    ServerCallbacks callbacks{.middleware = [](Request& request, const Route& found) { return found.handler(request); },
                              .present =
                                  [](const Error& error, const Request&) {
                                    Response response;
                                    response.status = http_status(error.code);
                                    response.body = std::string(wire_name(error.code));
                                    return response;
                                  },
                              .on_failure = [](const Request&, std::string_view) {}};
    server = std::make_unique<Server>(runtime, router, options, std::move(callbacks), clock, random);
    auto started = server->start();
    if (started) runtime.start();
    return started;
  }
  Answer ask(std::string_view raw) const {
    const Client client(server->port());
    client.send(raw);
    client.end();
    const std::string received = client.receive();
    std::string_view rest = received;
    return testing::take_answer(rest);
  }

  net::Runtime runtime;
  Router router;
  ServerOptions options{.listen = "127.0.0.1:0"};
  ManualClock clock;
  SeededRandom random{1};
  std::unique_ptr<Server> server;
};

TEST(Server, ServesAndCounts) {
  Site site;
  ASSERT_TRUE(site.start());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(site.ask(get("/hello")).body, "hello");
  const ServerStats stats = site.server->stats();
  EXPECT_EQ(stats.connections, 5U);
  EXPECT_EQ(stats.requests, 5U);
  EXPECT_EQ(stats.bytes_received, 5 * get("/hello").size());
  EXPECT_GT(stats.bytes_sent, 5 * 100U);
}

TEST(Server, ManyClientsAtOnceGetTheirOwnAnswers) {
  Site site;
  site.route("/items/:id", [](Request& request) { return text(request.path_values.at(0)); });
  ASSERT_TRUE(site.start());
  std::vector<std::jthread> clients;
  clients.reserve(8);
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&site, c] {
      const Client client(site.server->port());
      for (int i = 0; i < 50; ++i) {
        const std::string item = std::to_string(c * 1000 + i);
        client.send(get("/items/" + item));
        EXPECT_TRUE(client.receive_until("\r\n\r\n" + item).starts_with("HTTP/1.1 200 OK\r\n"));
      }
    });
  }
  clients.clear();
  EXPECT_EQ(site.server->stats().requests, 400U);
}

TEST(Server, SendsFilesAndReceivesBodies) {
  std::string content(3 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 >> 3);
  const int fd = ::memfd_create("server_test", MFD_CLOEXEC);
  ASSERT_EQ(::pwrite(fd, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  const std::shared_ptr<void> owner(nullptr, [fd](void*) { ::close(fd); });
  Site site;
  site.route("/file", [=, size = content.size()](Request&) {
    Response response;
    response.body = FileBody(fd, 1, size - 1, owner);
    return [](Response r) -> Task<Response> { co_return r; }(std::move(response));
  });
  site.route(
      "/size",
      [](Request& request) -> Task<Response> {
        const auto body = co_await testing::read_all(*request.body);
        co_return co_await text(body ? std::to_string(std::hash<std::string>()(*body)) : "error");
      },
      Method::post);
  ASSERT_TRUE(site.start());
  const Answer file = site.ask(get("/file"));
  EXPECT_TRUE(file.body == content.substr(1));
  const Answer sent = site.ask("POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(content.size()) +
                               "\r\n\r\n" + content);
  EXPECT_EQ(sent.body, std::to_string(std::hash<std::string>()(content)));
}

TEST(Server, ServesHttpsFilesIncluded) {
  const net::testing::Certificate certificate;
  const std::string content(600'000, 'f');
  const int fd = ::memfd_create("server_test", MFD_CLOEXEC);
  ASSERT_EQ(::pwrite(fd, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  const std::shared_ptr<void> owner(nullptr, [fd](void*) { ::close(fd); });
  Site site;
  site.options.tls_certificate_file = certificate.certificate_file();
  site.options.tls_key_file = certificate.key_file();
  site.route("/file", [=](Request& request) -> Task<Response> {
    Response response;
    response.headers.add("X-Secure", request.peer.secure ? "yes" : "no");
    response.body = FileBody(fd, 0, 600'000, owner);
    return [](Response r) -> Task<Response> { co_return r; }(std::move(response));
  });
  ASSERT_TRUE(site.start());
  const net::testing::TlsClient client(site.server->port());
  ASSERT_TRUE(client.handshake());
  client.send(get("/file") + get("/hello", "Connection: close\r\n"));
  const std::vector<Answer> answers = testing::take_answers(client.receive());
  EXPECT_NE(SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN, 0) << "the end was cut, not said";
  ASSERT_EQ(testing::statuses(answers), (std::vector{200, 200}));
  EXPECT_EQ(answers[0].header("x-secure"), "yes");
  EXPECT_TRUE(answers[0].body == content);
  EXPECT_EQ(answers[1].body, "hello");
}

// R-H3 over a real socket: the client has sent far more than anybody reads, and still gets its answer.
TEST(Server, AClientThatSendsTooMuchSeesItsAnswer) {
  Site site;
  site.options.limits.linger_deadline = 300ms;
  site.route("/refuse", [](Request&) { return text("no"); }, Method::post);
  ASSERT_TRUE(site.start());
  const Client client(site.server->port());
  client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 10737418240\r\n\r\n" + std::string(300'000, 'b'));
  const std::string received = client.receive_until("\r\n\r\nno");
  EXPECT_TRUE(received.ends_with("\r\n\r\nno"));
  EXPECT_TRUE(received.contains("Connection: close"));
}

TEST(Server, RefusesConnectionsOverItsLimit) {
  Site site;
  site.options.limits.max_connections = 2;
  ASSERT_TRUE(site.start());
  const Client first(site.server->port());
  const Client second(site.server->port());
  for (const Client* client : {&first, &second}) {
    client->send(get("/hello"));
    EXPECT_EQ(client->receive(12), "HTTP/1.1 200");
  }
  EXPECT_EQ(Client(site.server->port()).receive(), "");
  EXPECT_EQ(site.server->stats().connections_refused, 1U);
  EXPECT_EQ(site.server->stats().connections_open, 2U);
}

// Draining.

TEST(Server, DrainClosesIdleConnectionsAtOnce) {
  Site site;
  ASSERT_TRUE(site.start());
  const Client idle(site.server->port());
  idle.send(get("/hello"));
  EXPECT_TRUE(idle.receive_until("hello").ends_with("hello"));
  EXPECT_EQ(site.server->drain(1min), 0U);
  EXPECT_EQ(idle.receive(), "");
  EXPECT_EQ(site.server->stats().connections_open, 0U);
}

// Holds a handler until the test lets it go.
struct Gate {
  std::latch entered{1};
  std::latch leave{1};
  Task<Response> pass(net::Pool& pool) {
    auto wait = [this]() -> Result<int> {
      entered.count_down();
      leave.wait();
      return 0;
    };
    (void)co_await net::run_on(pool, wait);
    co_return co_await text("done");
  }
};

TEST(Server, DrainLetsRequestsUnderWayEnd) {
  Gate gate;
  Site site;
  site.route("/slow", [&](Request&) { return gate.pass(site.runtime.work()); });
  ASSERT_TRUE(site.start());
  const Client client(site.server->port());
  client.send(get("/slow"));
  gate.entered.wait();
  std::jthread drain([&] { EXPECT_EQ(site.server->drain(1min), 0U); });
  // This ends when draining has begun: refused, or closed without an answer. Then the request may end.
  EXPECT_EQ(net::testing::receive_from_closing(site.server->port()), "");
  gate.leave.count_down();
  const std::string received = client.receive();
  EXPECT_TRUE(received.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(received.contains("Connection: close\r\n"));
  EXPECT_TRUE(received.ends_with("\r\n\r\ndone"));
}

TEST(Server, DrainCutsWhatOutlivesTheGrace) {
  Site site;
  ASSERT_TRUE(site.start());
  const Client half(site.server->port());
  half.send("GET /hello HTTP/1.1\r\n");
  // A second connection shows that the loop has seen the first one's bytes.
  while (site.server->stats().connections_open < 1) std::this_thread::yield();
  EXPECT_EQ(site.ask(get("/hello")).status, 200);
  EXPECT_LE(site.server->drain(1ms), 1U);
  EXPECT_EQ(half.receive(), "");
  EXPECT_EQ(site.server->stats().connections_open, 0U);
}

// Starting.

TEST(Server, RefusesOptionsThatMakeNoSense) {
  for (const ServerOptions& bad :
       {ServerOptions{.listen = "nonsense"}, ServerOptions{.listen = "127.0.0.1:0", .base_path = "storage"},
        ServerOptions{.listen = "127.0.0.1:0", .base_path = "/storage/"},
        ServerOptions{.listen = "127.0.0.1:0", .tls_key_file = "key.pem"},
        ServerOptions{.listen = "127.0.0.1:0", .trusted_proxies = {"proxy"}}}) {
    Site site;
    site.options = bad;
    const auto started = site.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::invalid_request);
  }
}

TEST(Server, NamesTheHolderOfItsPort) {
  Site first;
  ASSERT_TRUE(first.start());
  Site second;
  second.options.listen = "127.0.0.1:" + std::to_string(first.server->port());
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(started.error().message.contains("is held by test_http (pid "));
}

}  // namespace
}  // namespace medialith::http
