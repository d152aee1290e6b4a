#include "blob/pool_job.hpp"

#include <utility>

namespace medialith::blob {

bool PoolJob::start(net::Pool& pool, std::move_only_function<Result<void>()> job) {
  {
    const std::scoped_lock lock(mutex_);
    busy_ = true;
  }
  const bool queued = pool.post([self = shared_from_this(), work = std::move(job)]() mutable {
    Result<void> done = work();
    std::optional<net::Completion> waiter;
    {
      const std::scoped_lock lock(self->mutex_);
      self->busy_ = false;
      self->outcome_ = done;
      waiter.swap(self->waiter_);
    }
    if (waiter) (*waiter)(std::move(done));
  });
  if (!queued) {
    const std::scoped_lock lock(mutex_);
    busy_ = false;
  }
  return queued;
}

bool PoolJob::busy() const {
  const std::scoped_lock lock(mutex_);
  return busy_;
}

Task<Result<void>> PoolJob::idle() {
  {
    const std::scoped_lock lock(mutex_);
    if (!busy_) co_return outcome_;
  }
  co_return co_await net::await_completion([this](net::Completion done) {
    std::unique_lock lock(mutex_);
    if (busy_) {
      waiter_ = std::move(done);
      return;
    }
    Result<void> outcome = outcome_;
    lock.unlock();
    done(std::move(outcome));
  });
}

}  // namespace medialith::blob
