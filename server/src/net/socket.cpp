#include "net/socket.hpp"

#include <system_error>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace medialith::net {

// One timer for a connection, armed for the earliest moment that somebody waited for and left alone when deadlines move
// on: a busy keep-alive connection pays for it once a minute, not once a request.
struct Socket::Watch {
  explicit Watch(const AnyExecutor& executor, Socket* socket) : timer(executor), owner(socket) {}
  boost::asio::steady_timer timer;
  Socket* owner;
  TimePoint armed = TimePoint::max();
};

Error connection_lost(int error_number) {
  return make_error(ErrorCode::unavailable, "The connection is gone.", std::generic_category().message(error_number));
}

Socket::Socket(const AnyExecutor& executor, int fd, std::string peer_address)
    : descriptor_(executor, fd),
      fd_(fd),
      peer_address_(std::move(peer_address)),
      watch_(std::make_shared<Watch>(executor, this)) {}

Socket::~Socket() {
  watch_->owner = nullptr;
  watch_->timer.cancel();
}

Task<Result<void>> Socket::readable() { return wait(Waiting::read); }

Task<Result<void>> Socket::writable() {
  if (write_stall_ != std::chrono::milliseconds::max()) {
    stalled_since_ = std::chrono::steady_clock::now();
    stalled_at_ = unsent();
  }
  return wait(Waiting::write);
}

Task<Result<void>> Socket::wait(Waiting what) {
  turns_ = 0;
  if (closed_) co_return fail(connection_lost(EBADF));
  waiting_ = what;
  arm(due());
  boost::system::error_code error;
  co_await descriptor_.async_wait(what == Waiting::read ? boost::asio::posix::descriptor_base::wait_read
                                                        : boost::asio::posix::descriptor_base::wait_write,
                                  boost::asio::redirect_error(boost::asio::use_awaitable, error));
  waiting_ = Waiting::nothing;
  if (expired_) co_return fail(ErrorCode::request_timeout, "The connection was too slow.");
  if (closed_) co_return fail(connection_lost(EBADF));
  if (error) co_return fail(connection_lost(error.value()));
  co_return Result<void>();
}

Task<void> Socket::yield() {
  turns_ = 0;
  co_await boost::asio::post(boost::asio::use_awaitable);
}

Socket::TimePoint Socket::due() const {
  if (waiting_ != Waiting::write || write_stall_ == std::chrono::milliseconds::max()) return deadline_;
  return std::min(deadline_, stalled_since_ + write_stall_);
}

void Socket::arm(TimePoint when) {
  if (when >= watch_->armed) return;
  watch_->armed = when;
  watch_->timer.expires_at(when);
  watch_->timer.async_wait([watch = watch_](const boost::system::error_code& error) {
    if (!error && watch->owner != nullptr) watch->owner->on_timer();
  });
}

void Socket::on_timer() {
  watch_->armed = TimePoint::max();
  if (waiting_ == Waiting::nothing || closed_) return;
  const TimePoint now = std::chrono::steady_clock::now();
  if (now >= due() && now < deadline_) {
    // A slow reader is not a dead one: the kernel wakes a writer only when a third of a large buffer is free.
    const int left = unsent();
    if (left < stalled_at_) {
      stalled_at_ = left;
      stalled_since_ = now;
    }
  }
  if (now < due()) {
    arm(due());
    return;
  }
  expired_ = true;
  descriptor_.cancel();
}

int Socket::unsent() const {
  int bytes = 0;
  return ::ioctl(fd_, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

void Socket::shutdown() {
  if (!closed_) ::shutdown(fd_, SHUT_WR);
}

void Socket::abort() {
  constexpr linger kReset{.l_onoff = 1, .l_linger = 0};
  if (!closed_) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &kReset, sizeof kReset);
  close();
}

void Socket::close() {
  if (closed_) return;
  closed_ = true;
  watch_->timer.cancel();
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

}  // namespace medialith::net
