// What becomes of writes when the connection, the server or another writer is in their way.
#include <latch>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/postgres/testing/commit_proxy.hpp"
#include "db/postgres/testing/scratch.hpp"
#include "db/testing/run_all.hpp"

namespace medialith::db {
namespace {

using ::testing::HasSubstr;

/// A cluster that flushes, so that what it acknowledged survives its crash.
testing::RealServer& durable_server() {
  static testing::RealServer server(MEDIALITH_SERVERS_DIR "/postgres.mjs", {"--fsync=on"});
  return server;
}

PostgresOptions contract_options(const testing::RealServer& server) {
  PostgresOptions options = scratch_options(server);
  options.migrations = kPostgresContractMigrations;
  return options;
}

class Faults : public ::testing::Test {
 protected:
  std::unique_ptr<PostgresDatabase> open(PostgresOptions options) {
    return PostgresDatabase::open(std::move(options), random_).value();
  }
  static std::int64_t number(Database& db, const Statement& statement) {
    auto look = [&](Connection& c) { return c.find(statement, [](const Row& row) { return row.integer(0); }); };
    return net::run_sync(db.read(look)).value().value_or(-1);
  }
  static Result<void> insert(Database& db, std::int64_t id, const std::string& name) {
    return net::run_sync(db.write([&](Transaction& tx) -> Result<void> {
      return tx.ask({Statement("INSERT INTO {contract_rows} (id, name, n) VALUES ($1, $2, 0)", id, name)});
    }));
  }
  SystemRandom random_;
};

TEST_F(Faults, FiftyCommitsWhoseReplyIsLostAreDoneOnce) {
  CommitProxy proxy(static_cast<std::uint16_t>(std::stoi(postgres_server().at("port"))));
  PostgresOptions options = contract_options(postgres_server());
  options.url = Secret(fmt::format("postgres://medialith@127.0.0.1:{}/medialith", proxy.port()));
  auto db = open(std::move(options));
  ASSERT_TRUE(insert(*db, 1, "counter"));
  for (int i = 0; i < 50; ++i) {
    proxy.cut_next(i % 2 == 0 ? Cut::reply : Cut::commit);
    const auto done = net::run_sync(db->write([&](Transaction& tx) -> Result<void> {
      TRY(tx.ask({Statement("SELECT n FROM {contract_rows} WHERE id = 1").lock(Lock::rows)}));
      tx.later({"UPDATE {contract_rows} SET n = n + 1 WHERE id = 1"});
      return {};
    }));
    ASSERT_TRUE(done) << i << ": " << done.error().message << " " << done.error().detail;
  }
  EXPECT_EQ(proxy.cuts(), 50);
  EXPECT_EQ(number(*db, {"SELECT n FROM {contract_rows} WHERE id = 1"}), 50);
}

TEST_F(Faults, ACommitOfWhichNothingIsKnownIsSaidToBeUnknown) {
  CommitProxy proxy(static_cast<std::uint16_t>(std::stoi(postgres_server().at("port"))));
  PostgresOptions options = contract_options(postgres_server());
  options.url = Secret(fmt::format("postgres://medialith@127.0.0.1:{}/medialith", proxy.port()));
  auto db = open(std::move(options));
  proxy.cut_next(Cut::reply);
  const auto done = net::run_sync(db->write([](Transaction& tx) -> Result<void> {
    tx.later({"INSERT INTO {contract_rows} (id, name) VALUES (1, 'alone')"});  // no trip before COMMIT's
    return {};
  }));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::outcome_unknown);
  EXPECT_FALSE(done.error().retry_after);
  EXPECT_EQ(number(*db, {"SELECT count(*) FROM {contract_rows}"}), 1);
}

TEST_F(Faults, AConflictIsTriedSixTimesAndThenTold) {
  PostgresOptions options = contract_options(postgres_server());
  std::atomic<int> left = 100;
  options.faults.drop_group = [&] { return left-- > 0; };
  auto db = open(std::move(options));
  const auto done = insert(*db, 1, "a");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(done.error().retry_after);
  EXPECT_EQ(left, 100 - 6);
  left = 5;
  EXPECT_TRUE(insert(*db, 1, "a"));
  EXPECT_EQ(number(*db, {"SELECT count(*) FROM {contract_rows}"}), 1);
}

// Both look before either has written, as two servers do with one Idempotency-Key.
TEST_F(Faults, WhoLosesARaceForAnIndexRunsAgainAndMeetsTheWinner) {
  auto db = open(contract_options(postgres_server()));
  std::latch both(2);
  std::atomic<int> runs = 0;
  std::atomic<int> inserted = 0;
  std::atomic<int> met = 0;
  const auto take = [&](std::int64_t id) {
    const auto done = net::run_sync(db->write([&](Transaction& tx) -> Result<bool> {
      bool there = false;
      TRY(tx.ask({Sql("SELECT 1 FROM {contract_rows} WHERE name = 'key'"), [&](const Row&) { there = true; }}));
      if (++runs <= 2) both.arrive_and_wait();
      if (!there) tx.later({"INSERT INTO {contract_rows} (id, name) VALUES ($1, 'key')", id});
      return there;
    }));
    ASSERT_TRUE(done) << done.error().detail;
    *done ? ++met : ++inserted;
  };
  std::jthread other([&] { take(1); });
  take(2);
  other.join();
  EXPECT_EQ(inserted, 1);
  EXPECT_EQ(met, 1);
  EXPECT_EQ(runs, 3);
}

TEST_F(Faults, AnUnsafeServerIsRefused) {
  PostgresOptions options = contract_options(postgres_server());
  options.unsafe = UnsafeServer::refuse;
  const auto refused = PostgresDatabase::open(options, random_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::precondition_failed);
  EXPECT_THAT(refused.error().message, HasSubstr("fsync=off, full_page_writes=off"));
  options = contract_options(durable_server());
  options.unsafe = UnsafeServer::refuse;
  EXPECT_TRUE(PostgresDatabase::open(options, random_));
}

TEST_F(Faults, NobodyThereIsSaidInTime) {
  PostgresOptions options = contract_options(postgres_server());
  options.url = Secret(std::string_view("postgres://medialith@127.0.0.1:1/medialith"));
  const auto refused = PostgresDatabase::open(options, random_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

Task<void> look(Database& db, const Database::ReadFn& fn) {
  const Result<void> done = co_await db.run_read(ReadKind::long_read, fn);
  EXPECT_TRUE(done);
}

TEST_F(Faults, ItIsReadyAsLongAsAnyConnectionAnswers) {
  CommitProxy proxy(static_cast<std::uint16_t>(std::stoi(postgres_server().at("port"))));
  PostgresOptions options = contract_options(postgres_server());
  options.url = Secret(fmt::format("postgres://medialith@127.0.0.1:{}/medialith", proxy.port()));
  auto db = open(std::move(options));
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  const Database::ReadFn ask = [](Connection& c) { return c.each(Sql("SELECT 1"), [](const Row&) {}); };
  std::latch together(kPostgresConnections - 1);  // all threads but one get a connection
  const Database::ReadFn meet = [&](Connection& c) -> Result<void> {
    TRY(ask(c));
    together.count_down();
    while (!together.try_wait() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return {};
  };
  std::vector<Task<void>> reads;
  for (std::size_t i = 1; i < kPostgresConnections; ++i) reads.push_back(look(*db, meet));
  run_all(std::move(reads));
  proxy.refuse();
  const auto answers = [&] { return net::run_sync(db->run_read(ReadKind::long_read, ask)).has_value(); };
  while (answers()) ASSERT_LT(std::chrono::steady_clock::now(), until) << "the thread without a connection";
  EXPECT_FALSE(db->check());
  while (!answers()) ASSERT_LT(std::chrono::steady_clock::now(), until);
  EXPECT_TRUE(db->check());
}

struct Load {
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex;
  std::set<std::int64_t> acknowledged;  // guarded by mutex
  std::vector<Error> refused;           // guarded by mutex
};

Task<void> keep_writing(Database& db, Load& load) {
  while (!load.stop) {
    const std::int64_t id = ++load.next;
    const std::string name = std::to_string(id);
    auto fn = [&](Transaction& tx) -> Result<void> {
      TRY(tx.ask({Sql("SELECT count(*) FROM {contract_rows} WHERE id < 0")}));
      tx.later({"INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", id, name});
      return {};
    };
    const Result<void> done = co_await db.write(fn);
    const std::lock_guard lock(load.mutex);
    if (done) {
      load.acknowledged.insert(id);
    } else {
      load.refused.push_back(done.error());
    }
  }
}

void restart_under_load(Database& db, int restarts) {
  Load load;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 4; ++i) tasks.push_back(keep_writing(db, load));
  std::jthread writing([&] { run_all(std::move(tasks), 2); });
  for (int i = 0; i < restarts; ++i) {
    const std::int64_t before = load.next;
    while (load.next < before + 20) std::this_thread::yield();
    durable_server().call("restart");
  }
  load.stop = true;
  writing.join();
  std::set<std::int64_t> there;
  auto look = [&](Connection& c) {
    return c.each(Sql("SELECT id FROM {contract_rows}"), [&](const Row& row) { there.insert(row.integer(0)); });
  };
  ASSERT_TRUE(net::run_sync(db.read(look)));
  EXPECT_THAT(there, ::testing::IsSupersetOf(load.acknowledged));
  EXPECT_GE(load.acknowledged.size(), static_cast<std::size_t>(restarts) * 10);
  for (const Error& error : load.refused) {
    EXPECT_THAT(error.code, ::testing::AnyOf(ErrorCode::unavailable, ErrorCode::outcome_unknown)) << error.detail;
    EXPECT_EQ(error.retry_after.has_value(), error.code == ErrorCode::unavailable);
  }
}

TEST_F(Faults, RestartsOfTheServerLoseNothing) {
  auto db = open(contract_options(durable_server()));
  restart_under_load(*db, 3);
}

TEST_F(Faults, LongThirtyRestartsOfTheServerLoseNothing) {
  auto db = open(contract_options(durable_server()));
  restart_under_load(*db, 30);
}

}  // namespace
}  // namespace medialith::db
