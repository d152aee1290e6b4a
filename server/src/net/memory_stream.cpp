#include "net/memory_stream.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace medialith::net {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

// One direction. Whoever waits sleeps on the timer until its deadline; any change cancels the sleep.
struct Pipe {
  Pipe(const AnyExecutor& executor, std::size_t most) : changed(executor), capacity(most) {}
  boost::asio::steady_timer changed;
  std::vector<std::byte> bytes;
  const std::size_t capacity;
  bool ended = false;   // the writer said that nothing follows
  bool broken = false;  // one of the ends is closed
  bool aborted = false;
};

class MemoryStream final : public ByteStream {
 public:
  MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out, const MemoryStreamOptions& options)
      : in_(std::move(in)), out_(std::move(out)), options_(options) {}
  ~MemoryStream() override { MemoryStream::close(); }

  Task<Result<std::size_t>> read_some(std::span<std::byte> out) override {
    while (in_->bytes.empty() || in_->aborted) {
      if (closed_ || in_->aborted) co_return gone();
      if (in_->ended || in_->broken) co_return std::size_t{0};
      CO_TRY(co_await wait(in_->changed, deadline_));
    }
    const std::size_t count = std::min({out.size(), in_->bytes.size(), options_.read_most});
    std::memcpy(out.data(), in_->bytes.data(), count);
    in_->bytes.erase(in_->bytes.begin(), in_->bytes.begin() + static_cast<std::ptrdiff_t>(count));
    in_->changed.cancel();
    co_return count;
  }

  Task<Result<void>> write(std::span<const std::span<const std::byte>> buffers) override {
    for (auto buffer : buffers) {
      while (!buffer.empty()) {
        if (closed_ || out_->broken || out_->ended) co_return gone();
        const std::size_t count = std::min(out_->capacity - out_->bytes.size(), buffer.size());
        if (count == 0) {
          const TimePoint stall = write_stall_ == std::chrono::milliseconds::max()
                                      ? TimePoint::max()
                                      : std::chrono::steady_clock::now() + write_stall_;
          CO_TRY(co_await wait(out_->changed, std::min(deadline_, stall)));
          continue;
        }
        out_->bytes.insert(out_->bytes.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
        out_->changed.cancel();
        buffer = buffer.subspan(count);
      }
    }
    co_return Result<void>();
  }

  void set_deadline(TimePoint when) override { deadline_ = when; }
  void set_write_stall(std::chrono::milliseconds most) override { write_stall_ = most; }

  Task<void> shutdown() override {
    out_->ended = true;
    out_->changed.cancel();
    co_return;
  }

  void close() override {
    if (closed_) return;
    closed_ = true;
    for (const auto& pipe : {in_, out_}) {
      pipe->broken = true;
      pipe->changed.cancel();
    }
  }

  void abort() override {
    if (!closed_) out_->aborted = true;
    close();
  }

  std::string peer_address() const override { return options_.peer_address; }
  bool encrypted() const override { return options_.encrypted; }

 private:
  static std::unexpected<Error> gone() { return fail(ErrorCode::unavailable, "The connection is gone."); }

  static Task<Result<void>> wait(boost::asio::steady_timer& changed, TimePoint until) {
    changed.expires_at(until);
    boost::system::error_code error;
    co_await changed.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (!error) co_return fail(ErrorCode::request_timeout, "The connection was too slow.");
    co_return Result<void>();
  }

  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  const MemoryStreamOptions options_;
  TimePoint deadline_ = TimePoint::max();
  std::chrono::milliseconds write_stall_ = std::chrono::milliseconds::max();
  bool closed_ = false;
};

}  // namespace

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> make_memory_streams(
    const AnyExecutor& executor, const MemoryStreamOptions& options) {
  auto there = std::make_shared<Pipe>(executor, options.capacity);
  auto back = std::make_shared<Pipe>(executor, options.capacity);
  return {std::make_unique<MemoryStream>(back, there, options), std::make_unique<MemoryStream>(there, back, options)};
}

}  // namespace medialith::net
