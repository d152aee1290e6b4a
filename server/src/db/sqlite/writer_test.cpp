#include "db/sqlite/writer.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/sqlite/testing/faulty_vfs.hpp"
#include "db/sqlite/testing/gate.hpp"
#include "db/sqlite/testing/scratch.hpp"

namespace medialith::db {
namespace {

using sqlite::FaultyVfs;
using sqlite::FileFailure;
using sqlite::FileOperation;

std::vector<Database::WriteFn> insertions(std::int64_t n) {
  std::vector<Database::WriteFn> writes;
  for (std::int64_t id = 1; id <= n; ++id) writes.push_back(insertion(id, std::to_string(id)));
  return writes;
}

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode::not_implemented : result.error().code; }

// Room for few more pages than there are.
Database::WriteFn limit_pages(Sql sql) {
  return [sql](Transaction& tx) -> Result<void> { return tx.ask({sql}); };
}

Database::WriteFn big_insertion(std::int64_t id) {
  return [id](Transaction& tx) -> Result<void> {
    const std::string name(200'000, 'x');
    return tx.ask({Statement("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", id, name)});
  };
}

TEST(SqliteGroup, HoldsAtMost256Writes) {
  Scratch scratch;
  const auto before = scratch.database().stats();
  for (const auto& result : write_together(scratch.database(), insertions(300))) EXPECT_TRUE(result);
  EXPECT_EQ(scratch.database().stats().groups - before.groups, 2U);
  EXPECT_EQ(scratch.rows(), 300);
}

TEST(SqliteGroup, HoldsAtMostEightMebibytes) {
  Scratch scratch;
  const auto before = scratch.database().stats();
  for (const auto& result : write_together(scratch.database(), insertions(5), 3 << 20)) EXPECT_TRUE(result);
  EXPECT_EQ(scratch.database().stats().groups - before.groups, 3U);  // 2 + 2 + 1
}

TEST(SqliteGroup, TakesNoMoreWritesAfterTenMilliseconds) {
  ManualClock clock;
  Scratch scratch(clock, {});
  std::vector<Database::WriteFn> writes;
  for (std::int64_t id = 1; id <= 6; ++id) {
    writes.push_back([&clock, insert = insertion(id, std::to_string(id))](Transaction& tx) -> Result<void> {
      clock.advance(std::chrono::milliseconds(5));
      return insert(tx);
    });
  }
  const auto before = scratch.database().stats();
  for (const auto& result : write_together(scratch.database(), std::move(writes))) EXPECT_TRUE(result);
  EXPECT_EQ(scratch.database().stats().groups - before.groups, 3U);
}

TEST(SqliteGroup, NobodyIsAnsweredBeforeTheCommit) {
  std::atomic<int> answered = 0;
  std::vector<int> answered_at_commit;
  SqliteOptions options;
  boost::asio::io_context loop(1);
  options.faults.at = [&](std::string_view point) {
    if (point != "after_commit") return;
    // What was posted to the loop before this has run when this has.
    std::latch turn(1);
    boost::asio::post(loop, [&] { turn.count_down(); });
    turn.wait();
    answered_at_commit.push_back(answered);
  };
  Scratch scratch(std::move(options));
  auto count = [&](std::exception_ptr) { ++answered; };
  Result<void> kept;
  Result<void> refused;
  boost::asio::co_spawn(loop, write_into(scratch.database(), 1, insertion(1, "a"), kept), count);
  boost::asio::co_spawn(loop, write_into(scratch.database(), 1, insertion(2, "a"), refused), count);
  loop.run();
  EXPECT_EQ(answered, 2);
  EXPECT_TRUE(kept);
  EXPECT_EQ(code_of(refused), ErrorCode::already_exists);
  ASSERT_FALSE(answered_at_commit.empty());
  EXPECT_EQ(answered_at_commit[0], 0);
}

// The planted bugs must be what the crash driver takes them for.
struct Planted {
  const char* name;
  bool Faults::* flag;
  bool refused;  // the answer that comes too early
};

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, AnswersTooEarly) {
  SqliteOptions options;
  options.faults.*GetParam().flag = true;
  std::vector<std::string> points;
  options.faults.at = [&](std::string_view point) { points.emplace_back(point); };
  Scratch scratch(std::move(options));
  const auto results = write_together(scratch.database(), {insertion(1, "a"), insertion(2, "a")});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(code_of(results[1]), ErrorCode::already_exists);
  scratch.close();
  const auto reply = std::ranges::find(points, "before_reply");
  const auto commit = std::ranges::find(points, "before_commit");
  EXPECT_LT(reply - points.begin(), commit - points.begin());
}

INSTANTIATE_TEST_SUITE_P(Sqlite, PlantedBug,
                         testing::Values(Planted{"answer", &Faults::answer_before_commit, false},
                                         Planted{"refusal", &Faults::answer_refusals_before_commit, true}),
                         [](const auto& info) { return info.param.name; });

TEST(SqliteFull, OnlyTheWriteThatDoesNotFitFails) {
  Scratch scratch;
  ASSERT_TRUE(scratch.write(limit_pages("PRAGMA max_page_count = 30")));
  auto writes = insertions(10);
  writes.insert(writes.begin() + 5, big_insertion(100));
  const auto results = write_together(scratch.database(), std::move(writes));
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (i == 5) {
      EXPECT_EQ(code_of(results[i]), ErrorCode::disk_full);
    } else {
      EXPECT_TRUE(results[i]) << i;
    }
  }
  EXPECT_EQ(scratch.rows(), 10);
  EXPECT_GE(scratch.database().stats().reruns, 6U) << "SQLite dropped the transaction, so the group ran again";
  EXPECT_TRUE(scratch.database().check());

