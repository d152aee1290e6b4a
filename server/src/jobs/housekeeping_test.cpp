#include "jobs/housekeeping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "domain/rate_limits.hpp"
#include "jobs/testing/peer.hpp"

namespace medialith::jobs {
namespace {

using Ended = Outcome::Ended;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

class Housekeeping : public testing::Test {
 protected:
  /// What the job dealt with in a run of its own, and that it went by so many writes.
  std::int64_t run(Job job, std::uint64_t writes = 1) {
    const std::string kind = job.kind;
    Peer peer(s_, {.name = "a", .place = "a"}, {std::move(job)});
    EXPECT_TRUE(net::run_sync(peer.scheduler.prepare()));
    const auto before = s_.database->stats().writes;
    const Outcome outcome = peer.run_now(kind);
    EXPECT_EQ(outcome.ended, Ended::completed) << outcome.error.message;
    EXPECT_EQ(s_.database->stats().writes - before, writes + 2) << "beside the first and the last of a run";
    return outcome.done;
  }
  void store_answers(const domain::Principal& who, int from, int to) {
    auto put = [&](db::Transaction& tx) -> Result<void> {
      for (int i = from; i < to; ++i) {
        const domain::IdempotencyKey key{"key " + std::to_string(i), std::string(32, 'f')};
        domain::Mutation(tx, who, &key, s_.clock.now()).answer(201, "generation", "id");
      }
      return {};
    };
    s_.write(put).value();
  }

  domain::Scratch s_;
};

TEST_F(Housekeeping, ForgetsAnswersAfterThirtyDays) {
  const domain::Principal ann = s_.person("ann@example.com");
  store_answers(ann, 0, 1200);
  s_.clock.advance(days(30));
  store_answers(ann, 1200, 1203);
  EXPECT_EQ(run(purge_idempotency()), 0) << "thirty days are not over";
  s_.clock.advance(seconds(1));
  EXPECT_EQ(run(purge_idempotency(), 3), 1200) << "500 rows a write";
  EXPECT_EQ(s_.number("SELECT count(*) FROM {idempotency}"), 3);
}

TEST_F(Housekeeping, BelievesNoClockThatHasJustJumpedAhead) {
  const domain::Principal ann = s_.person("ann@example.com");
  store_answers(ann, 0, 1);
  Peer peer(s_, {.name = "a", .place = "a"}, {purge_idempotency(), purge_logins()});
  ASSERT_TRUE(net::run_sync(peer.scheduler.prepare()));
  s_.clock.jump(days(365));
  EXPECT_EQ(peer.run_now("purge-idempotency").done, 0);
  EXPECT_EQ(peer.run_now("purge-logins").done, 0);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {idempotency}"), 1);
}

TEST_F(Housekeeping, DeletesLoginsAndGrantsThatAreNoGood) {
  const domain::Principal old = s_.person("old@example.com");
  s_.clock.advance(days(7) - seconds(1));
  const domain::Principal young = s_.person("young@example.com");
  auto put = [&](db::Transaction& tx) -> Result<void> {
    domain::put_setup_token(tx, std::string(32, 't'), s_.clock.now());
    return {};
  };
  s_.write(put).value();
  EXPECT_EQ(run(purge_logins(), 2), 0);
  s_.clock.advance(seconds(1));
  EXPECT_EQ(run(purge_logins(), 2), 1) << "a week without use";
  const auto login = [&](const domain::Principal& who) {
    auto look = [&](db::Connection& c) { return domain::find_login(c, who.login_hash, s_.clock.now()); };
    return s_.read(look).value().has_value();
  };
  EXPECT_FALSE(login(old));
  EXPECT_TRUE(login(young));
  s_.clock.advance(domain::kSetupTokenLifetime);
  EXPECT_EQ(run(purge_logins(), 2), 1) << "the set-up token";
  auto touch = [&](db::Transaction& tx) -> Result<void> {
    domain::touch_login(tx, young.login_hash, s_.clock.now());
    return {};
  };
  for (int week = 0; week < 5; ++week) {
    s_.write(touch).value();
    s_.clock.advance(days(6));
  }
  EXPECT_EQ(run(purge_logins(), 2), 1) << "thirty days, however it is used";
}

TEST_F(Housekeeping, ForgetsLimitsOfBucketsThatAreFull) {
  const domain::Refill refill{.each = seconds(3), .burst = 20};
  auto take = [&](db::Transaction& tx) -> Result<void> {
    for (const std::string_view who : {"once", "twice", "twice"}) {
      TRY(domain::try_token(tx, domain::rate_limit_name("guess", who), refill, s_.clock.now()));
    }
    return {};
  };
  s_.write(take).value();
  s_.clock.advance(seconds(3));
  EXPECT_EQ(run(purge_rate_limits()), 1);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {rate_limits}"), 1);
}

TEST_F(Housekeeping, EndsUploadsThatWereBegunADayAgo) {
  std::vector<Time> asked;
  AbortMultiparts abort = [&asked](Time before) -> Task<Result<std::int64_t>> {
    asked.push_back(before);
    co_return 7;
  };
  EXPECT_EQ(run(abort_multiparts(abort)), 7);
  EXPECT_THAT(asked, testing::ElementsAre(s_.clock.now() - hours(24)));
}

}  // namespace
}  // namespace medialith::jobs
