#include "net/listener.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <arpa/inet.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/fd.hpp"
#include "net/tcp_stream.hpp"

namespace medialith::net {
namespace {

constexpr std::chrono::milliseconds kBackOff{100};
constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::string errno_text(int error_number) { return std::generic_category().message(error_number); }

Result<Fd> listen_on(const addrinfo& where, const HostPort& address) {
  Fd fd(::socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const int off = 0;
  bool ok = fd.get() >= 0 && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            // Accepted sockets inherit it.
            ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
  if (ok && where.ai_family == AF_INET6) {
    ok = ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
  }
  ok = ok && ::bind(fd.get(), where.ai_addr, where.ai_addrlen) == 0 && ::listen(fd.get(), kBacklog) == 0;
  if (ok) return fd;
  const int error = errno;
  const std::string port = std::to_string(address.port);
  if (error == EADDRINUSE) {
    const std::string holder = port_holder(address.port);
    return fail(ErrorCode::unavailable,
                "Port " + port + " is held by " + (holder.empty() ? "another process" : holder) + ".",
                errno_text(error));
  }
  return fail(ErrorCode::unavailable, "Cannot listen on " + address.host + ":" + port + ": " + errno_text(error) + ".",
              errno_text(error));
}

Result<Fd> bind_address(const HostPort& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (code != 0) {
    return fail(ErrorCode::unavailable, "There is no address for " + address.host + " on this machine.",
                ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  return listen_on(*list, address);
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  // Both families keep the port at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

std::string address_text(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text.data(), text.size());
    return text.data();
  }
  const in6_addr& six = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    ::inet_ntop(AF_INET, &six.s6_addr[12], text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, &six, text.data(), text.size());
  }
  return text.data();
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_request,
                "'" + std::string(text) + "' is not an address to listen on: write 127.0.0.1:8787 or [::1]:8787.");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("[]") != std::string_view::npos) return refuse();
  if (host.contains(':') != bracketed) return refuse();
  HostPort result{.host = std::string(host)};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return refuse();
  return result;
}

// Shared with the accepting coroutine, which may end after the Listener.
struct Listener::Impl {
  Impl(Runtime& r, Fd socket, std::shared_ptr<const TlsContext> t, OnStream on)
      : runtime(r),
        port(bound_port(socket.get())),
        acceptor(r.loop(0), socket.release()),
        reserve(open_reserve()),
        tls(std::move(t)),
        on_stream(std::move(on)) {}

  static int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

  static Task<void> run(std::shared_ptr<Impl> self);
  void deal(int fd, std::string peer);
  void refuse_one();

  Runtime& runtime;
  const std::uint16_t port;
  boost::asio::posix::stream_descriptor acceptor;
  Fd reserve;  // given up for a moment when descriptors run out, so that a client is told instead of kept waiting
  std::shared_ptr<const TlsContext> tls;
  OnStream on_stream;
  std::size_t next_loop = 0;
};

void Listener::Impl::deal(int fd, std::string peer) {
  const std::size_t index = next_loop++ % runtime.loop_count();
  const AnyExecutor executor = runtime.loop(index);
  boost::asio::post(executor,
                    [socket = Fd(fd), executor, index, peer = std::move(peer), secure = tls, on = on_stream]() mutable {
                      if (secure == nullptr)
                        return on(index, make_tcp_stream(executor, socket.release(), std::move(peer)));
                      auto stream = secure->accept(executor, socket.release(), std::move(peer));
                      if (stream) on(index, std::move(*stream));
                    });
}

void Listener::Impl::refuse_one() {
  reserve.reset(-1);
  const Fd victim(::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
  // The victim's descriptor is free again when this function has returned; the next call takes it back.
}

Task<void> Listener::Impl::run(std::shared_ptr<Impl> self) {
  while (self->acceptor.is_open()) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    if (self->reserve.get() < 0) self->reserve.reset(open_reserve());
    const int fd = ::accept4(self->acceptor.native_handle(), reinterpret_cast<sockaddr*>(&peer), &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      self->deal(fd, address_text(peer));
      continue;
    }
    const int error = errno;
    if (error == EINTR || error == ECONNABORTED) continue;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      boost::system::error_code ended;
      co_await self->acceptor.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                         boost::asio::redirect_error(boost::asio::use_awaitable, ended));
      continue;
    }
    if (error == EMFILE || error == ENFILE) self->refuse_one();
    co_await sleep_for(kBackOff);
  }
}

Result<std::unique_ptr<Listener>> Listener::open(Runtime& runtime, std::string_view address,
                                                 std::shared_ptr<const TlsContext> tls, OnStream on_stream) {
  TRY_ASSIGN(const HostPort parsed, parse_host_port(address));
  TRY_ASSIGN(Fd fd, bind_address(parsed));
  auto impl = std::make_shared<Impl>(runtime, std::move(fd), std::move(tls), std::move(on_stream));
  runtime.spawn(0, Impl::run(impl));
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Listener::~Listener() { close(); }

std::uint16_t Listener::port() const { return impl_->port; }

void Listener::close() {
  boost::asio::post(impl_->runtime.loop(0), [impl = impl_] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
  });
}

}  // namespace medialith::net
