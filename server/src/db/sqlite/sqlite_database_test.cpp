#include "db/sqlite/sqlite_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "db/sqlite/testing/gate.hpp"
#include "db/sqlite/testing/scratch.hpp"

namespace medialith::db {
namespace {

// A clock that a millisecond passes on whenever somebody looks at it.
class RestlessClock final : public Clock {
 public:
  Time now() const override { return {1'790'000'000'000}; }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(++ms_));
  }

 private:
  mutable std::atomic<std::int64_t> ms_ = 0;
};

SqliteOptions on_a_loop() {
  SqliteOptions options;
  options.loops = 1;
  options.current_loop = [] { return std::optional<std::size_t>(0); };
  return options;
}

constexpr Sql kCountTo100k(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n");

TEST(SqliteReads, AShortReadThatTakesTooLongRunsAgainOnWork) {
  const RestlessClock clock;
  Scratch scratch(clock, on_a_loop());
  std::vector<std::thread::id> threads;
  auto fn = [&](Connection& c) {
    threads.push_back(std::this_thread::get_id());
    return c.find(kCountTo100k, [](const Row& row) { return row.integer(0); });
  };
  EXPECT_EQ(net::run_sync(scratch.database().read(fn)).value(), 100'000);
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_EQ(threads[0], std::this_thread::get_id());
  EXPECT_NE(threads[1], std::this_thread::get_id());
  EXPECT_EQ(scratch.database().stats().short_reads_moved, 1U);
}

TEST(SqliteReads, AShortReadStaysOnItsLoopAndSeesEveryCommit) {
  const ManualClock clock;
  Scratch scratch(clock, on_a_loop());
  for (std::int64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(scratch.write(insertion(id, std::to_string(id))));
    EXPECT_EQ(scratch.rows(), id);
  }
  EXPECT_EQ(scratch.number(kCountTo100k), 100'000);
  EXPECT_EQ(scratch.database().stats().short_reads_moved, 0U);
}

TEST(SqliteReads, ALongReadNeverRunsOnTheLoop) {
  Scratch scratch(on_a_loop());
  std::thread::id thread;
  auto fn = [&](Connection& c) {
    thread = std::this_thread::get_id();
    return c.each(Sql("SELECT 1"), [](const Row&) {});
  };
  ASSERT_TRUE(net::run_sync(scratch.database().read(fn, ReadKind::long_read)));
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(SqliteReads, AnExceptionLeavesTheConnectionUsable) {
  Scratch scratch(on_a_loop());
  ASSERT_TRUE(scratch.write(insertion(1, "a")));
  auto fn = [](Connection& c) -> Result<void> {
    return c.each(Sql("SELECT name FROM {contract_rows}"), [](const Row&) { throw std::runtime_error("thrown"); });
  };
  const auto done = net::run_sync(scratch.database().read(fn));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().detail, "thrown");
  ASSERT_TRUE(scratch.write(insertion(2, "b")));
  EXPECT_EQ(scratch.rows(), 2) << "a statement left running would hold the old view";
}

TEST(SqliteStatements, OneMayRunAgainInsideItsOwnCallback) {
  Scratch scratch;
  for (std::int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(scratch.write(insertion(id, std::to_string(id))));
  static constexpr Sql kNames("SELECT name FROM {contract_rows} ORDER BY id");
  std::string seen;
  auto fn = [&](Connection& c) {
    return c.each(kNames, [&](const Row& outer) {
      seen += outer.text(0);
      EXPECT_TRUE(c.each(kNames, [&](const Row& inner) { seen += inner.text(0); }));
    });
  };
  ASSERT_TRUE(net::run_sync(scratch.database().read(fn)));
  EXPECT_EQ(seen, "112321233123");
}

TEST(SqliteStatements, ComposedOnesAreForgottenAndMadeAgain) {
  Scratch scratch(on_a_loop());
  auto fn = [](Connection& c) -> Result<std::int64_t> {
    std::int64_t sum = 0;
    for (int round = 0; round < 2; ++round) {
      for (int n = 0; n < 150; ++n) {
        Statement statement("SELECT 0");
        for (int i = 0; i <= n; ++i) statement.append(" + ").append_value(1);
        TRY(c.each(statement, [&](const Row& row) { sum += row.integer(0); }));
      }
    }
    return sum;
  };
  EXPECT_EQ(net::run_sync(scratch.database().read(fn)).value(), 2 * 150 * 151 / 2);
}

TEST(SqliteSettings, AreTheOnesPromised) {
  Scratch scratch;
  struct Setting {
    Sql sql;
    std::string_view value;
  };
  const Setting expected[] = {{"PRAGMA journal_mode", "wal"},
                              {"PRAGMA synchronous", "2"},
                              {"PRAGMA foreign_keys", "1"},
                              {"PRAGMA trusted_schema", "0"},
                              {"PRAGMA cell_size_check", "1"},
                              {"PRAGMA mmap_size", "0"},
                              {"PRAGMA busy_timeout", "5000"},
                              {"PRAGMA wal_autocheckpoint", "0"},
                              {"PRAGMA temp_store", "2"},
                              {"PRAGMA cache_size", "-8192"},
                              {"PRAGMA user_version", "1"},
                              {"PRAGMA application_id", "1296847944"},
                              {"PRAGMA ignore_check_constraints", "0"}};
  ASSERT_TRUE(scratch.write([&](Transaction& tx) -> Result<void> {
    for (const auto& [sql, value] : expected) {
      TRY(tx.ask({sql, [&](const Row& row) { EXPECT_EQ(row.text(0), value) << sql.text(Dialect::sqlite); }}));
    }
    return {};
  }));
  struct stat file{};
  ASSERT_EQ(::stat(scratch.options().path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat((scratch.options().path.string() + "-wal").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST(SqliteSession, LeavesOutTheWordsBehindAllOtherValues) {
  Scratch scratch;
  const std::string_view texts[] = {"a heron"};
  const Sql sql("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)");
  auto insert = [&](const Statement& statement) {
    return scratch.write([&](Transaction& tx) -> Result<void> { return tx.ask({statement}); });
  };
  EXPECT_TRUE(insert({sql, 1, std::string_view("a"), Words{texts}}));
  EXPECT_FALSE(insert({sql, Words{texts}, std::string_view("b")}));
  EXPECT_EQ(scratch.rows(), 1);
}

TEST(SqliteSettings, ADatabaseInMemoryIsRefused) {
  const SystemClock clock;
  net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  SqliteOptions options;
  options.path = ":memory:";
  const auto opened = SqliteDatabase::open(options, clock, runtime.work());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::precondition_failed);
}

}  // namespace
}  // namespace medialith::db
