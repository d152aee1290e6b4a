#include "app/membership.hpp"

#include <future>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/server_identity.hpp"
#include "app/testing/scratch_folder.hpp"
#include "base/bytes.hpp"
#include "blob/testing/disk_fixture.hpp"
#include "db/testing/renamed_database.hpp"
#include "domain/testing/scratch.hpp"
#include "web/signed_url.hpp"

namespace medialith::app {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

// ---- the clock ------------------------------------------------------------------------------------------------------

class ClockMark : public testing::Test {
 protected:
  /// What a start makes of the machine's clock and the database.
  std::unique_ptr<MarkedClock> restart() {
    auto clock = std::make_unique<MarkedClock>(s_.clock);
    EXPECT_TRUE(net::run_sync(restore_clock(*s_.database, *clock, log_)));
    return clock;
  }
  void keep(const MarkedClock& clock) { ASSERT_TRUE(net::run_sync(keep_clock_mark(*s_.database, clock))); }

  domain::Scratch s_;
  std::ostringstream lines_;
  Logger log_ = Logger::to_stream({}, s_.clock, lines_);
};

TEST_F(ClockMark, AnExpiredUrlStaysSoWhenTheClockIsSetBackBetweenTwoRuns) {
  const web::UrlSigner urls(bytes_of("a secret of at least 32 characters"));
  auto clock = restart();
  const std::string url = urls.sign("img_1", {.expires_s = web::default_expiry_s(clock->now())});
  const auto works = [&] { return urls.verify("img_1", url, clock->now()).has_value(); };
  EXPECT_TRUE(works());
  s_.clock.advance(hours(4));
  EXPECT_FALSE(works());
  keep(*clock);
  s_.clock.jump(-hours(24));
  clock = restart();
  EXPECT_FALSE(works());
  EXPECT_THAT(lines_.str(), HasSubstr("clock_behind"));
  EXPECT_GE(clock->now(), s_.clock.now() + hours(24));
}

TEST_F(ClockMark, RowsAreMadeBehindThoseOfTheRunBefore) {
  auto clock = restart();
  const std::string first = UuidMaker(*clock, s_.random).make();
  const std::int64_t rid = domain::RidMaker(*clock).next();
  s_.clock.advance(seconds(1));
  keep(*clock);
  s_.clock.jump(-hours(1));
  clock = restart();
  EXPECT_GT(UuidMaker(*clock, s_.random).make(), first);
  EXPECT_GT(domain::RidMaker(*clock).next(), rid);
}

TEST_F(ClockMark, AJumpAheadIsNotKept) {
  const auto clock = restart();
  s_.clock.jump(hours(24 * 365));
  clock->observe();
  keep(*clock);
  s_.clock.jump(-hours(24 * 365));
  EXPECT_EQ(restart()->now(), s_.clock.now());
  EXPECT_EQ(lines_.str(), "");
}

TEST_F(ClockMark, OnlyGrows) {
  const auto ahead = restart();
  s_.clock.advance(hours(1));
  keep(*ahead);
  ManualClock slow(s_.clock.now() - hours(2));
  keep(MarkedClock(slow));
  auto look = [](db::Connection& c) { return domain::find_meta(c, kClockMark); };
  EXPECT_EQ(s_.read(look).value(), to_iso8601(s_.clock.now()));
}

// ---- who this is ----------------------------------------------------------------------------------------------------

TEST(ServerIdentity, HasAPlaceForItsFolderAndANameForItself) {
  SystemRandom random;
  const ScratchFolder one;
  const ScratchFolder two;
  const auto identify = [&](const ScratchFolder& scratch) {
    return identify_server(DataFolder::open(scratch.data()).value(), random);
  };
  const jobs::Server first = identify(one);
  const jobs::Server restarted = identify(one);
  EXPECT_EQ(first.place, restarted.place);
  EXPECT_NE(first.name, restarted.name);
  EXPECT_NE(first.place, identify(two).place);
  EXPECT_THAT(first.name, HasSubstr("." + std::to_string(::getpid()) + "."));
}

// ---- the files ------------------------------------------------------------------------------------------------------

class Memberships : public testing::Test {
 protected:
  std::unique_ptr<Membership> member(db::Database& database, const std::string& name) {
    return std::make_unique<Membership>(Membership::Parts{.database = database,
                                                          .blobs = disk_.store(),
                                                          .clock = clock_,
                                                          .random = s_.random,
                                                          .uuids = s_.uuids,
                                                          .metrics = metrics_,
                                                          .log = log_,
                                                          .server = {.name = name, .place = name},
                                                          .limits = {},
                                                          .on_files_lost = [this](const Error&) { lost_.set_value(); },
                                                          .open_wakeups = [](const auto&) { return nullptr; }});
  }
  static Result<void> join(Membership& member) { return net::run_sync(member.join()); }

  domain::Scratch s_;
  MarkedClock clock_{s_.clock};
  blob::DiskFixture disk_;
  Metrics metrics_;
  std::ostringstream lines_;
  Logger log_ = Logger::to_stream({}, s_.clock, lines_);
  db::RenamedDatabase shared_{*s_.database};
  std::promise<void> lost_;
};

TEST_F(Memberships, ASharedDatabaseHasOneServerWithAFolderOfFiles) {
  const auto first = member(shared_, "web-1");
  const auto second = member(shared_, "web-2");
  ASSERT_TRUE(join(*first));
  const auto refused = join(*second);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("The server web-1 works on this database"));
  EXPECT_EQ(first->leave(seconds(1)), 0U);
  EXPECT_TRUE(join(*second));
}

TEST_F(Memberships, AnSqliteFileNeedsNoSuchLease) {
  ASSERT_TRUE(join(*member(*s_.database, "web-1")));
  EXPECT_TRUE(join(*member(*s_.database, "web-2")));
  EXPECT_EQ(s_.number("SELECT count(*) FROM {leases}"), 0);
}

TEST_F(Memberships, AServerThatStoodStillIsToldThatItsFilesAreGone) {
  const auto first = member(shared_, "web-1");
  ASSERT_TRUE(join(*first));
  auto expire = [](db::Transaction& tx) -> Result<void> {
    tx.later({"UPDATE {leases} SET expires_at = $1", Time{0}});
    return {};
  };
  s_.write(expire).value();
  ASSERT_TRUE(join(*member(shared_, "web-2")));
  s_.runtime.start();
  first->start(s_.runtime);
  EXPECT_EQ(lost_.get_future().wait_for(seconds(30)), std::future_status::ready);
  s_.runtime.stop();
}

}  // namespace
}  // namespace medialith::app
