#include "web/rate_limit.hpp"

#include <gtest/gtest.h>

namespace medialith::web {
namespace {

TEST(RateLimiter, AllowsTheBurstThenRefusesAndNamesTheWait) {
  ManualClock clock;
  RateLimiter limiter(clock, {.per_minute = 60, .burst = 20});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(limiter.take("a").allowed) << i;
  const Verdict refused = limiter.take("a");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, std::chrono::seconds(1));
  EXPECT_EQ(refused.reset, std::chrono::seconds(20));
  EXPECT_TRUE(limiter.take("b").allowed) << "another name has a bucket of its own";
}

TEST(RateLimiter, RefillsWithTimeUpToTheBurst) {
  ManualClock clock;
  RateLimiter limiter(clock, {.per_minute = 60, .burst = 2});
  EXPECT_TRUE(limiter.take("a").allowed);
  EXPECT_TRUE(limiter.take("a").allowed);
  EXPECT_FALSE(limiter.take("a").allowed);
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(limiter.take("a").allowed);
  EXPECT_FALSE(limiter.take("a").allowed);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(limiter.take("a").remaining, 1);
}

TEST(RateLimiter, IsBounded) {
  ManualClock clock;
  RateLimiter limiter(clock, {.per_minute = 1, .burst = 1});
  for (std::size_t i = 0; i < RateLimiter::kMaxBuckets + 10; ++i) limiter.take(std::to_string(i));
  EXPECT_LE(limiter.size(), RateLimiter::kMaxBuckets);
}

}  // namespace
}  // namespace medialith::web
