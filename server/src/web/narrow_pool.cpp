#include "web/narrow_pool.hpp"

#include <utility>

namespace medialith::web {

NarrowPool::~NarrowPool() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return running_ == 0; });
}

bool NarrowPool::post(std::move_only_function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (running_ == at_once_) {
    if (jobs_.size() >= queue_) return false;
    jobs_.push_back(std::move(job));
    return true;
  }
  // Under the lock: were it counted after, the job could end before it has begun.
  if (!pool_.post([this, first = std::move(job)]() mutable { run(std::move(first)); })) return false;
  ++running_;
  return true;
}

std::size_t NarrowPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void NarrowPool::run(std::move_only_function<void()> job) {
  for (;;) {
    job();
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) {
      if (--running_ == 0) idle_.notify_all();
      return;
    }
    job = std::move(jobs_.front());
    jobs_.pop_front();
  }
}

}  // namespace medialith::web
