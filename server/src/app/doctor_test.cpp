#include "app/doctor.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/bootstrap.hpp"
#include "app/membership.hpp"
#include "app/process.hpp"
#include "app/stores.hpp"
#include "app/testing/scratch_folder.hpp"
#include "db/sqlite/schema.hpp"

namespace medialith::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Doctor : public ::testing::Test {
 protected:
  Doctor() { harden_process(); }
  /// What a start leaves behind.
  void start_once() {
    const DataFolder folder = DataFolder::open(scratch.data()).value();
    net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
    const TestFaults faults;
    const StoreParts parts{folder, runtime, clock, random, faults, {}};
    const Stores stores =
        open_stores(parts, choose_database(scratch.config()).value(), choose_store(scratch.config()).value()).value();
    const BootstrapParts bootstrap{*stores.database, *stores.blobs, clock, random, uuids};
    ASSERT_TRUE(net::run_sync(check_store_id(bootstrap)));
    ASSERT_TRUE(net::run_sync(check_secret(bootstrap, folder.secret_key(random).value())));
  }
  Diagnosis look(Environment environment = {}) { return diagnose(scratch.config(std::move(environment))); }

  ScratchFolder scratch;
  SystemClock clock;
  SystemRandom random;
  UuidMaker uuids{clock, random};
};

TEST_F(Doctor, FindsNothingWrongBeforeTheFirstStartAndMakesNothing) {
  const Diagnosis found = look();
  EXPECT_EQ(found.wrong, 0) << found.text;
  EXPECT_THAT(found.text, HasSubstr("not there yet"));
  EXPECT_FALSE(std::filesystem::exists(scratch.data()));
}

TEST_F(Doctor, FindsNothingWrongAfterIt) {
  start_once();
  const Diagnosis found = look();
  EXPECT_EQ(found.wrong, 0) << found.text;
  EXPECT_THAT(found.text, HasSubstr("every page was read"));
  EXPECT_THAT(found.text, HasSubstr("in both"));
  EXPECT_THAT(found.text, HasSubstr("a file was written, flushed and read back"));
  EXPECT_THAT(found.text, HasSubstr("no server runs over it"));
}

TEST_F(Doctor, SaysWhereValuesComeFromAndNoSecret) {
  const std::string secret(40, 'q');
  const Diagnosis found = look({{"MEDIALITH_SECRET", secret}, {"SQLITE_PATH", (scratch / "other.db").string()}});
  EXPECT_THAT(found.text, HasSubstr("other.db   (SQLITE_PATH)"));
  EXPECT_THAT(found.text, HasSubstr("MEDIALITH_LISTEN             127.0.0.1:8787   (default)"));
  EXPECT_THAT(found.text, Not(HasSubstr(secret)));
}

TEST_F(Doctor, FindsAnotherStoresFiles) {
  start_once();
  std::ofstream(std::filesystem::path(DataFolder::blobs_of(scratch.data())) / "STORE_ID") << "another\n";
  const Diagnosis found = look();
  EXPECT_EQ(found.wrong, 1) << found.text;
  EXPECT_THAT(found.text, HasSubstr("check which folder is mounted"));
}

TEST_F(Doctor, FindsThatTheFilesAreGone) {
  start_once();
  std::filesystem::remove_all(DataFolder::blobs_of(scratch.data()));
  EXPECT_EQ(look().wrong, 1);
}

TEST_F(Doctor, FindsAnotherSecret) {
  start_once();
  const Diagnosis found = look({{"AUTH_SECRET", std::string(kMinSecret, 'z')}});
  EXPECT_EQ(found.wrong, 1) << found.text;
  EXPECT_THAT(found.text, HasSubstr("AUTH_SECRET is not the secret that the database was made with"));
}

TEST_F(Doctor, FindsADamagedDatabase) {
  start_once();
  // From the second page on: the header still says whose it is.
  const auto file = scratch / "medialith.db";
  const auto size = std::filesystem::file_size(file);
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(4096);
  out << std::string(size - 4096, '\x5a');
  out.close();
  EXPECT_GE(look().wrong, 1);
}

TEST_F(Doctor, FindsSomebodyElsesDatabase) {
  std::filesystem::create_directories(scratch.data());
  std::ofstream(scratch / "medialith.db") << std::string(5000, 'x');
  const Diagnosis found = look();
  EXPECT_EQ(found.wrong, 1) << found.text;
  EXPECT_THAT(found.text, HasSubstr("was not made by Medialith"));
}

TEST_F(Doctor, TakesAStartThatWasCutShortForWhatItIs) {
  std::filesystem::create_directories(scratch.data());
  ASSERT_TRUE(db::sqlite::claim(scratch / "medialith.db", ""));
  const Diagnosis found = look();
  EXPECT_EQ(found.wrong, 0) << found.text;
  EXPECT_THAT(found.text, HasSubstr("cut short"));
}

TEST_F(Doctor, WarnsOfAClockThatIsBehindWhatTheDatabaseHasSeen) {
  start_once();
  EXPECT_THAT(look().text, HasSubstr("not behind what the database has seen"));
  {
    net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
    const auto database = open_database(choose_database(scratch.config()).value(), {clock, runtime}).value();
    const ManualClock tomorrow(clock.now() + std::chrono::hours(24));
    ASSERT_TRUE(net::run_sync(keep_clock_mark(*database, MarkedClock(tomorrow))));
  }
  const Diagnosis found = look();
  EXPECT_EQ(found.wrong, 0) << found.text;
  EXPECT_GE(found.warnings, 1);
  EXPECT_THAT(found.text, HasSubstr("which the database has seen: the server goes by that"));
}

TEST_F(Doctor, WarnsOfRightsForOthers) {
  start_once();
  std::filesystem::permissions(scratch / "secret.key", std::filesystem::perms(0644));
  const Diagnosis found = look();
  EXPECT_EQ(found.wrong, 0);
  EXPECT_GE(found.warnings, 1);
  EXPECT_THAT(found.text, HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace medialith::app