  ASSERT_TRUE(scratch.write(limit_pages("PRAGMA max_page_count = 100000")));
  EXPECT_TRUE(scratch.write(big_insertion(100)));
}

TEST(SqliteFull, KeepingTheGroupLosesWhatWasAnswered) {
  SqliteOptions options;
  options.faults.keep_group_after_full = true;
  Scratch scratch(std::move(options));
  ASSERT_TRUE(scratch.write(limit_pages("PRAGMA max_page_count = 30")));
  auto writes = insertions(10);
  writes.insert(writes.begin() + 5, big_insertion(100));
  const auto results = write_together(scratch.database(), std::move(writes));
  const auto kept = std::ranges::count_if(results, [](const auto& result) { return result.has_value(); });
  EXPECT_EQ(kept, 10);
  EXPECT_EQ(scratch.rows(), 5) << "the planted bug must lose the five before the full disk";
}

TEST(SqliteFull, AFullDiskAtCommitIsCertain) {
  FaultyVfs vfs;
  SqliteOptions options;
  options.vfs = vfs.name();
  int fatal = 0;
  options.on_fatal = [&](const Error&) { ++fatal; };
  Scratch scratch(std::move(options));
  ASSERT_TRUE(scratch.write(insertion(100, "before")));
  vfs.fail_from(FileOperation::write, 1, FileFailure::disk_full);
  for (const auto& result : write_together(scratch.database(), insertions(3))) {
    EXPECT_EQ(code_of(result), ErrorCode::disk_full);
  }
  EXPECT_EQ(scratch.rows(), 1);
  vfs.heal();
  for (const auto& result : write_together(scratch.database(), insertions(3))) EXPECT_TRUE(result);
  scratch.reopen();
  EXPECT_EQ(scratch.rows(), 4);
  EXPECT_EQ(fatal, 0);
}

class FailedCommit : public testing::TestWithParam<FileOperation> {};

