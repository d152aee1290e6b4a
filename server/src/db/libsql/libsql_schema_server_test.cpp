#include <latch>
#include <thread>

#include <gmock/gmock.h>

#include "db/libsql/testing/scratch.hpp"

namespace medialith::db {
namespace {

using ::testing::HasSubstr;

class LibsqlSchema : public ::testing::Test {
 protected:
  LibsqlOptions options() const { return {.endpoint = sqld_.endpoint()}; }
  Result<std::unique_ptr<LibsqlDatabase>> open(LibsqlOptions options) {
    return LibsqlDatabase::open(std::move(options), sqld_.client(), clock_);
  }
  std::size_t pending() {
    const auto states = libsql_migration_status(options(), *sqld_.client()).value();
    return static_cast<std::size_t>(
        std::ranges::count_if(states, [](const MigrationState& state) { return !state.applied_at; }));
  }
  EmptySqld& sqld() { return sqld_; }

 private:
  EmptySqld sqld_;
  SystemClock clock_;
};

TEST_F(LibsqlSchema, TakesTheMigrationsOfSqlite) {
  EXPECT_EQ(pending(), sqlite_migrations().size());
  {
    const auto database = open(options());
    ASSERT_TRUE(database) << database.error().message << database.error().detail;
    EXPECT_TRUE((*database)->check());
  }
  EXPECT_EQ(pending(), 0U);
  EXPECT_TRUE(open(options())) << "a second time";
}

TEST_F(LibsqlSchema, KeysAreForeignKeys) {
  const auto database = open(options()).value();
  const auto done = net::run_sync(database->run_write(100, [](Transaction& tx) {
    return tx.ask({Statement("INSERT INTO {change_heads} (user_rid, seq) VALUES (1, 1)")});
  }));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::internal);
  EXPECT_THAT(done.error().detail, HasSubstr("FOREIGN KEY"));
}

TEST_F(LibsqlSchema, FourServersThatStartAtOnceApplyEachOnce) {
  std::latch together(4);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> servers;
    for (int i = 0; i < 4; ++i) {
      servers.emplace_back([&] {
        together.arrive_and_wait();
        const auto database = open(options());
        EXPECT_TRUE(database) << database.error().message << database.error().detail;
        good += database ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 4);
  EXPECT_EQ(pending(), 0U);
}

// A server's transaction that stands in the way of another's is undone after five seconds.
TEST_F(LibsqlSchema, StartsBesideAWriteWhenNothingIsPending) {
  const auto database = open(options()).value();
  const auto done = net::run_sync(database->run_write(100, [&](Transaction& tx) -> Result<void> {
    TRY(tx.ask({Statement("UPDATE {change_heads} SET seq = seq")}));
    EXPECT_TRUE(open(options()));
    return tx.ask({Statement("UPDATE {change_heads} SET seq = seq")});
  }));
  EXPECT_TRUE(done) << done.error().detail;
  EXPECT_EQ(database->stats().reruns, 0U);
}

TEST_F(LibsqlSchema, RefusesWhatIsNotOurs) {
  for (const char* script : {"CREATE TABLE notes (id INTEGER)", "CREATE TABLE schema_migrations (version TEXT)"}) {
    sqld().run(script);
    const auto database = open(options());
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, ErrorCode::precondition_failed);
    EXPECT_THAT(database.error().message, HasSubstr("not made by Medialith"));
    sqld().run("DROP TABLE IF EXISTS notes; DROP TABLE IF EXISTS schema_migrations");
  }
}

TEST_F(LibsqlSchema, WaitsToBeToldWhenItShall) {
  LibsqlOptions refusing = options();
  refusing.pending = PendingMigrations::refuse;
  const auto database = open(refusing);
  ASSERT_FALSE(database);
  EXPECT_THAT(database.error().message, HasSubstr("medialith migrate up"));
  EXPECT_EQ(pending(), sqlite_migrations().size());
}

TEST_F(LibsqlSchema, AMigrationThatFailsLeavesNothing) {
  std::array migrations = {
      kLibsqlContractMigrations[0],
      Migration{.number = 2,
                .name = "broken",
                .sql = "CREATE TABLE {one} (id INTEGER); CREATE TABLE {contract_rows} (id INTEGER);",
                .sha256 = "c1"}};
  LibsqlOptions broken = options();
  broken.migrations = migrations;
  const auto database = open(broken);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, ErrorCode::precondition_failed);
  EXPECT_THAT(database.error().message, HasSubstr("Migration 2 (broken)"));

  migrations[1].sql = "CREATE TABLE {one} (id INTEGER);";
  EXPECT_TRUE(open(broken)) << "the first half of it was there";
}

TEST_F(LibsqlSchema, RefusesADatabaseThatIsNewerUnlessItOnlyAdds) {
  std::array migrations = {
      kLibsqlContractMigrations[0],
      Migration{.number = 2, .name = "later", .sql = "CREATE TABLE {later} (id INTEGER);", .sha256 = "c1"}};
  LibsqlOptions newer = options();
  newer.migrations = migrations;
  ASSERT_TRUE(open(newer));
  LibsqlOptions older = options();
  older.migrations = kLibsqlContractMigrations;
  const auto refused = open(older);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("newer than this program"));

  sqld().run("DROP TABLE later; DELETE FROM schema_migrations WHERE number = 2");
  migrations[1].sql = "-- adding-only\nCREATE TABLE {later} (id INTEGER);";
  ASSERT_TRUE(open(newer));
  EXPECT_TRUE(open(older));
}

}  // namespace
}  // namespace medialith::db
