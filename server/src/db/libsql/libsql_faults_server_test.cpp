// What is lost between the engine and a real sqld: 0 acknowledged writes lost, 0 doubled.
#include <atomic>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "db/libsql/testing/faulty_proxy.hpp"
#include "db/libsql/testing/scratch.hpp"
#include "db/testing/run_all.hpp"

namespace medialith::db {
namespace {

using Fault = FaultyProxy::Fault;
using ::testing::HasSubstr;

class LibsqlFaults : public ::testing::Test {
 protected:
  LibsqlFaults() {
    LibsqlOptions options{.endpoint = proxy_.endpoint(), .migrations = kLibsqlContractMigrations};
    database_ = LibsqlDatabase::open(std::move(options), sqld_.client(), clock_).value();
    EXPECT_TRUE(write([](Transaction& tx) -> Result<void> {
      tx.later(Statement("INSERT INTO {contract_rows} (id, name, n) VALUES (0, 'count', 0)"));
      return {};
    }));
  }

  Database& db() { return *database_; }
  FaultyProxy& proxy() { return proxy_; }
  void close() { database_.reset(); }
  Result<void> write(const Database::WriteFn& fn) { return net::run_sync(db().run_write(100, fn)); }
  /// Two trips: what it adds to is read first.
  Result<void> add_one() {
    return write([this](Transaction& tx) -> Result<void> {
      ++runs_;
      std::int64_t n = -1;
      TRY(tx.ask({Statement("SELECT n FROM {contract_rows} WHERE id = 0").lock(Lock::rows),
                  [&](const Row& row) { n = row.integer(0); }}));
      tx.later(Statement("UPDATE {contract_rows} SET n = $1 WHERE id = 0", n + 1));
      return {};
    });
  }
  /// One trip.
  Result<void> add_one_blindly() {
    return write([this](Transaction& tx) -> Result<void> {
      ++runs_;
      tx.later(Statement("UPDATE {contract_rows} SET n = n + 1 WHERE id = 0"));
      return {};
    });
  }
  std::int64_t number() {
    const auto look = [](Connection& c) {
      return c.find(Sql("SELECT n FROM {contract_rows} WHERE id = 0"), [](const Row& row) { return row.integer(0); });
    };
    const auto found = net::run_sync(db().read(look));
    EXPECT_TRUE(found) << (found ? "" : found.error().detail);
    return found && *found ? **found : -1;
  }
  int runs() const { return runs_; }

