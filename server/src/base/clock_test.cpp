#include "base/clock.hpp"

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace medialith {
namespace {

TEST(Iso8601, PrintsMillisecondsAndZ) {
  EXPECT_EQ(to_iso8601({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601({1'795'253'760'123}), "2026-11-21T09:36:00.123Z");
  EXPECT_EQ(to_iso8601({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso8601({951'782'400'000}), "2000-02-29T00:00:00.000Z");
}

TEST(Iso8601, KeepsToFourDigitYears) {
  EXPECT_EQ(to_iso8601({INT64_MIN}), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601({INT64_MAX}), "9999-12-31T23:59:59.999Z");
}

TEST(Iso8601, AppendsToWhatIsThere) {
  std::string out = "at ";
  append_iso8601(out, {0});
  EXPECT_EQ(out, "at 1970-01-01T00:00:00.000Z");
}

TEST(Iso8601, ReadsRfc3339) {
  const auto ms = [](std::string_view text) { return parse_iso8601(text).value().ms; };
  EXPECT_EQ(ms("2026-11-21T09:36:00Z"), 1'795'253'760'000);
  EXPECT_EQ(ms("2026-11-21t09:36:00.1z"), 1'795'253'760'100);
  EXPECT_EQ(ms("2026-11-21 09:36:00.123999Z"), 1'795'253'760'123);
  EXPECT_EQ(ms("2026-11-21T11:36:00+02:00"), 1'795'253'760'000);
  EXPECT_EQ(ms("2026-11-21T04:06:00-05:30"), 1'795'253'760'000);
  EXPECT_EQ(ms("2016-12-31T23:59:60Z"), ms("2017-01-01T00:00:00Z"));
}

TEST(Iso8601, RefusesWhatIsNoTime) {
  for (const std::string_view text :
       {"", "2026", "2026-11-21", "2026-11-21T09:36:00", "2026-11-21T09:36Z", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T09:60:00Z", "2026-11-21T09:36:61Z",
        "2026-11-21T09:36:00.Z", "2026-11-21T09:36:00Zx", "2026-11-21T09:36:00+24:00", "2026-11-21T09:36:00+0200",
        "+026-11-21T09:36:00Z", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-1a-21T09:36:00Z"}) {
    const auto time = parse_iso8601(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::validation_failed);
  }
}

RC_GTEST_PROP(Iso8601, ReadsBackWhatItPrints, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(-62'167'219'200'000, 253'402'300'799'999);
  RC_ASSERT(parse_iso8601(to_iso8601({ms})).value().ms == ms);
}

TEST(ManualClock, MovesOnlyByHand) {
  ManualClock clock({1000});
  const auto start = clock.monotonic();
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(clock.now().ms, 3000);
  EXPECT_EQ(clock.monotonic() - start, std::chrono::seconds(2));
}

// ---- the mark -------------------------------------------------------------------------------------------------------

using std::chrono::hours;
using std::chrono::minutes;

/// Lets time pass as the server does: with a look at the clocks each minute.
void pass(ManualClock& source, MarkedClock& clock, minutes time) {
  for (minutes gone{0}; gone < time; ++gone) {
    source.advance(minutes(1));
    clock.observe();
  }
}

TEST(MarkedClock, GoesWithItsSource) {
  ManualClock source;
  MarkedClock clock(source);
  pass(source, clock, hours(2));
  EXPECT_EQ(clock.now(), source.now());
  EXPECT_EQ(clock.mark(), source.now());
  EXPECT_EQ(clock.monotonic(), source.monotonic());
}

TEST(MarkedClock, IsNotSetBack) {
  ManualClock source;
  MarkedClock clock(source);
  const Time before = clock.now();
  source.jump(-hours(24));
  EXPECT_EQ(clock.now(), before);
  pass(source, clock, hours(2));
  EXPECT_EQ(clock.now(), before + hours(2)) << "time goes on all the same";
}

TEST(MarkedClock, IsNotSetBackByARestart) {
  ManualClock source;
  const Time kept = MarkedClock(source).mark();
  source.jump(-hours(3));
  MarkedClock clock(source);
  clock.restore(kept);
  EXPECT_EQ(clock.now(), kept);
}

TEST(MarkedClock, IsNotPoisonedByAJumpAhead) {
  ManualClock source;
  MarkedClock clock(source);
  pass(source, clock, hours(2));
  source.jump(hours(24 * 365));
  pass(source, clock, minutes(59));
  EXPECT_EQ(clock.now(), source.now());
  source.jump(-hours(24 * 365));
  EXPECT_EQ(clock.now(), source.now());
  EXPECT_EQ(clock.mark(), source.now());
}

TEST(MarkedClock, BelievesTheSourceAfterAnHour) {
  ManualClock source;
  MarkedClock clock(source);
  clock.restore(source.now() - hours(24 * 7));  // the server stood still for a week
  clock.observe();
  EXPECT_EQ(clock.now(), source.now());
  EXPECT_EQ(clock.mark(), source.now() - hours(24 * 7));
  pass(source, clock, minutes(59));
  EXPECT_EQ(clock.mark(), source.now() - hours(24 * 7));
  pass(source, clock, minutes(1));
  EXPECT_EQ(clock.mark(), source.now());
  source.jump(-hours(24));
  EXPECT_EQ(clock.now(), source.now() + hours(24));
}

TEST(SystemClock, KnowsTheCentury) { EXPECT_GT(SystemClock().now(), Time{1'700'000'000'000}); }

}  // namespace
}  // namespace medialith
