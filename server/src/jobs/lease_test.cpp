#include "jobs/lease.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/testing/scratch.hpp"
#include "jobs/disk_owner.hpp"

namespace medialith::jobs {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

class Leases : public testing::Test {
 protected:
  std::optional<Lease> take(const Server& server, seconds length = seconds(30)) {
    auto run = [&](db::Transaction& tx) { return take_lease(tx, "job", server, s_.clock.now(), length); };
    return s_.write(run).value();
  }
  bool renew(const Lease& lease, seconds length = seconds(30)) {
    auto run = [&](db::Transaction& tx) { return renew_lease(tx, lease, s_.clock.now() + length); };
    return s_.write(run).value();
  }
  bool give_back(const Lease& lease) {
    return s_.write([&](db::Transaction& tx) { return give_back_lease(tx, lease); }).value();
  }

  domain::Scratch s_;
  const Server a_{.name = "a", .place = "place of a"};
  const Server b_{.name = "b", .place = "place of b"};
};

TEST_F(Leases, AreOneServersUntilTheyExpire) {
  ASSERT_TRUE(take(a_));
  s_.clock.advance(seconds(29));
  EXPECT_FALSE(take(b_));
  EXPECT_FALSE(take(a_)) << "nor twice the same server's";
  s_.clock.advance(seconds(1));
  EXPECT_TRUE(take(b_));
}

TEST_F(Leases, AreHeldLongerByTheirHolder) {
  const Lease lease = take(a_).value();
  s_.clock.advance(seconds(20));
  EXPECT_TRUE(renew(lease));
  s_.clock.advance(seconds(20));
  EXPECT_FALSE(take(b_));
  s_.clock.advance(seconds(20));
  EXPECT_TRUE(renew(lease)) << "expired, but nobody wanted it";
  EXPECT_FALSE(take(b_));
}

TEST_F(Leases, AreLostToWhoeverTookThem) {
  const Lease first = take(a_).value();
  s_.clock.advance(seconds(30));
  const Lease second = take(b_).value();
  EXPECT_GT(second.fence, first.fence);
  EXPECT_FALSE(renew(first));
  EXPECT_FALSE(give_back(first));
  EXPECT_TRUE(renew(second));
  s_.clock.advance(seconds(30));
  const Lease third = take(a_).value();
  EXPECT_GT(third.fence, second.fence);
  EXPECT_FALSE(renew(first)) << "its own older one is worth nothing either";
}

TEST_F(Leases, AreFreeOnceGivenBack) {
  const Lease first = take(a_).value();
  EXPECT_TRUE(give_back(first));
  EXPECT_FALSE(renew(first)) << "a renewal that comes late";
  const auto second = take(b_);
  ASSERT_TRUE(second);
  EXPECT_GT(second->fence, first.fence);
}

TEST_F(Leases, OfADeadProcessAreTheNextOnesAtItsPlace) {
  const Lease dead = take(a_).value();
  EXPECT_TRUE(take({.name = "a, restarted", .place = a_.place}));
  EXPECT_FALSE(renew(dead));
}

TEST_F(Leases, OutliveNoClockThatIsSetBack) {
  s_.clock.jump(hours(24 * 365));
  ASSERT_TRUE(take(a_));
  s_.clock.jump(-hours(24 * 365));
  EXPECT_TRUE(take(b_));
}

// ---- the files of a disk store --------------------------------------------------------------------------------------

class DiskOwners : public Leases {
 protected:
  Result<void> claim(DiskOwner& owner) { return net::run_sync(owner.claim()); }
  bool renew(DiskOwner& owner) { return net::run_sync(owner.renew()).value(); }

  db::SharedClock clock_{*s_.database, s_.clock};
  DiskOwner first_{*s_.database, clock_, a_};
  DiskOwner second_{*s_.database, clock_, b_};
};

TEST_F(DiskOwners, ThereIsOne) {
  ASSERT_TRUE(claim(first_));
  s_.clock.advance(seconds(5));
  const auto refused = claim(second_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::precondition_failed);
  EXPECT_THAT(refused.error().message, HasSubstr("The server a works on this database"));
  EXPECT_THAT(refused.error().message, HasSubstr("start this one again in 10 seconds"));
  for (int i = 0; i < 10; ++i) {
    s_.clock.advance(seconds(5));
    ASSERT_TRUE(renew(first_));
    ASSERT_FALSE(claim(second_));
  }
}

TEST_F(DiskOwners, AnotherFollowsOneThatStops) {
  ASSERT_TRUE(claim(first_));
  ASSERT_TRUE(net::run_sync(first_.give_back()));
  EXPECT_TRUE(claim(second_));
}

TEST_F(DiskOwners, OneThatStoodStillLearnsThatItIsNotAnyMore) {
  ASSERT_TRUE(claim(first_));
  s_.clock.advance(kDiskStoreHeld);
  ASSERT_TRUE(claim(second_));
  EXPECT_FALSE(renew(first_));
  EXPECT_TRUE(renew(second_));
}

}  // namespace
}  // namespace medialith::jobs
