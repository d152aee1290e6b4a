#include "domain/rate_limits.hpp"

#include <gtest/gtest.h>

#include "domain/testing/scratch.hpp"

namespace medialith::domain {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RateLimits : public testing::Test {
 protected:
  std::optional<milliseconds> take(const Digest& name) {
    return s_.write([&](db::Transaction& tx) { return try_token(tx, name, refill_, s_.clock.now()); }).value();
  }
  Time take_all(const Digest& name, std::int64_t tokens) {
    auto run = [&](db::Transaction& tx) -> Result<Time> {
      Time full;
      TRY(tx.ask(take_tokens(name, refill_, tokens, s_.clock.now(), full)));
      return full;
    };
    return s_.write(run).value();
  }

  Scratch s_;
  const Refill refill_{.each = seconds(3), .burst = 20};
  const Digest ann_ = rate_limit_name("guess", "ann");
};

TEST_F(RateLimits, ABucketHoldsItsBurstAndFillsAgain) {
  for (int i = 0; i < 20; ++i) ASSERT_EQ(take(ann_), std::nullopt) << i;
  EXPECT_EQ(take(ann_), seconds(3));
  EXPECT_EQ(take(rate_limit_name("guess", "bob")), std::nullopt);
  EXPECT_EQ(take(rate_limit_name("mutation", "ann")), std::nullopt) << "of another limit";
  s_.clock.advance(milliseconds(2999));
  EXPECT_EQ(take(ann_), milliseconds(1));
  s_.clock.advance(milliseconds(1));
  EXPECT_EQ(take(ann_), std::nullopt);
  EXPECT_EQ(take(ann_), seconds(3));
  s_.clock.advance(std::chrono::hours(1));
  for (int i = 0; i < 20; ++i) ASSERT_EQ(take(ann_), std::nullopt) << i;
  EXPECT_EQ(take(ann_), seconds(3)) << "it never holds more";
}

TEST_F(RateLimits, ATokenGivenBackIsThereAgain) {
  for (int i = 0; i < 20; ++i) ASSERT_EQ(take(ann_), std::nullopt) << i;
  auto give = [&](db::Transaction& tx) -> Result<void> {
    give_token_back(tx, ann_, refill_);
    return {};
  };
  s_.write(give).value();
  EXPECT_EQ(take(ann_), std::nullopt);
  EXPECT_EQ(take(ann_), seconds(3));
}

TEST_F(RateLimits, WhatIsGoneAlreadyOverdrawsTheBucket) {
  const Time now = s_.clock.now();
  EXPECT_EQ(take_all(ann_, 5), now + seconds(15));
  EXPECT_EQ(take_all(ann_, 30), now + seconds(105));
  EXPECT_EQ(take(ann_), seconds(48));
  s_.clock.advance(seconds(200));
  EXPECT_EQ(take_all(ann_, 1), s_.clock.now() + seconds(3)) << "a full bucket owes nothing";
}

}  // namespace
}  // namespace medialith::domain
