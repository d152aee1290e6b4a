#include "net/runtime.hpp"

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace medialith::net {
namespace {

RuntimeOptions small() { return {.loops = 2, .work_threads = 1, .disk_threads = 1, .pool_queue = 2}; }

// Runs a coroutine on a loop of a started runtime and waits for its result here.
template <class T>
T on_loop(Runtime& runtime, std::size_t index, Task<T> task) {
  std::promise<T> promise;
  auto run = [](Task<T> inner, std::promise<T>& out) -> Task<void> {
    try {
      out.set_value(co_await std::move(inner));
    } catch (...) {
      out.set_exception(std::current_exception());
    }
  };
  runtime.spawn(index, run(std::move(task), promise));
  return promise.get_future().get();
}

Task<std::optional<std::size_t>> where() { co_return Runtime::current_loop(); }

TEST(Runtime, KnowsTheLoopOfTheCallingThread) {
  Runtime runtime(small());
  runtime.start();
  EXPECT_EQ(on_loop(runtime, 0, where()), 0U);
  EXPECT_EQ(on_loop(runtime, 1, where()), 1U);
  EXPECT_EQ(Runtime::current_loop(), std::nullopt);
}

struct Seen {
  Result<int> value;
  std::thread::id worker;
  std::optional<std::size_t> before;
  std::optional<std::size_t> after;
};

Task<Seen> hop(Pool& pool) {
  Seen seen;
  seen.before = Runtime::current_loop();
  auto job = [&seen]() -> Result<int> {
    seen.worker = std::this_thread::get_id();
    return Runtime::current_loop() ? 0 : 42;
  };
  seen.value = co_await run_on(pool, job);
  seen.after = Runtime::current_loop();
  co_return seen;
}

TEST(RunOn, RunsOnThePoolAndComesBackToTheLoop) {
  Runtime runtime(small());
  runtime.start();
  const Seen seen = on_loop(runtime, 1, hop(runtime.disk()));
  EXPECT_EQ(seen.value, 42);
  EXPECT_NE(seen.worker, std::this_thread::get_id());
  EXPECT_EQ(seen.before, 1U);
  EXPECT_EQ(seen.after, 1U);
}

Task<Result<int>> many_hops(Pool& pool) {
  int sum = 0;
  for (int i = 0; i < 1000; ++i) {
    auto add = [&sum, i]() -> Result<int> { return sum + i; };
    CO_TRY_ASSIGN(sum, co_await run_on(pool, add));
  }
  co_return sum;
}

TEST(RunOn, CarriesAThousandHopsInOrder) {
  Runtime runtime(small());
  runtime.start();
  EXPECT_EQ(on_loop(runtime, 0, many_hops(runtime.work())), 499'500);
}

Task<Result<int>> failing(Pool& pool) {
  auto job = []() -> Result<int> { throw std::runtime_error("disk on fire"); };
  co_return co_await run_on(pool, job);
}

TEST(RunOn, PassesAnExceptionToTheAwaiter) {
  Runtime runtime(small());
  runtime.start();
  EXPECT_THROW(on_loop(runtime, 0, failing(runtime.work())), std::runtime_error);
}

Task<Result<int>> one(Pool& pool) {
  auto job = []() -> Result<int> { return 1; };
  co_return co_await run_on(pool, job);
}

TEST(RunOn, IsOverloadedWhenTheQueueIsFull) {
  std::latch entered(1);
  std::latch leave(1);
  Runtime runtime(small());
  runtime.start();
  ASSERT_TRUE(runtime.work().post([&] {
    entered.count_down();
    leave.wait();
  }));
  entered.wait();
  ASSERT_TRUE(runtime.work().post([] {}));
  ASSERT_TRUE(runtime.work().post([] {}));
  EXPECT_EQ(runtime.work().waiting(), 2U);
  const Result<int> refused = on_loop(runtime, 0, one(runtime.work()));
  leave.count_down();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
}

TEST(Runtime, StopRunsWhatIsQueuedAndRefusesTheRest) {
  std::atomic<int> ran = 0;
  std::latch leave(1);
  Runtime runtime(small());
  runtime.start();
  ASSERT_TRUE(runtime.work().post([&] {
    leave.wait();
    ++ran;
  }));
  while (runtime.work().waiting() != 0) std::this_thread::yield();
  ASSERT_TRUE(runtime.work().post([&] { ++ran; }));
  leave.count_down();
  runtime.stop();
  EXPECT_EQ(ran, 2);
  EXPECT_FALSE(runtime.work().post([] {}));
  runtime.stop();
}

Task<void> forever(std::shared_ptr<int> alive) {
  co_await sleep_for(std::chrono::hours(1));
  *alive = 1;
}

TEST(Runtime, DestroysCoroutinesThatStillWait) {
  auto alive = std::make_shared<int>(0);
  {
    Runtime runtime(small());
    runtime.start();
    runtime.spawn(0, forever(alive));
    on_loop(runtime, 0, where());
  }
  EXPECT_EQ(alive.use_count(), 1);
}

Task<void> oops() {
  throw std::logic_error("nobody would ever answer");
  co_return;
}

TEST(RuntimeDeathTest, AnExceptionThatLeavesASpawnedTaskEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Runtime runtime(small());
        runtime.start();
        runtime.spawn(0, oops());
        on_loop(runtime, 0, where());
      },
      "nobody would ever answer");
}

Task<std::chrono::steady_clock::duration> slept() {
  const auto start = std::chrono::steady_clock::now();
  co_await sleep_for(std::chrono::milliseconds(5));
  co_return std::chrono::steady_clock::now() - start;
}

TEST(SleepFor, LastsAtLeastItsTime) { EXPECT_GE(run_sync(slept()), std::chrono::milliseconds(5)); }

}  // namespace
}  // namespace medialith::net
