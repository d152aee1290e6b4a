// A pool of a few threads, for tests and measurements that need no event loops.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "net/runtime.hpp"

namespace medialith::blob {

class ThreadPool final : public net::Pool {
 public:
  explicit ThreadPool(std::size_t threads = 4) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }

  /// Ends what is queued.
  ~ThreadPool() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  bool post(std::move_only_function<void()> job) override {
    if (refusing) return false;
    {
      const std::scoped_lock lock(mutex_);
      jobs_.push_back(std::move(job));
      ++posted_;
    }
    ready_.notify_one();
    return true;
  }

  /// Waits until every job that was posted has ended and was destroyed.
  void drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return jobs_.empty() && running_ == 0; });
  }

  std::size_t waiting() const override {
    const std::scoped_lock lock(mutex_);
    return jobs_.size();
  }

  /// Jobs posted so far.
  std::size_t posted() {
    const std::scoped_lock lock(mutex_);
    return posted_;
  }
  /// For a job: waits until `count` jobs in all were posted and no other is queued or running.
  void wait_for_others(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return posted_ >= count && jobs_.empty() && running_ == 1; });
  }

  std::atomic<bool> refusing{false};  ///< answer as a pool does whose queue is full

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      ++running_;
      {
        std::move_only_function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
      }
      lock.lock();
      --running_;
      changed_.notify_all();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> jobs_;
  std::size_t posted_ = 0;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace medialith::blob
