#include "net/memory_stream.hpp"

#include "net/stream_test.hpp"

namespace medialith::net {
namespace {

using namespace std::chrono_literals;

// Both ends on one loop; the second runs beside the first.
using End = std::function<Task<void>(ByteStream&)>;

Task<void> run_end(const End& end, ByteStream& stream) { co_await end(stream); }

void join(const End& left, const End& right, MemoryStreamOptions options = {}) {
  testing::Together together;
  auto [a, b] = make_memory_streams(together.executor(), options);
  together.add(run_end(left, *a));
  together.add(run_end(right, *b));
  together.run();
}

Task<void> give(ByteStream& stream, std::string text) {
  EXPECT_TRUE(co_await testing::write_text(stream, std::move(text)));
  co_await stream.shutdown();
  EXPECT_EQ(co_await testing::read_text(stream), "thanks");
}

Task<void> take(ByteStream& stream, std::string expected) {
  std::string all;
  for (;;) {
    const Result<std::string> piece = co_await testing::read_text(stream);
    if (!piece || piece->empty()) break;
    EXPECT_LE(piece->size(), 7U);
    all += *piece;
  }
  EXPECT_EQ(all, expected);
  EXPECT_TRUE(co_await testing::write_text(stream, "thanks"));
}

TEST(MemoryStream, CarriesBytesBothWaysUnderBackPressure) {
  const std::string large(100'000, 'x');
  join([&](ByteStream& stream) { return give(stream, large); }, [&](ByteStream& stream) { return take(stream, large); },
       {.capacity = 100, .read_most = 7});
}

TEST(MemoryStream, FailsAtDeadlines) {
  const End late = [](ByteStream& stream) -> Task<void> {
    stream.set_deadline(std::chrono::steady_clock::now() + 1ms);
    const Result<std::string> read = co_await testing::read_text(stream);
    EXPECT_EQ(read.error().code, ErrorCode::request_timeout);
    stream.set_deadline(std::chrono::steady_clock::time_point::max());
    stream.set_write_stall(1ms);
    const Result<void> write = co_await testing::write_text(stream, std::string(100, 'x'));
    EXPECT_EQ(write.error().code, ErrorCode::request_timeout);
  };
  const End silent = [](ByteStream&) -> Task<void> { co_return; };
  join(late, silent, {.capacity = 10});
}

TEST(MemoryStream, ClosingOneEndEndsTheOther) {
  const End closing = [](ByteStream& stream) -> Task<void> {
    stream.close();
    const Result<std::string> read = co_await testing::read_text(stream);
    EXPECT_EQ(read.error().code, ErrorCode::unavailable);
  };
  const End other = [](ByteStream& stream) -> Task<void> {
    EXPECT_EQ(co_await testing::read_text(stream), "");
    const Result<void> write = co_await testing::write_text(stream, "x");
    EXPECT_EQ(write.error().code, ErrorCode::unavailable);
  };
  join(closing, other);
}

}  // namespace
}  // namespace medialith::net
