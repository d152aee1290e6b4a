#include "net/local_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/fd.hpp"
#include "net/tcp_stream.hpp"

namespace medialith::net {
namespace {

constexpr int kBacklog = 64;
constexpr std::size_t kPiece = 64 * 1024;

std::unexpected<Error> failed(std::string_view what, const std::string& name) {
  const int error = errno;
  return fail(ErrorCode::unavailable,
              std::string(what) + " the socket " + name + ": " + std::generic_category().message(error) + ".");
}

std::unexpected<Error> too_long() {
  return fail(ErrorCode::body_too_large, "The line is longer than a socket of this kind takes.");
}

Result<sockaddr_un> address_of(int folder, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder) + "/" + name;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::unavailable, "The name of the socket " + name + " is too long.");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<Fd> listen_at(int folder, const std::string& name) {
  TRY_ASSIGN(const sockaddr_un address, address_of(folder, name));
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ::unlinkat(folder, name.c_str(), 0);
  // Nobody can connect before listen(), so the rights are right when it matters.
  const bool ok = fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                  ::fchmodat(folder, name.c_str(), 0600, 0) == 0 && ::listen(fd.get(), kBacklog) == 0;
  if (!ok) return failed("Cannot make", name);
  return fd;
}

/// The line that the peer sends; nothing when it sends none, or not in time.
Task<std::optional<std::string>> read_line(ByteStream& stream, std::size_t limit) {
  std::string line;
  std::vector<std::byte> piece(kPiece);
  while (line.size() <= limit) {
    const auto n = co_await stream.read_some(piece);
    if (!n || *n == 0) co_return std::nullopt;
    const std::string_view text(reinterpret_cast<const char*>(piece.data()), *n);
    const std::size_t end = text.find('\n');
    line += text.substr(0, end);
    if (end != std::string_view::npos && line.size() <= limit) co_return line;
  }
  co_return std::nullopt;
}

}  // namespace

// Shared with its coroutines. On the thread of loop 0, but for the destructor of the listener.
struct LocalListener::Impl {
  Impl(Runtime& r, int directory, std::string file, Fd socket, Answer a, LocalSocketLimits l)
      : runtime(r),
        folder(::fcntl(directory, F_DUPFD_CLOEXEC, 0)),
        name(std::move(file)),
        acceptor(r.loop(0), socket.release()),
        answer(std::move(a)),
        limits(l) {}

  static Task<void> accept(std::shared_ptr<Impl> self);
  static Task<void> serve(std::shared_ptr<Impl> self, int fd);

  Runtime& runtime;
  const Fd folder;
  const std::string name;
  boost::asio::posix::stream_descriptor acceptor;
  const Answer answer;
  const LocalSocketLimits limits;
  std::size_t open = 0;
};

Task<void> LocalListener::Impl::accept(std::shared_ptr<Impl> self) {
  while (self->acceptor.is_open()) {
    boost::system::error_code ended;
    co_await self->acceptor.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                       boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    if (ended) co_return;
    Fd fd(::accept4(self->acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      // Out of descriptors, perhaps: the next connection can wait as long as this one.
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        co_await sleep_for(std::chrono::milliseconds(100));
    } else if (self->open < self->limits.connections) {
      self->runtime.spawn(0, serve(self, fd.release()));
    }
  }
}

Task<void> LocalListener::Impl::serve(std::shared_ptr<Impl> self, int fd) {
  struct Counted {
    explicit Counted(std::size_t& n) : count(n) { ++count; }
    ~Counted() { --count; }
    std::size_t& count;
  };
  const Counted counted(self->open);
  const auto stream = make_tcp_stream(self->runtime.loop(0), fd, "local");
  stream->set_deadline(std::chrono::steady_clock::now() + self->limits.request_within);
  auto line = co_await read_line(*stream, self->limits.line_bytes);
  if (!line) co_return;
  stream->set_deadline(std::chrono::steady_clock::time_point::max());
  stream->set_write_stall(self->limits.request_within);
  std::string text = co_await self->answer(std::move(*line));
  if (text.size() > self->limits.line_bytes) co_return;
  text += '\n';
  const std::span<const std::byte> bytes = std::as_bytes(std::span(text));
  (void)co_await stream->write(std::span(&bytes, 1));  // a peer that has gone has no use for it
}

Result<std::unique_ptr<LocalListener>> LocalListener::open(Runtime& runtime, int folder, const std::string& name,
                                                           Answer answer, LocalSocketLimits limits) {
  TRY_ASSIGN(Fd fd, listen_at(folder, name));
  auto impl = std::make_shared<Impl>(runtime, folder, name, std::move(fd), std::move(answer), limits);
  runtime.spawn(0, Impl::accept(impl));
  return std::unique_ptr<LocalListener>(new LocalListener(std::move(impl)));
}

LocalListener::~LocalListener() {
  ::unlinkat(impl_->folder.get(), impl_->name.c_str(), 0);
  ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);  // at once: nobody connects to what will not be accepted
  post_to(impl_->runtime.loop(0), [impl = impl_] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
  });
}

Result<std::optional<std::string>> ask_local(int folder, const std::string& name, std::string_view line,
                                             LocalSocketLimits limits) {
  if (line.size() > limits.line_bytes || line.find('\n') != std::string_view::npos) return too_long();
  TRY_ASSIGN(const sockaddr_un address, address_of(folder, name));
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return failed("Cannot make", name);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    return failed("Cannot connect to", name);
  }
  const std::string request = std::string(line) + "\n";
  for (std::size_t sent = 0; sent < request.size();) {
    const ssize_t n = ::send(fd.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n < 0) return failed("Cannot write to", name);
    sent += static_cast<std::size_t>(n);
  }
  std::string answer;
  std::array<char, 4096> piece{};
  while (!answer.ends_with('\n')) {
    const ssize_t n = ::recv(fd.get(), piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("Cannot read from", name);
    if (n == 0) return fail(ErrorCode::unavailable, "The server ended the connection before it answered.");
    answer.append(piece.data(), static_cast<std::size_t>(n));
    if (answer.size() > limits.line_bytes + 1) return too_long();
  }
  answer.pop_back();
  return answer;
}

}  // namespace medialith::net
