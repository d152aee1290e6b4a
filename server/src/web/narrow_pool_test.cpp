#include "web/narrow_pool.hpp"

#include <atomic>
#include <latch>

#include "gtest/gtest.h"

namespace medialith::web {
namespace {

TEST(NarrowPool, RunsFewAtOnceInOrderAndRefusesTheRest) {
  net::Runtime runtime({.loops = 1, .work_threads = 4, .disk_threads = 1});
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  std::latch begun(2);
  std::latch release(1);
  {
    NarrowPool pool(runtime.work(), 2, 3);
    const auto job = [&](bool first) {
      return [&, first] {
        const int now = ++running;
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {
        }
        if (first) begun.count_down();
        release.wait();
        --running;
        ++done;
      };
    };
    EXPECT_TRUE(pool.post(job(true)));
    EXPECT_TRUE(pool.post(job(true)));
    begun.wait();
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(pool.waiting(), i);
      EXPECT_TRUE(pool.post(job(false)));
    }
    EXPECT_FALSE(pool.post(job(false))) << "three wait already";
    release.count_down();
  }
  EXPECT_EQ(done, 5) << "it goes when the last has ended";
  EXPECT_EQ(most, 2);
}

TEST(NarrowPool, TakesNothingWhenThePoolBeneathHasStopped) {
  net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  NarrowPool pool(runtime.work(), 1, 1);
  runtime.stop();
  EXPECT_FALSE(pool.post([] {}));
  EXPECT_EQ(pool.waiting(), 0U);
}

TEST(NarrowPool, RunsWhatWaitsWhenThePoolBeneathStops) {
  net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  NarrowPool pool(runtime.work(), 1, 10);
  std::atomic<int> done = 0;
  std::latch begun(1);
  EXPECT_TRUE(pool.post([&] {
    begun.count_down();
    ++done;
  }));
  begun.wait();
  int posted = 1;
  for (int i = 0; i < 5; ++i) posted += pool.post([&] { ++done; }) ? 1 : 0;
  runtime.stop();
  EXPECT_EQ(done, posted);
}

}  // namespace
}  // namespace medialith::web
