#include "blob/pool_jobs.hpp"

#include <utility>

namespace medialith::blob {

void PoolJobs::start(net::Pool& pool, std::move_only_function<Result<void>()> job) {
  {
    const std::scoped_lock lock(mutex_);
    ++running_;
  }
  auto run = [self = shared_from_this(), work = std::move(job)]() mutable { self->end(work()); };
  if (!pool.post(std::move(run))) {
    end(fail(ErrorCode::overloaded, "The server is busy. Try again in a moment."));
  }
}

bool PoolJobs::busy() const {
  const std::scoped_lock lock(mutex_);
  return running_ > 0;
}

void PoolJobs::end(Result<void> result) {
  std::unique_lock lock(mutex_);
  if (!result) outcome_ = std::move(result);
  if (--running_ > 0) return;
  std::optional<net::Completion> waiter;
  waiter.swap(waiter_);
  Result<void> outcome = outcome_;
  lock.unlock();
  if (waiter) (*waiter)(std::move(outcome));
}

Task<Result<void>> PoolJobs::idle() {
  {
    const std::scoped_lock lock(mutex_);
    if (running_ == 0) co_return outcome_;
  }
  co_return co_await net::await_completion([this](net::Completion done) {
    std::unique_lock lock(mutex_);
    if (running_ > 0) {
      waiter_ = std::move(done);
      return;
    }
    Result<void> outcome = outcome_;
    lock.unlock();
    done(std::move(outcome));
  });
}

}  // namespace medialith::blob