TEST_P(FailedCommit, IsUnknownAndEndsAllWriting) {
  FaultyVfs vfs;
  SqliteOptions options;
  options.vfs = vfs.name();
  std::vector<std::string> fatal;
  std::latch told(1);
  options.on_fatal = [&](const Error& error) {
    fatal.push_back(error.detail);
    told.count_down();
  };
  Scratch scratch(std::move(options));
  ASSERT_TRUE(scratch.write(insertion(100, "before")));
  vfs.fail_from(GetParam(), 1, FileFailure::io_error);
  auto writes = insertions(3);
  writes.push_back(insertion(4, "before"));  // a refusal is as unknown as what it rests on
  for (const auto& result : write_together(scratch.database(), std::move(writes))) {
    EXPECT_EQ(code_of(result), ErrorCode::outcome_unknown);
  }
  told.wait();
  vfs.heal();
  EXPECT_EQ(code_of(scratch.write(insertion(5, "after"))), ErrorCode::unavailable);
  EXPECT_EQ(code_of(scratch.database().check()), ErrorCode::unavailable);
  EXPECT_EQ(scratch.rows(), 1) << "reads go on";
  scratch.reopen();
  EXPECT_GE(scratch.rows(), 1);
  EXPECT_TRUE(scratch.write(insertion(5, "after")));
  EXPECT_EQ(fatal.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, FailedCommit, testing::Values(FileOperation::write, FileOperation::sync),
                         [](const auto& info) { return info.param == FileOperation::write ? "Write" : "Sync"; });

TEST(FailedCommitDeathTest, EndsTheProcessUnlessToldOtherwise) {
  const ScratchFolder folder;  // outlives the process that ends
  EXPECT_EXIT(
      {
        FaultyVfs vfs;
        const SystemClock clock;
        net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
        SqliteOptions options;
        options.path = folder.path() / "test.db";
        options.migrations = kContractMigrations;
        options.vfs = vfs.name();
        auto database = SqliteDatabase::open(options, clock, runtime.work()).value();
        vfs.fail_from(FileOperation::sync, 1, FileFailure::io_error);
        (void)net::run_sync(database->run_write(1, insertion(1, "a")));
        database.reset();
      },
      testing::ExitedWithCode(70), "the disk failed under the database");
}

// Enough writes, in rows of several pages, that commits, checkpoints and the log's new beginning are all hit.
std::vector<std::int64_t> acknowledged_until_failure(Scratch& scratch) {
  std::vector<std::int64_t> acknowledged;
  for (std::int64_t id = 1; id <= 40; ++id) {
    if (scratch.write(insertion(id, std::to_string(id) + std::string(9000, 'x')))) acknowledged.push_back(id);
  }
  return acknowledged;
}

class EveryFailure : public testing::TestWithParam<FileFailure> {};

TEST_P(EveryFailure, LosesNothingAcknowledged) {
  bool failed = true;
  std::uint64_t n = 1;
  for (; failed; n += 1 + n / 40) {
    FaultyVfs vfs;
    SqliteOptions options;
    options.vfs = vfs.name();
    options.checkpoint_bytes = 128 << 10;
    options.on_fatal = [](const Error&) {};
    Scratch scratch(std::move(options));
    vfs.fail_from(FileOperation::write_or_sync, n, GetParam());
    const auto acknowledged = acknowledged_until_failure(scratch);
    scratch.close();
    failed = vfs.failures() > 0;
    vfs.heal();
    scratch.reopen();
    ASSERT_EQ(scratch.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    for (const std::int64_t id : acknowledged) {
      auto look = [&](Connection& c) {
        return c.find(Statement("SELECT length(name) FROM {contract_rows} WHERE id = $1", id),
                      [](const Row& row) { return row.integer(0); });
      };
      const auto found = net::run_sync(scratch.database().read(look)).value();
      ASSERT_TRUE(found) << "row " << id << " was acknowledged and is gone; operation " << n << " failed";
      ASSERT_GE(*found, 9001) << "row " << id << " is torn; operation " << n << " failed";
    }
    ASSERT_LE(scratch.rows(), static_cast<std::int64_t>(acknowledged.size()) + 1) << "operation " << n << " failed";
  }
  EXPECT_GT(n, 100U) << "the scenario has more operations than that";
}

INSTANTIATE_TEST_SUITE_P(Sqlite, EveryFailure, testing::Values(FileFailure::io_error, FileFailure::disk_full),
                         [](const auto& info) { return info.param == FileFailure::io_error ? "IoError" : "Full"; });

TEST(SqliteLog, IsCopiedWhenItHasGrownAndGoneAfterClose) {
  SqliteOptions options;
  options.checkpoint_bytes = 256 << 10;
  Scratch scratch(std::move(options));
  for (std::int64_t id = 1; id <= 100; ++id) {
    ASSERT_TRUE(scratch.write(insertion(id, std::to_string(id) + std::string(10'000, 'x'))));
  }
  const auto stats = scratch.database().stats();
  EXPECT_GE(stats.checkpoints, 3U);
  EXPECT_LE(stats.log_bytes, 512U << 10);
  const auto log = scratch.options().path.string() + "-wal";
  EXPECT_TRUE(std::filesystem::exists(log));
  scratch.close();
  EXPECT_FALSE(std::filesystem::exists(log));
}

TEST(SqliteLog, GrowsWhileAReaderNeedsItAndBeginsAgainAfterwards) {
  SqliteOptions options;
  options.checkpoint_bytes = 256 << 10;
  options.restart_bytes = 1 << 20;
  Scratch scratch(std::move(options));
  ASSERT_TRUE(scratch.write(insertion(0, "first")));
  auto look = [&](Connection& c) -> Result<void> {
    TRY(c.each(Sql("SELECT name FROM {contract_rows}"), [](const Row&) {}));
    for (std::int64_t id = 1; id <= 150; ++id) {
      TRY(scratch.write(insertion(id, std::to_string(id) + std::string(10'000, 'x'))));
    }
    return {};
  };
  ASSERT_TRUE(net::run_sync(scratch.database().read(look)));
  EXPECT_GT(scratch.database().stats().log_bytes, 1U << 20);
  for (std::int64_t id = 151; id <= 250; ++id) {
    ASSERT_TRUE(scratch.write(insertion(id, std::to_string(id) + std::string(10'000, 'x'))));
  }
  EXPECT_LT(scratch.database().stats().log_bytes, 1U << 20);
}

TEST(SqliteWriter, RunsWhatIsQueuedBeforeItCloses) {
  Scratch scratch;
  std::latch held(1);
  std::latch release(1);
  std::vector<Task<void>> tasks;
  tasks.push_back(hold_writer(scratch.database(), held, release));
  std::vector<Result<void>> results(20, fail(ErrorCode::internal, "not answered"));
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto id = static_cast<std::int64_t>(i);
    tasks.push_back(write_into(scratch.database(), 1, insertion(id, std::to_string(id)), results[i]));
  }
  std::jthread running([&] { run_all(std::move(tasks)); });
  held.wait();
  while (scratch.database().stats().queue_length < results.size()) std::this_thread::yield();
  release.count_down();
  scratch.close();
  running.join();
  for (const auto& result : results) EXPECT_TRUE(result);
  scratch.reopen();
  EXPECT_EQ(scratch.rows(), 20);
}

}  // namespace
}  // namespace medialith::db
