#include "db/sqlite/schema.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/sqlite/testing/scratch.hpp"

namespace medialith::db {
namespace {

using testing::HasSubstr;

constexpr Migration kFirst{1, "init", "CREATE TABLE {things} (id INTEGER PRIMARY KEY, j TEXT DEFAULT '{}') STRICT;",
                           "aa"};
constexpr Migration kSecond{2, "more",
                            "ALTER TABLE {things} ADD COLUMN n INTEGER; INSERT INTO {things} (n) VALUES (7);", "bb"};
constexpr Migration kBroken{2, "broken", "INSERT INTO {things} (id) VALUES (1); INSERT INTO {nowhere} VALUES (1);",
                            "cc"};

class Migrations : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteDatabase>> open(std::vector<Migration> migrations,
                                               PendingMigrations pending = PendingMigrations::apply) {
    migrations_ = std::move(migrations);
    SqliteOptions options;
    options.path = path_;
    options.migrations = migrations_;
    options.pending = pending;
    return SqliteDatabase::open(std::move(options), clock_, runtime_.work());
  }
  std::string refusal(std::vector<Migration> migrations, PendingMigrations pending = PendingMigrations::apply) {
    const auto opened = open(std::move(migrations), pending);
    EXPECT_FALSE(opened);
    if (opened) return "";
    EXPECT_EQ(opened.error().code, ErrorCode::precondition_failed);
    return opened.error().message;
  }
  std::int64_t number(SqliteDatabase& database, Sql sql) {
    auto fn = [&](Connection& c) { return c.find(sql, [](const Row& row) { return row.integer(0); }); };
    return net::run_sync(database.read(fn)).value().value();
  }
  std::string file() {
    std::ostringstream bytes;
    bytes << std::ifstream(path_, std::ios::binary).rdbuf();
    return bytes.str();
  }
  void put(std::string_view bytes) { std::ofstream(path_, std::ios::binary) << bytes; }
  // A database of somebody else's.
  void make_foreign() {
    sqlite::Handle handle;
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &raw), SQLITE_OK);
    handle.reset(raw);
    ASSERT_TRUE(sqlite::execute(raw, "CREATE TABLE history_items (id TEXT); INSERT INTO history_items VALUES ('x')"));
  }

  ScratchFolder folder_;
  std::filesystem::path path_ = folder_.path() / "m.db";
  ManualClock clock_;
  net::Runtime runtime_{net::RuntimeOptions{.loops = 1, .work_threads = 1, .disk_threads = 1}};
  std::vector<Migration> migrations_;
};

TEST_F(Migrations, AreAppliedOnceInOrder) {
  {
    auto database = open({kFirst}).value();
    EXPECT_EQ(number(*database, "SELECT count(*) FROM {things}"), 0);
  }
  clock_.advance(std::chrono::milliseconds(5));
  for (int start = 0; start < 2; ++start) {
    auto database = open({kFirst, kSecond}).value();
    EXPECT_EQ(number(*database, "SELECT n FROM {things}"), 7);
    EXPECT_EQ(number(*database, "SELECT count(*) FROM {schema_migrations}"), 2);
    EXPECT_EQ(number(*database, "PRAGMA user_version"), 2);
  }
  const auto states = sqlite_migration_status(path_, migrations_).value();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].migration.name, "init");
  EXPECT_EQ(states[0].applied_at, Time{1'790'000'000'000});
  EXPECT_EQ(states[1].applied_at, Time{1'790'000'000'005});
}

TEST_F(Migrations, AnotherChecksumIsRefused) {
  ASSERT_TRUE(open({kFirst}));
  Migration changed = kFirst;
  changed.sha256 = "zz";
  EXPECT_THAT(refusal({changed}), HasSubstr("Migration 1 (init)"));
}

TEST_F(Migrations, ANewerDatabaseIsRefused) {
  ASSERT_TRUE(open({kFirst, kSecond}));
  EXPECT_THAT(refusal({kFirst}), HasSubstr("newer than this program"));
}

TEST_F(Migrations, OneThatFailsLeavesTheDatabaseAsItWas) {
  ASSERT_TRUE(open({kFirst}));
  EXPECT_THAT(refusal({kFirst, kBroken}), HasSubstr("Migration 2 (broken)"));
  auto database = open({kFirst}).value();
  EXPECT_EQ(number(*database, "SELECT count(*) FROM {things}"), 0);
  EXPECT_EQ(number(*database, "SELECT max(number) FROM {schema_migrations}"), 1);
}

TEST_F(Migrations, PendingOnesAreRefusedWhenAskedTo) {
  EXPECT_THAT(refusal({kFirst}, PendingMigrations::refuse), HasSubstr("migrate up"));
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_TRUE(open({kFirst}));
  EXPECT_TRUE(open({kFirst}, PendingMigrations::refuse));
}

TEST_F(Migrations, StatusOfNoFileMakesNone) {
  const Migration list[] = {kFirst, kSecond};
  const auto states = sqlite_migration_status(path_, list).value();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[1].applied_at, std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Migrations, GapsAreOurMistake) {
  const auto opened = open({kSecond});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::internal);
}

TEST_F(Migrations, AForeignDatabaseIsRefusedUnchanged) {
  make_foreign();
  const std::string before = file();
  EXPECT_THAT(refusal({kFirst}), HasSubstr(path_.string() + " was not made by Medialith"));
  EXPECT_EQ(file(), before);
  EXPECT_FALSE(std::filesystem::exists(path_.string() + "-wal"));
}

TEST_F(Migrations, AFileThatIsNoDatabaseIsRefusedUnchanged) {
  const std::string text(5000, 'x');
  put(text);
  EXPECT_THAT(refusal({kFirst}), HasSubstr("was not made by Medialith"));
  EXPECT_EQ(file(), text);
}

TEST_F(Migrations, AnEmptyFileIsTaken) {
  put("");
  EXPECT_TRUE(open({kFirst}));
}

TEST_F(Migrations, CarriedOnesAreNumberedWithoutGaps) { EXPECT_TRUE(compare_migrations(sqlite_migrations(), {})); }

}  // namespace
}  // namespace medialith::db
