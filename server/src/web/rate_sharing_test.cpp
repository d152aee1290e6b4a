#include "web/rate_sharing.hpp"

#include <gtest/gtest.h>

#include "db/testing/faulty_database.hpp"
#include "domain/testing/scratch.hpp"
#include "web/guess_limit.hpp"

namespace medialith::web {
namespace {

using std::chrono::seconds;

/// One of the servers over the scratch database.
struct Server {
  explicit Server(domain::Scratch& scratch, db::Database& database)
      : limiter(scratch.clock, kRate, Sharing::with_others),
        clock(database, scratch.clock),
        sharing(database, clock, {{"mutation", limiter}}) {}
  static constexpr Rate kRate{.per_minute = 60, .burst = 20};
  int take(int most, const std::string& name = "ann") {
    int taken = 0;
    while (taken < most && limiter.take(name).allowed) ++taken;
    return taken;
  }
  bool exchange() { return net::run_sync(sharing.exchange()).has_value(); }

  RateLimiter limiter;
  db::SharedClock clock;
  RateSharing sharing;
};

class RatesOfMany : public testing::Test {
 protected:
  domain::Scratch s_;
  Server a_{s_, *s_.database};
  Server b_{s_, *s_.database};
};

TEST_F(RatesOfMany, WhatOneAllowedTheOthersDoNot) {
  ASSERT_EQ(a_.take(15), 15);
  ASSERT_EQ(b_.take(1), 1);
  ASSERT_TRUE(a_.exchange() && b_.exchange());
  EXPECT_EQ(b_.take(100), 4);
  EXPECT_EQ(b_.limiter.take("ann").retry_after, seconds(1));
  EXPECT_EQ(b_.take(100, "bob"), 20);
}

TEST_F(RatesOfMany, WhatTheyAllowedTogetherTooMuchIsWaitedFor) {
  ASSERT_EQ(a_.take(100), 20);
  ASSERT_EQ(b_.take(100), 20);
  ASSERT_TRUE(a_.exchange() && b_.exchange());
  const Verdict refused = b_.limiter.take("ann");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_EQ(refused.retry_after, seconds(21));
  s_.clock.advance(seconds(21));
  EXPECT_EQ(b_.take(100), 1);
}

TEST_F(RatesOfMany, AServerAloneLosesNothingByIt) {
  for (int i = 0; i < 19; ++i) {
    ASSERT_EQ(a_.take(1), 1);
    ASSERT_TRUE(a_.exchange());
  }
  EXPECT_EQ(a_.take(100), 1);
  s_.clock.advance(seconds(5));
  EXPECT_EQ(a_.take(100), 5);
}

TEST_F(RatesOfMany, WhatIsTakenDuringAnExchangeIsToldTheNextTime) {
  ASSERT_EQ(a_.take(5), 5);
  const auto told = a_.limiter.untold(10);
  ASSERT_EQ(told.size(), 1U);
  ASSERT_EQ(a_.take(2), 2);
  a_.limiter.settle(told[0], 15);
  EXPECT_EQ(a_.limiter.take("ann").remaining, 12);
  ASSERT_EQ(a_.limiter.untold(10).size(), 1U);
  EXPECT_EQ(a_.limiter.untold(10)[0].tokens, 3);
}

TEST_F(RatesOfMany, WhatIsGivenBackTheOthersMayTake) {
  ASSERT_EQ(a_.take(20), 20);
  a_.limiter.give_back("ann");
  EXPECT_EQ(a_.limiter.untold(10).at(0).tokens, 19);
  ASSERT_TRUE(a_.exchange());
  a_.limiter.give_back("ann");
  EXPECT_EQ(a_.limiter.untold(10).at(0).tokens, -1) << "they were told that it was taken";
  ASSERT_TRUE(a_.exchange());
  EXPECT_TRUE(a_.limiter.untold(10).empty());
  ASSERT_EQ(b_.take(1), 1);
  ASSERT_TRUE(b_.exchange());
  EXPECT_EQ(b_.take(100), 1);
}

TEST_F(RatesOfMany, ADatabaseThatFailsIsToldLater) {
  db::FaultyDatabase down(*s_.database, 1, {.refused = 1000});
  Server c(s_, down);
  ASSERT_EQ(c.take(15), 15);
  EXPECT_FALSE(c.exchange());
  EXPECT_EQ(c.take(100), 5);
  EXPECT_EQ(c.limiter.untold(10).at(0).tokens, 20);
}

TEST_F(RatesOfMany, ManyNamesGoBySeveralExchanges) {
  for (std::size_t i = 0; i < kSharedNames + 10; ++i) a_.take(1, std::to_string(i));
  ASSERT_TRUE(a_.exchange());
  EXPECT_EQ(a_.limiter.untold(1000).size(), 10U);
  ASSERT_TRUE(a_.exchange());
  EXPECT_TRUE(a_.limiter.untold(1000).empty());
}

TEST_F(RatesOfMany, AloneNothingIsRemembered) {
  RateLimiter limiter(s_.clock, Server::kRate);
  limiter.take("ann");
  EXPECT_TRUE(limiter.untold(10).empty());
}

// ---- guesses --------------------------------------------------------------------------------------------------------

TEST_F(RatesOfMany, GuessesAreCountedExactly) {
  GuessLimit first(*s_.database, a_.clock, kWrongGuesses);
  GuessLimit second(*s_.database, b_.clock, kWrongGuesses);
  const auto guess = [](GuessLimit& limit) { return net::run_sync(limit.count("192.0.2.1 ann")); };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(guess(first) && guess(second)) << i;
  const auto refused = guess(first);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.error().retry_after, seconds(3));
  EXPECT_FALSE(guess(second));
  GuessLimit restarted(*s_.database, a_.clock, kWrongGuesses);
  EXPECT_FALSE(guess(restarted)) << "a restart forgives nothing";
  ASSERT_TRUE(net::run_sync(second.give_back("192.0.2.1 ann")));
  EXPECT_TRUE(guess(first));
}

}  // namespace
}  // namespace medialith::web