 private:
  EmptySqld sqld_;
  SystemClock clock_;
  FaultyProxy proxy_{sqld_.endpoint(), *sqld_.client()};
  std::atomic<int> runs_ = 0;
  std::unique_ptr<LibsqlDatabase> database_;
};

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode::internal : result.error().code; }

TEST_F(LibsqlFaults, FiftyLostAnswersToCommitAreUnknownAndNoneIsDoubled) {
  for (int i = 1; i <= 50; ++i) {
    proxy().arm(Fault::drop_reply, "COMMIT");
    const Result<void> done = i % 2 == 0 ? add_one() : add_one_blindly();
    ASSERT_EQ(code_of(done), ErrorCode::outcome_unknown) << i;
    ASSERT_EQ(runs(), i) << "silently repeated";
    ASSERT_EQ(number(), i);
  }
  EXPECT_EQ(db().stats().reruns, 0U);
}

TEST_F(LibsqlFaults, ACommitThatMayNotHaveArrivedIsUnknownToo) {
  for (const Fault fault : {Fault::drop_request, Fault::hang, Fault::fail}) {
    proxy().arm(fault, "COMMIT");
    const std::int64_t before = number();
    const Result<void> done = add_one_blindly();
    ASSERT_EQ(code_of(done), ErrorCode::outcome_unknown);
    EXPECT_EQ(number(), before + (fault == Fault::drop_request ? 0 : 1));
  }
  EXPECT_EQ(runs(), 3);
}

TEST_F(LibsqlFaults, WhatIsLostBeforeCommitRunsAgain) {
  int expected = 0;
  for (const Fault fault : {Fault::drop_request, Fault::drop_reply, Fault::fail}) {
    proxy().arm(fault, "SELECT n FROM");
    const Result<void> done = add_one();
    ASSERT_TRUE(done) << done.error().detail;
    ++expected;
    EXPECT_EQ(runs(), 2 * expected);
    EXPECT_EQ(number(), expected);
  }
}

TEST_F(LibsqlFaults, AStreamThatHasExpiredRunsAgain) {
  proxy().arm(Fault::expire, "COMMIT");
  const Result<void> done = add_one();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(runs(), 2);
  EXPECT_EQ(number(), 1);
  EXPECT_EQ(db().stats().reruns, 1U);
}

TEST_F(LibsqlFaults, ATransactionThatLostItsLockRunsAgain) {
  // The first run waits until another server's write, which waits for the lock, has got it.
  std::atomic<bool> first = true;
  const Result<void> done = write([&](Transaction& tx) -> Result<void> {
    std::int64_t n = -1;
    TRY(tx.ask({Statement("SELECT n FROM {contract_rows} WHERE id = 0"), [&](const Row& row) { n = row.integer(0); }}));
    if (first.exchange(false)) {
      Sqld(proxy().endpoint()).run("BEGIN IMMEDIATE; UPDATE contract_rows SET n = 10 WHERE id = 0; COMMIT;");
    }
    tx.later(Statement("UPDATE {contract_rows} SET n = $1 WHERE id = 0", n + 1));
    return {};
  });
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(number(), 11) << "the lost run must not have had an effect";
  EXPECT_EQ(db().stats().reruns, 1U);
}

TEST_F(LibsqlFaults, ATransactionThatIsAlwaysUndoneGivesUp) {
  proxy().arm(Fault::expire, "COMMIT", 100);
  const Result<void> done = add_one();
  ASSERT_EQ(code_of(done), ErrorCode::unavailable);
  EXPECT_EQ(runs(), 5);
  proxy().arm(Fault::expire, "", 0);
  EXPECT_EQ(number(), 0);
}

TEST_F(LibsqlFaults, ARefusedTokenIsNoReasonToTryAgain) {
  proxy().arm(Fault::refuse, "COMMIT");
  const Result<void> done = add_one_blindly();
  ASSERT_EQ(code_of(done), ErrorCode::unavailable);
  EXPECT_THAT(done.error().detail, HasSubstr("401"));
  EXPECT_EQ(runs(), 1);
  EXPECT_EQ(number(), 0);
}

TEST_F(LibsqlFaults, AReadRunsAgainWhatever) {
  for (const Fault fault : {Fault::drop_request, Fault::drop_reply, Fault::fail}) {
    proxy().arm(fault, "SELECT n FROM");
    EXPECT_EQ(number(), 0);
    EXPECT_EQ(proxy().left(), 0);
  }
}

Task<void> insert_one(Database& db, std::int64_t id, std::vector<Result<void>>& results) {
  const std::string name = "row " + std::to_string(id);
  auto fn = [&](Transaction& tx) -> Result<void> {
    TRY(tx.ask({Statement("SELECT n FROM {contract_rows} WHERE id = 0")}));
    tx.later(Statement("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", id, name));
    tx.later(Statement("UPDATE {contract_rows} SET n = n + 1 WHERE id = 0"));
    return {};
  };
  results[static_cast<std::size_t>(id)] = co_await db.write(fn);
}

std::set<std::int64_t> ids(Database& db) {
  const auto look = [](Connection& c) {
    return c.all(Sql("SELECT id FROM {contract_rows} WHERE id > 0"), [](const Row& row) { return row.integer(0); });
  };
  const auto found = net::run_sync(db.read(look)).value();
  return {found.begin(), found.end()};
}

// The COMMIT of one write travels with the BEGIN of the next: one trip lost is two writes in different states.
TEST_F(LibsqlFaults, QueuedWritesLoseOnlyWhatTheirOwnTripLost) {
  constexpr std::int64_t kWrites = 100;
  std::vector<Result<void>> results(kWrites + 1);
  std::vector<Task<void>> tasks;
  for (std::int64_t id = 1; id <= kWrites; ++id) tasks.push_back(insert_one(db(), id, results));
  proxy().arm(Fault::drop_reply, "row 50");
  const DatabaseStats before = db().stats();
  run_all(std::move(tasks));
  const DatabaseStats after = db().stats();

  const std::set<std::int64_t> there = ids(db());
  std::int64_t unknown = 0;
  for (std::int64_t id = 1; id <= kWrites; ++id) {
    const Result<void>& result = results[static_cast<std::size_t>(id)];
    if (result) {
      EXPECT_TRUE(there.contains(id)) << "acknowledged and lost: " << id;
    } else {
      EXPECT_EQ(result.error().code, ErrorCode::outcome_unknown);
      ++unknown;
    }
  }
  EXPECT_EQ(unknown, 1);
  EXPECT_EQ(number(), static_cast<std::int64_t>(there.size())) << "an effect without its row, or twice";
  EXPECT_EQ(after.reruns - before.reruns, 1U) << "the write whose BEGIN was lost with the COMMIT";
  EXPECT_LT(after.round_trips - before.round_trips, static_cast<std::uint64_t>(kWrites) + 20);
  EXPECT_EQ(after.most_round_trips, 2U);
}

TEST_F(LibsqlFaults, AServerThatRestartedIsFoundAgain) {
  sqld_server().call("restart");
  ASSERT_TRUE(add_one());
  EXPECT_EQ(number(), 1);
  EXPECT_TRUE(db().check());
}

TEST(LibsqlDown, IsUnavailable) {
  std::shared_ptr<http_client::Client> client = http_client::Client::open().value();
  const SystemClock clock;
  const LibsqlOptions options{.endpoint = parse_libsql_url("http://127.0.0.1:1", Secret()).value()};
  const auto database = LibsqlDatabase::open(options, client, clock);
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace medialith::db
