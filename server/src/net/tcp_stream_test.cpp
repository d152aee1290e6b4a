#include "net/tcp_stream.hpp"

#include <random>

#include <sys/mman.h>

#include "net/stream_test.hpp"

namespace medialith::net {
namespace {

using namespace std::chrono_literals;
using testing::Client;
using testing::OneShot;
using Bytes = std::span<const std::byte>;

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// An anonymous file with that content.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) : fd_(::memfd_create("stream_test", MFD_CLOEXEC)) {
    EXPECT_EQ(::pwrite(fd_, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  }
  ~TemporaryFile() { ::close(fd_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Task<Result<std::string>> echo(ByteStream& stream) {
  std::string all;
  for (;;) {
    CO_TRY_ASSIGN(const std::string piece, co_await testing::read_text(stream));
    if (piece.empty()) break;
    all += piece;
    CO_TRY(co_await testing::write_text(stream, piece));
  }
  co_return stream.peer_address() + " " + all;
}

TEST(TcpStream, EchoesUntilThePeerEnds) {
  OneShot server(echo);
  const Client client(server.port());
  client.send("one");
  EXPECT_EQ(client.receive(3), "one");
  client.send("two");
  EXPECT_EQ(client.receive(3), "two");
  client.end();
  EXPECT_EQ(server.result(), "127.0.0.1 onetwo");
  EXPECT_EQ(client.receive(), "");
}

Task<Result<std::string>> write_all(ByteStream& stream, const std::vector<Bytes>& buffers) {
  CO_TRY(co_await stream.write(buffers));
  co_return "sent";
}

TEST(TcpStream, WritesBuffersInOrderUnderBackPressure) {
  const std::string large = noise(8 * 1024 * 1024);
  std::vector<Bytes> buffers = {testing::bytes_of("head"), Bytes(), testing::bytes_of(large)};
  for (int i = 0; i < 40; ++i) buffers.push_back(testing::bytes_of("x"));
  buffers.emplace_back();
  OneShot server([&](ByteStream& stream) { return write_all(stream, buffers); });
  const Client client(server.port(), testing::narrow_socket());
  EXPECT_TRUE(client.receive() == "head" + large + std::string(40, 'x'));
  EXPECT_EQ(server.result(), "sent");
}

struct Part {
  std::string head;
  std::uint64_t offset;
  std::uint64_t length;
};

Task<Result<std::string>> send_parts(ByteStream& stream, int fd, const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    CO_TRY(co_await stream.send_file(testing::bytes_of(part.head), fd, part.offset, part.length));
  }
  co_return "sent";
}

TEST(TcpStream, SendsAPartOfAFileBehindItsHead) {
  const std::string content = noise(5 * 1024 * 1024 + 17);
  const TemporaryFile file(content);
  const std::vector<Part> parts = {{"head", 1000, content.size() - 2000}, {"empty", 0, 0}};
  OneShot server([&](ByteStream& stream) { return send_parts(stream, file.fd(), parts); });
  const Client client(server.port(), testing::narrow_socket());
  EXPECT_TRUE(client.receive() == "head" + content.substr(1000, content.size() - 2000) + "empty");
  EXPECT_EQ(server.result(), "sent");
}

TEST(TcpStream, AFileThatIsShorterThanItWasIsAnError) {
  const TemporaryFile file("short");
  const std::vector<Part> parts = {{"", 0, 100}};
  OneShot server([&](ByteStream& stream) { return send_parts(stream, file.fd(), parts); });
  const Client client(server.port());
  EXPECT_EQ(client.receive(), "short");
  EXPECT_EQ(server.result().error().code, ErrorCode::internal);
}

TEST(TcpStream, AReadFailsAtItsDeadline) {
  OneShot server([](ByteStream& stream) -> Task<Result<std::string>> {
    stream.set_deadline(std::chrono::steady_clock::now() + 1h);
    CO_TRY(co_await testing::read_text(stream));
    // The timer is armed for an hour from now: an earlier deadline must still count.
    stream.set_deadline(std::chrono::steady_clock::now() + 10ms);
    co_return co_await testing::read_text(stream);
  });
  const Client client(server.port());
  client.send("x");
  EXPECT_EQ(server.result().error().code, ErrorCode::request_timeout);
}

Task<Result<std::string>> read_past_a_deadline(ByteStream& stream, std::promise<void>& passed) {
  // Waiting arms the timer for the first deadline; it fires while the second read waits for its own, later one.
  stream.set_deadline(std::chrono::steady_clock::now() + 30ms);
  CO_TRY(co_await testing::read_text(stream));
  stream.set_deadline(std::chrono::steady_clock::now() + 1h);
  boost::asio::co_spawn(co_await boost::asio::this_coro::executor, sleep_for(40ms),
                        [&passed](std::exception_ptr) { passed.set_value(); });
  co_return co_await testing::read_text(stream);
}

TEST(TcpStream, ADeadlineThatMovedOnLetsTheReadGoOn) {
  std::promise<void> passed;
  OneShot server([&](ByteStream& stream) { return read_past_a_deadline(stream, passed); });
  const Client client(server.port());
  client.send("first");
  passed.get_future().wait();
  client.send("second");
  EXPECT_EQ(server.result(), "second");
}

Task<Result<std::string>> write_with_stall(ByteStream& stream, std::string text) {
  stream.set_write_stall(20ms);
  CO_TRY(co_await testing::write_text(stream, std::move(text)));
  co_return "sent";
}

TEST(TcpStream, AWriteFailsWhenThePeerTakesNothing) {
  const std::string large = noise(16 * 1024 * 1024);
  OneShot server([&](ByteStream& stream) { return write_with_stall(stream, large); });
  const Client client(server.port(), testing::narrow_socket());
  EXPECT_EQ(server.result().error().code, ErrorCode::request_timeout);
}

TEST(TcpStream, AResetConnectionIsUnavailable) {
  OneShot server([](ByteStream& stream) -> Task<Result<std::string>> {
    CO_TRY(co_await testing::read_text(stream));
    for (;;) CO_TRY(co_await testing::write_text(stream, std::string(64 * 1024, 'x')));
  });
  Client client(server.port());
  client.send("x");
  EXPECT_EQ(client.receive(1), "x");
  client.close();
  EXPECT_EQ(server.result().error().code, ErrorCode::unavailable);
}

TEST(TcpStream, CloseFailsAPendingRead) {
  OneShot server([](ByteStream& stream) -> Task<Result<std::string>> {
    boost::asio::post(co_await boost::asio::this_coro::executor, [&stream] {
      stream.close();
      stream.close();
    });
    co_return co_await testing::read_text(stream);
  });
  const Client client(server.port());
  EXPECT_EQ(server.result().error().code, ErrorCode::unavailable);
  EXPECT_EQ(client.receive(), "");
}

}  // namespace
}  // namespace medialith::net
