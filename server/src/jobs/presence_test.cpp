#include "jobs/presence.hpp"

#include <gtest/gtest.h>

#include "domain/testing/scratch.hpp"

namespace medialith::jobs {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class Presences : public testing::Test {
 protected:
  Presence of(const Server& server) { return {database_, clock_, server}; }
  std::string working() {
    const Time now = s_.clock.now();
    const auto look = [now](db::Connection& c) { return find_working_server(c, now); };
    const auto found = s_.read(look).value();
    return found ? found->name : "nobody";
  }

  domain::Scratch s_;
  db::Database& database_ = *s_.database;
  // Not refreshed: it goes by the clock that the test turns.
  db::SharedClock clock_{database_, s_.clock};
  const Server a_{.name = "a", .place = "place of a"};
  const Server b_{.name = "b", .place = "place of b"};
};

TEST_F(Presences, LastWhileTheyAreToldAgainAndEndWithTheServer) {
  EXPECT_EQ(working(), "nobody");
  Presence a = of(a_);
  ASSERT_TRUE(net::run_sync(a.announce()));
  EXPECT_EQ(working(), "a");
  s_.clock.advance(seconds(10));
  ASSERT_TRUE(net::run_sync(a.announce()));
  s_.clock.advance(seconds(10));
  EXPECT_EQ(working(), "a");
  ASSERT_TRUE(net::run_sync(a.leave()));
  EXPECT_EQ(working(), "nobody");
}

TEST_F(Presences, EndForGoodWhenAnAnnouncementComesLate) {
  Presence a = of(a_);
  ASSERT_TRUE(net::run_sync(a.announce()));
  ASSERT_TRUE(net::run_sync(a.leave()));
  ASSERT_TRUE(net::run_sync(a.announce()));
  EXPECT_EQ(working(), "nobody");
}

TEST_F(Presences, OfSeveralServersAreApart) {
  Presence a = of(a_);
  Presence b = of(b_);
  ASSERT_TRUE(net::run_sync(a.announce()));
  ASSERT_TRUE(net::run_sync(b.announce()));
  ASSERT_TRUE(net::run_sync(a.leave()));
  EXPECT_EQ(working(), "b");
}

TEST_F(Presences, OfAKilledServerEndByThemselvesOrWithTheNextOneAtItsPlace) {
  ASSERT_TRUE(net::run_sync(of(a_).announce()));
  s_.clock.advance(kPresent);
  EXPECT_EQ(working(), "nobody");
  ASSERT_TRUE(net::run_sync(of(b_).announce()));
  Presence again = of({.name = "b, restarted", .place = b_.place});
  ASSERT_TRUE(net::run_sync(again.announce()));
  ASSERT_TRUE(net::run_sync(again.leave()));
  EXPECT_EQ(working(), "nobody");
}

TEST_F(Presences, LeaveNoRowsBehindForEver) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(net::run_sync(of({.name = name, .place = name}).announce()));
    s_.clock.advance(hours(2));
  }
  EXPECT_EQ(s_.number("SELECT count(*) FROM {leases}"), 1);
}

TEST_F(Presences, AnyLeaseTellsOfAServer) {
  const auto run = [&](db::Transaction& tx) { return take_lease(tx, "job", a_, s_.clock.now(), seconds(30)); };
  ASSERT_TRUE(s_.write(run).value());
  EXPECT_EQ(working(), "a");
}

}  // namespace
}  // namespace medialith::jobs
