#include "net/runtime.hpp"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace medialith::net {
namespace {

// Which loop this thread runs. Written once by the thread itself before it runs anything.
thread_local std::optional<std::size_t> t_loop;

class BoundedPool final : public Pool {
 public:
  BoundedPool(std::size_t threads, std::size_t queue) : limit_(queue) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~BoundedPool() override { stop(); }

  bool post(std::move_only_function<void()> job) override {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_ || jobs_.size() >= limit_) return false;
      jobs_.push_back(std::move(job));
    }
    ready_.notify_one();
    return true;
  }

  std::size_t waiting() const override {
    const std::scoped_lock lock(mutex_);
    return jobs_.size();
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_all();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void work() noexcept {
    for (;;) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }
  }

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::move_only_function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

struct Loop {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running{context.get_executor()};
  std::thread thread;
};

}  // namespace

std::unique_ptr<Pool> make_pool(std::size_t threads, std::size_t queue) {
  return std::make_unique<BoundedPool>(threads, queue);
}

struct Runtime::Impl {
  explicit Impl(const RuntimeOptions& options)
      : loops(options.loops),
        work(options.work_threads, options.pool_queue),
        disk(options.disk_threads, options.pool_queue) {}

  // Declared first, destroyed last: a job that a pool still holds may post to a loop.
  std::vector<Loop> loops;
  BoundedPool work;
  BoundedPool disk;
};

Runtime::Runtime(const RuntimeOptions& options) : impl_(std::make_unique<Impl>(options)) {
  (void)std::signal(SIGPIPE, SIG_IGN);
}

Runtime::~Runtime() { stop(); }

std::size_t Runtime::loop_count() const { return impl_->loops.size(); }

AnyExecutor Runtime::loop(std::size_t index) { return impl_->loops.at(index).context.get_executor(); }

Pool& Runtime::work() { return impl_->work; }

Pool& Runtime::disk() { return impl_->disk; }

std::optional<std::size_t> Runtime::current_loop() { return t_loop; }

void Runtime::start() {
  for (std::size_t i = 0; i < impl_->loops.size(); ++i) {
    Loop& loop = impl_->loops[i];
    loop.thread = std::thread([&loop, i]() noexcept {
      t_loop = i;
      loop.context.run();
    });
  }
}

void Runtime::stop() {
  impl_->work.stop();
  impl_->disk.stop();
  for (Loop& loop : impl_->loops) {
    if (!loop.thread.joinable()) continue;
    // Behind what the pools have posted, so that it still runs.
    boost::asio::post(loop.context, [&loop] { loop.context.stop(); });
  }
  for (Loop& loop : impl_->loops) {
    if (loop.thread.joinable()) loop.thread.join();
  }
}

void Runtime::spawn(std::size_t index, Task<void> task) {
  // The loop's thread is noexcept: what is thrown again here ends the process with its message.
  boost::asio::co_spawn(impl_->loops.at(index).context, std::move(task), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
}

Task<void> sleep_for(std::chrono::milliseconds duration) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, duration);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

Task<void> yield() { co_await boost::asio::post(boost::asio::use_awaitable); }

}  // namespace medialith::net
