#include "net/tcp_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "net/socket.hpp"

namespace medialith::net {
namespace {

// Asks the kernel first and waits only when it has nothing: on a busy server most calls never suspend.
class TcpStream final : public ByteStream {
 public:
  TcpStream(const AnyExecutor& executor, int fd, std::string peer_address)
      : socket_(executor, fd, std::move(peer_address)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> out) override;
  Task<Result<void>> write(std::span<const std::span<const std::byte>> buffers) override;
  bool can_send_file() const override { return true; }
  Task<Result<void>> send_file(std::span<const std::byte> head, int fd, std::uint64_t offset,
                               std::uint64_t length) override;
  void set_deadline(std::chrono::steady_clock::time_point when) override { socket_.set_deadline(when); }
  void set_write_stall(std::chrono::milliseconds most) override { socket_.set_write_stall(most); }
  Task<void> shutdown() override {
    socket_.shutdown();
    co_return;
  }
  void close() override { socket_.close(); }
  void abort() override { socket_.abort(); }
  std::string peer_address() const override { return socket_.peer_address(); }

 private:
  // What a failed system call asks for: true = wait for the socket, false = try again.
  static Result<bool> would_block() {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
    if (errno == EINTR) return false;
    return fail(connection_lost(errno));
  }

  Socket socket_;
  bool drained_ = false;  // the last read took all there was, so the next would only be told to wait
};

Task<Result<std::size_t>> TcpStream::read_some(std::span<std::byte> out) {
  for (;;) {
    if (!drained_) {
      const ssize_t got = ::recv(socket_.fd(), out.data(), out.size(), 0);
      if (got >= 0) {
        drained_ = got > 0 && static_cast<std::size_t>(got) < out.size();
        if (socket_.turn_is_over()) co_await socket_.yield();
        co_return static_cast<std::size_t>(got);
      }
      CO_TRY_ASSIGN(const bool wait, would_block());
      if (!wait) continue;
    }
    drained_ = false;
    CO_TRY(co_await socket_.readable());
  }
}

// Copies the next buffers, less `skip` bytes of the first, into the kernel's shape.
std::size_t fill(std::array<iovec, 16>& out, std::span<const std::span<const std::byte>> buffers, std::size_t skip) {
  std::size_t count = 0;
  for (const auto& buffer : buffers.first(std::min(buffers.size(), out.size()))) {
    const auto rest = buffer.subspan(skip);
    skip = 0;
    // The kernel's struct has no const, although sendmsg(2) only reads.
    out[count++] = {.iov_base = const_cast<std::byte*>(rest.data()), .iov_len = rest.size()};
  }
  return count;
}

Task<Result<void>> TcpStream::write(std::span<const std::span<const std::byte>> buffers) {
  std::array<iovec, 16> vectors;
  std::size_t skip = 0;  // bytes of the first buffer that are sent already
  while (!buffers.empty()) {
    if (skip == buffers.front().size()) {
      buffers = buffers.subspan(1);
      skip = 0;
      continue;
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = fill(vectors, buffers, skip);
    const ssize_t sent = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      CO_TRY_ASSIGN(const bool wait, would_block());
      if (wait) CO_TRY(co_await socket_.writable());
      continue;
    }
    skip += static_cast<std::size_t>(sent);
    while (!buffers.empty() && skip >= buffers.front().size()) {
      skip -= buffers.front().size();
      buffers = buffers.subspan(1);
    }
  }
  if (socket_.turn_is_over()) co_await socket_.yield();
  co_return Result<void>();
}

Task<Result<void>> TcpStream::send_file(std::span<const std::byte> head, int fd, std::uint64_t offset,
                                        std::uint64_t length) {
  // A call takes at most 2 GiB; less than that, so that one fast reader does not keep the loop.
  constexpr std::uint64_t kMost = 2 * 1024 * 1024;
  while (!head.empty()) {
    // MSG_MORE joins the head with the first bytes of the file in one segment.
    const ssize_t sent = ::send(socket_.fd(), head.data(), head.size(), MSG_NOSIGNAL | (length > 0 ? MSG_MORE : 0));
    if (sent >= 0) {
      head = head.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    CO_TRY_ASSIGN(const bool wait, would_block());
    if (wait) CO_TRY(co_await socket_.writable());
  }
  auto position = static_cast<off_t>(offset);
  while (length > 0) {
    const ssize_t sent = ::sendfile(socket_.fd(), fd, &position, static_cast<std::size_t>(std::min(length, kMost)));
    if (sent > 0) {
      length -= static_cast<std::uint64_t>(sent);
      if (socket_.turn_is_over()) co_await socket_.yield();
      continue;
    }
    if (sent == 0)
      co_return fail(ErrorCode::internal, "A stored file is shorter than it was.", "sendfile: end of file");
    CO_TRY_ASSIGN(const bool wait, would_block());
    if (wait) CO_TRY(co_await socket_.writable());
  }
  co_return Result<void>();
}

}  // namespace

std::unique_ptr<ByteStream> make_tcp_stream(const AnyExecutor& executor, int fd, std::string peer_address) {
  return std::make_unique<TcpStream>(executor, fd, std::move(peer_address));
}

}  // namespace medialith::net
