#include "net/listener.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include <netinet/tcp.h>
#include <sys/resource.h>

#include "net/stream_test.hpp"

namespace medialith::net {
namespace {

using testing::Client;

TEST(ParseHostPort, ReadsWhatIsAnAddress) {
  EXPECT_EQ(parse_host_port("127.0.0.1:8787"), (HostPort{"127.0.0.1", 8787}));
  EXPECT_EQ(parse_host_port("localhost:0"), (HostPort{"localhost", 0}));
  EXPECT_EQ(parse_host_port("[::1]:65535"), (HostPort{"::1", 65535}));
}

TEST(ParseHostPort, RefusesTheRest) {
  for (const char* text : {"", ":", "8787", ":8787", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:80x", "127.0.0.1:+80", "::1:80", "[::1]", "[]:80", "[127.0.0.1]:80"}) {
    const auto parsed = parse_host_port(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_request);
  }
}

struct Counter {
  std::mutex mutex;
  std::vector<std::size_t> loops;
  std::promise<void> all;
  std::size_t expected = 0;
};

TEST(Listener, DealsConnectionsToTheLoopsInTurn) {
  Runtime runtime({.loops = 3, .work_threads = 1, .disk_threads = 1});
  Counter counter;
  counter.expected = 9;
  auto on_stream = [&](std::size_t loop, std::unique_ptr<ByteStream>) {
    const std::scoped_lock lock(counter.mutex);
    EXPECT_EQ(Runtime::current_loop(), loop);
    counter.loops.push_back(loop);
    if (counter.loops.size() == counter.expected) counter.all.set_value();
  };
  auto listener = Listener::open(runtime, "127.0.0.1:0", nullptr, on_stream);
  ASSERT_TRUE(listener);
  runtime.start();
  for (int i = 0; i < 9; ++i) EXPECT_EQ(Client((*listener)->port()).receive(), "");
  counter.all.get_future().wait();
  EXPECT_EQ(std::ranges::count(counter.loops, 0U), 3);
  EXPECT_EQ(std::ranges::count(counter.loops, 1U), 3);
  EXPECT_EQ(std::ranges::count(counter.loops, 2U), 3);
  runtime.stop();
}

TEST(Listener, NamesTheHolderOfABusyPort) {
  Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  const auto ignore = [](std::size_t, std::unique_ptr<ByteStream>) {};
  const auto first = Listener::open(runtime, "127.0.0.1:0", nullptr, ignore);
  ASSERT_TRUE(first);
  const std::string port = std::to_string((*first)->port());
  const auto second = Listener::open(runtime, "127.0.0.1:" + port, nullptr, ignore);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_EQ(second.error().message, "Port " + port + " is held by test_net (pid " + std::to_string(::getpid()) + ").");
}

TEST(Listener, RefusesAnAddressOfAnotherMachine) {
  Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  const auto listener =
      Listener::open(runtime, "192.0.2.1:0", nullptr, [](std::size_t, std::unique_ptr<ByteStream>) {});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, ErrorCode::unavailable);
  EXPECT_NE(listener.error().message.find("192.0.2.1"), std::string::npos);
}

// Greets and ends.
Task<void> greet(std::unique_ptr<ByteStream> stream) {
  const auto sent = co_await testing::write_text(*stream, "hello");
  EXPECT_TRUE(sent);
}

struct Greeter {
  Greeter() {
    auto on_stream = [this](std::size_t loop, std::unique_ptr<ByteStream> stream) {
      runtime.spawn(loop, greet(std::move(stream)));
    };
    listener = std::move(*Listener::open(runtime, "127.0.0.1:0", nullptr, on_stream));
    runtime.start();
  }
  ~Greeter() { runtime.stop(); }
  Runtime runtime{{.loops = 2, .work_threads = 1, .disk_threads = 1}};
  std::unique_ptr<Listener> listener;
};

TEST(Listener, ClosesWhatItCannotTakeAndServesAgainLater) {
  const Greeter server;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int next = ::dup(fd);
  ::close(next);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);  // every descriptor below is taken
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const Client refused(server.listener->port(), fd);
  EXPECT_EQ(refused.receive(), "");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(Client(server.listener->port()).receive(), "hello");
}

TEST(Listener, AcceptedSocketsSendWithoutDelay) {
  Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  std::promise<int> no_delay;
  auto on_stream = [&](std::size_t, std::unique_ptr<ByteStream>) {
    // The stream hides its descriptor; it is the newest socket of this process.
    int value = -1;
    for (int fd = 1023; fd >= 0; --fd) {
      socklen_t length = sizeof value;
      if (::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length) == 0) break;
    }
    no_delay.set_value(value);
  };
  auto listener = Listener::open(runtime, "127.0.0.1:0", nullptr, on_stream);
  ASSERT_TRUE(listener);
  runtime.start();
  const Client client((*listener)->port());
  EXPECT_EQ(no_delay.get_future().get(), 1);
  runtime.stop();
}

TEST(Listener, StopsAcceptingWhenClosed) {
  Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  auto listener = Listener::open(runtime, "127.0.0.1:0", nullptr, [](std::size_t, std::unique_ptr<ByteStream>) {});
  ASSERT_TRUE(listener);
  const std::uint16_t port = (*listener)->port();
  runtime.start();
  (*listener)->close();
  std::promise<void> after;
  boost::asio::post(runtime.loop(0), [&] { after.set_value(); });
  after.get_future().wait();
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  ::close(fd);
  runtime.stop();
}

}  // namespace
}  // namespace medialith::net
