// What every engine does the same. An engine joins with one line in a test file of its own:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, DatabaseContract, SqliteEngine);
//
// The type is default-constructible and offers
//   Database& database();          with an empty table
//       contract_rows (id 64-bit primary key, name text not null, n 64-bit, r double, flag bool, j json, b bytes,
//                      at time, price decimal)   and a unique index contract_rows_name on (name)
//   void drop_next_transaction();  the next transaction fails at its end in the way that makes fn run again
//   std::size_t writers();         writes that run at the same time
//   std::size_t queue_limit();     writes that may wait for them
#pragma once

#include <atomic>
#include <latch>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/database.hpp"
#include "db/testing/run_all.hpp"
#include "net/runtime.hpp"

namespace medialith::db {

template <class Engine>
class DatabaseContract : public ::testing::Test {
 protected:
  Database& db() { return engine_.database(); }
  Engine& engine() { return engine_; }

  template <class F>
  auto write(F fn) {
    return net::run_sync(db().write(std::move(fn)));
  }
  template <class F>
  auto read(F fn) {
    return net::run_sync(db().read(std::move(fn)));
  }
  Result<void> insert(std::int64_t id, std::string_view name) {
    return write([&](Transaction& tx) -> Result<void> { return tx.ask(insertion(id, name)); });
  }
  std::int64_t count() {
    auto found = read([](Connection& c) {
      return c.find(Sql("SELECT count(*) FROM {contract_rows}"), [](const Row& row) { return row.integer(0); });
    });
    return found.value().value();
  }
  std::vector<std::string> names() {
    auto found = read([](Connection& c) {
      return c.all(Sql("SELECT name FROM {contract_rows} ORDER BY id"),
                   [](const Row& row) { return std::string(row.text(0)); });
    });
    return found.value();
  }
  static Question insertion(std::int64_t id, std::string_view name) { return {insert_statement(id, name)}; }
  static Statement insert_statement(std::int64_t id, std::string_view name) {
    return Statement("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", id, name);
  }

 private:
  Engine engine_;
};

namespace contract {

inline Task<void> insert_many(Database& db, std::int64_t first, std::int64_t n, std::atomic<int>& failures) {
  for (std::int64_t id = first; id < first + n; ++id) {
    const std::string name = "row " + std::to_string(id);
    auto fn = [&](Transaction& tx) -> Result<void> {
      tx.later(Statement("INSERT INTO {contract_rows} (id, name, n) VALUES ($1, $2, $1)", id, name));
      return {};
    };
    const Result<void> done = co_await db.write(fn);
    if (!done) ++failures;
  }
}

// Inserts, and is refused by its own rule when the id is odd.
inline Task<void> insert_if_even(Database& db, std::int64_t id, std::atomic<int>& wrong) {
  const std::string name = std::to_string(id);
  auto fn = [&](Transaction& tx) -> Result<void> {
    TRY(tx.ask({Statement("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", id, name)}));
    if (id % 2 == 1) return fail(ErrorCode::forbidden, "odd");
    return {};
  };
  const Result<void> done = co_await db.write(fn);
  const bool right = id % 2 == 0 ? done.has_value() : (!done && done.error().code == ErrorCode::forbidden);
  if (!right) ++wrong;
}

// The first to come inserts; the others are refused, and by then the row must be there for everybody.
inline Task<void> claim_name(Database& db, std::int64_t id, std::string name, std::atomic<int>& wrong) {
  auto fn = [&](Transaction& tx) -> Result<void> {
    return tx.ask({Statement("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", id, name)});
  };
  const Result<void> done = co_await db.write(fn);
  if (!done && done.error().code != ErrorCode::already_exists) ++wrong;
  auto look = [&](Connection& c) {
    return c.find(Statement("SELECT id FROM {contract_rows} WHERE name = $1", name),
                  [](const Row& row) { return row.integer(0); });
  };
  const auto found = co_await db.read(look);
  if (!found || !*found) ++wrong;
}

inline Task<void> hold(Database& db, std::latch& started, std::latch& release) {
  auto fn = [&](Transaction&) -> Result<void> {
    started.count_down();
    release.wait();
    return {};
  };
  (void)co_await db.write(fn);
}

inline Task<void> note_outcome(Database& db, std::atomic<int>& answered, std::vector<Error>& refused) {
  auto fn = [](Transaction&) -> Result<void> { return {}; };
  const Result<void> done = co_await db.write(fn);
  ++answered;
  if (!done) refused.push_back(done.error());
}

}  // namespace contract

TYPED_TEST_SUITE_P(DatabaseContract);

TYPED_TEST_P(DatabaseContract, EveryTypeComesBackAsItWent) {
  const std::byte raw[] = {std::byte{0}, std::byte{0xff}, std::byte{'\''}};
  const std::string json = R"({"b": 1.50, "a": [1, null]})";
  ASSERT_TRUE(this->write([&](Transaction& tx) -> Result<void> {
    return tx.ask(
        {Statement("INSERT INTO {contract_rows} (id, name, n, r, flag, j, b, at, price) "
                   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                   1, std::string_view("héllo 🌍"), std::numeric_limits<std::int64_t>::min(), 0.1, true, Json{json},
                   Bytes{raw}, Time{-1}, Decimal{"0.0250"})});
  }));
  bool seen = false;
  ASSERT_TRUE(this->read([&](Connection& c) {
    return c.each(Sql("SELECT name, n, r, flag, j, b, at, price FROM {contract_rows}"), [&](const Row& row) {
      seen = true;
      EXPECT_EQ(row.text(0), "héllo 🌍");
      EXPECT_EQ(row.integer(1), std::numeric_limits<std::int64_t>::min());
      EXPECT_EQ(row.real(2), 0.1);
      EXPECT_TRUE(row.boolean(3));
      EXPECT_EQ(row.text(4), json);
      EXPECT_THAT(row.bytes(5), ::testing::ElementsAreArray(raw));
      EXPECT_EQ(row.time(6), Time{-1});
      EXPECT_EQ(row.text(7), "0.0250");
    });
  }));
  EXPECT_TRUE(seen);
}

TYPED_TEST_P(DatabaseContract, NullIsNullAndEmptyIsNot) {
  ASSERT_TRUE(this->write([&](Transaction& tx) -> Result<void> {
    return tx.ask({Statement("INSERT INTO {contract_rows} (id, name, n, j, b) VALUES ($1, $2, $3, $4, $5)", 1,
                             std::string_view(), Null{}, maybe(std::optional<std::string>()), Bytes{{}})});
  }));
  bool seen = false;
  ASSERT_TRUE(this->read([&](Connection& c) {
    return c.each(Sql("SELECT name, n, j, b, at FROM {contract_rows}"), [&](const Row& row) {
      seen = true;
      EXPECT_FALSE(row.is_null(0));
      EXPECT_EQ(row.text(0), "");
      EXPECT_EQ(row.maybe_integer(1), std::nullopt);
      EXPECT_EQ(row.maybe_text(2), std::nullopt);
      EXPECT_FALSE(row.is_null(3));
      EXPECT_TRUE(row.bytes(3).empty());
      EXPECT_EQ(row.maybe_time(4), std::nullopt);
    });
  }));
  EXPECT_TRUE(seen);
}

TYPED_TEST_P(DatabaseContract, BigValuesComeBackWhole) {
  const std::string text(9 << 20, 'x');
  const std::vector<std::byte> bytes(5 << 20, std::byte{0xa5});
  ASSERT_TRUE(net::run_sync(this->db().write(
      [&](Transaction& tx) -> Result<void> {
        return tx.ask(
            {Statement("INSERT INTO {contract_rows} (id, name, b) VALUES ($1, $2, $3)", 1, text, Bytes{bytes})});
      },
      text.size() + bytes.size())));
  ASSERT_TRUE(this->read([&](Connection& c) {
    return c.each(Sql("SELECT name, b FROM {contract_rows}"), [&](const Row& row) {
      EXPECT_TRUE(row.text(0) == text);
      EXPECT_TRUE(std::ranges::equal(row.bytes(1), bytes));
    });
  }));
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST_P(DatabaseContract, PlaceholdersAreBoundByNameAndStatementsComposed) {
  for (std::int64_t id = 1; id <= 5; ++id) ASSERT_TRUE(this->insert(id, "row " + std::to_string(id)));
  auto found = this->read([](Connection& c) {
    Statement statement("SELECT $2, $1, $2 FROM {contract_rows} WHERE id >= $1", 2, std::string_view("two"));
    statement.append(" AND id < ").append_value(4).append(" ORDER BY id");
    return c.all(statement, [](const Row& row) {
      return std::string(row.text(0)) + std::to_string(row.integer(1)) + std::string(row.text(2));
    });
  });
  EXPECT_THAT(found.value(), ::testing::ElementsAre("two2two", "two2two"));
}

TYPED_TEST_P(DatabaseContract, AWrongNumberOfValuesIsOurMistake) {
  auto done = this->read([](Connection& c) {
    return c.each(Statement("SELECT name FROM {contract_rows} WHERE id = $1 AND n = $2", 1), [](const Row&) {});
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::internal);
}

TYPED_TEST_P(DatabaseContract, FindTakesTheFirstRowAndNothingWhenThereIsNone) {
  ASSERT_TRUE(this->insert(1, "a"));
  ASSERT_TRUE(this->insert(2, "b"));
  auto name = [](const Row& row) { return std::string(row.text(0)); };
  auto first =
      this->read([&](Connection& c) { return c.find(Sql("SELECT name FROM {contract_rows} ORDER BY id"), name); });
  EXPECT_EQ(first.value(), "a");
  auto none =
      this->read([&](Connection& c) { return c.find(Sql("SELECT name FROM {contract_rows} WHERE id = 9"), name); });
  EXPECT_EQ(none.value(), std::nullopt);
}

TYPED_TEST_P(DatabaseContract, AReadCannotWrite) {
  auto done = this->read([](Connection& c) {
    return c.each(Sql("INSERT INTO {contract_rows} (id, name) VALUES (1, 'x')"), [](const Row&) {});
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(this->count(), 0);
}

TYPED_TEST_P(DatabaseContract, AReadSeesOneViewThroughout) {
  ASSERT_TRUE(this->insert(1, "a"));
  std::vector<std::int64_t> counts;
  ASSERT_TRUE(this->read([&](Connection& c) -> Result<void> {
    auto look = [&] {
      return c.each(Sql("SELECT count(*) FROM {contract_rows}"),
                    [&](const Row& row) { counts.push_back(row.integer(0)); });
    };
    TRY(look());
    std::thread([&] { ASSERT_TRUE(this->insert(2, "b")); }).join();
    return look();
  }));
  EXPECT_THAT(counts, ::testing::ElementsAre(1, 1));
  EXPECT_EQ(this->count(), 2);
}

TYPED_TEST_P(DatabaseContract, StatementsSeeWhatEarlierOnesDid) {
  auto seen = this->write([&](Transaction& tx) -> Result<std::int64_t> {
    TRY(tx.ask(this->insertion(1, "a")));
    tx.later(this->insert_statement(2, "b"));
    std::int64_t n = 0;
    const Question questions[] = {
        this->insertion(3, "c"),
        {Sql("SELECT count(*) FROM {contract_rows}"), [&](const Row& row) { n = row.integer(0); }}};
    TRY(tx.ask(questions));
    return n;
  });
  EXPECT_EQ(seen.value(), 3);
}

TYPED_TEST_P(DatabaseContract, ChangesCountsTheLastStatementsRows) {
  for (std::int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(this->insert(id, std::to_string(id)));
  std::vector<std::int64_t> changes;
  ASSERT_TRUE(this->write([&](Transaction& tx) -> Result<void> {
    changes.clear();
    TRY(tx.ask({Statement("UPDATE {contract_rows} SET n = 1 WHERE id > $1", 1)}));
    changes.push_back(tx.changes());
    TRY(tx.ask({Sql("SELECT name FROM {contract_rows}")}));
    changes.push_back(tx.changes());
    TRY(tx.ask({Statement("DELETE FROM {contract_rows} WHERE id = $1", 99)}));
    changes.push_back(tx.changes());
    return {};
  }));
  EXPECT_THAT(changes, ::testing::ElementsAre(2, 0, 0));
}

TYPED_TEST_P(DatabaseContract, AnErrorOfFnUndoesAllItDid) {
  auto done = this->write([&](Transaction& tx) -> Result<int> {
    TRY(tx.ask(this->insertion(1, "a")));
    tx.later(this->insert_statement(2, "b"));
    return fail(ErrorCode::version_conflict, "stale");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::version_conflict);
  EXPECT_EQ(done.error().message, "stale");
  EXPECT_EQ(this->count(), 0);
}

TYPED_TEST_P(DatabaseContract, AnExceptionOfFnUndoesAllItDid) {
  auto done = this->write([&](Transaction& tx) -> Result<void> {
    TRY(tx.ask(this->insertion(1, "a")));
    throw std::bad_alloc();
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::internal);
  EXPECT_EQ(this->count(), 0);
}

TYPED_TEST_P(DatabaseContract, AnErrorUndoesItsOwnWriteOnly) {
  std::atomic<int> wrong = 0;
  std::vector<Task<void>> tasks;
  for (std::int64_t id = 0; id < 200; ++id) tasks.push_back(contract::insert_if_even(this->db(), id, wrong));
  run_all(std::move(tasks));
  EXPECT_EQ(wrong, 0);
  const auto names = this->names();
  ASSERT_EQ(names.size(), 100U);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], std::to_string(2 * i));
}

TYPED_TEST_P(DatabaseContract, AUniqueIndexAnswersWithItsName) {
  ASSERT_TRUE(this->insert(1, "taken"));
  auto done = this->insert(2, "taken");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::already_exists);
  EXPECT_THAT(done.error().detail, ::testing::StartsWith("contract_rows_name"));
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST_P(DatabaseContract, AnotherConstraintIsOurMistake) {
  auto done = this->write([](Transaction& tx) -> Result<void> {
    return tx.ask({Statement("INSERT INTO {contract_rows} (id, name) VALUES ($1, $2)", 1, Null{})});
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::internal);
}

TYPED_TEST_P(DatabaseContract, WhatIsPutOffFailsAtTheNextAsk) {
  ASSERT_TRUE(this->insert(1, "taken"));
  auto done = this->write([&](Transaction& tx) -> Result<void> {
    tx.later(this->insert_statement(2, "taken"));
    auto asked = tx.ask(this->insertion(3, "free"));
    EXPECT_FALSE(asked);
    return asked;
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::already_exists);
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST_P(DatabaseContract, WhatIsPutOffFailsAtCommit) {
  ASSERT_TRUE(this->insert(1, "taken"));
  auto done = this->write([&](Transaction& tx) -> Result<void> {
    tx.later(this->insert_statement(2, "free"));
    tx.later(this->insert_statement(3, "taken"));
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::already_exists);
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST_P(DatabaseContract, NothingRunsAfterAnError) {
  ASSERT_TRUE(this->insert(1, "taken"));
  auto done = this->write([&](Transaction& tx) -> Result<void> {
    EXPECT_FALSE(tx.ask(this->insertion(2, "taken")));
    EXPECT_FALSE(tx.ask(this->insertion(3, "free")));
    return {};  // as if nothing had happened
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::already_exists);
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST_P(DatabaseContract, WhereATextIsEmptyNothingIsDone) {
  ASSERT_TRUE(this->write([&](Transaction& tx) -> Result<void> {
    Statement here(Sql("INSERT INTO {contract_rows} (id, name) VALUES ($1, 'x'", on_postgres("")), 1);
    Statement there(Sql("", on_postgres("INSERT INTO {contract_rows} (id, name) VALUES ($1, 'x'")), 1);
    tx.later(here.append(")"));
    std::int64_t n = 0;
    const Question questions[] = {
        {there.append(")")},
        {Sql("SELECT count(*) FROM {contract_rows}"), [&](const Row& row) { n = row.integer(0); }}};
    TRY(tx.ask(questions));
    EXPECT_EQ(n, 1);
    return {};
  }));
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST_P(DatabaseContract, WhatIsPutOffKeepsItsValues) {
  ASSERT_TRUE(this->write([&](Transaction& tx) -> Result<void> {
    for (std::int64_t id = 1; id <= 3; ++id) {
      std::string name = "a name that does not fit into the string itself " + std::to_string(id);
      tx.later(this->insert_statement(id, name));
      std::ranges::fill(name, '#');
    }
    return tx.ask({Sql("SELECT 1")});
  }));
  EXPECT_THAT(this->names(), ::testing::Each(::testing::StartsWith("a name that")));
}

TYPED_TEST_P(DatabaseContract, FnRunsAgainAndAnswersOnce) {
  this->engine().drop_next_transaction();
  const DatabaseStats before = this->db().stats();
  int runs = 0;
  int answers = 0;
  auto done = this->write([&](Transaction& tx) -> Result<int> {
    ++runs;
    TRY(tx.ask(this->insertion(1, "once")));
    return runs;
  });
  ++answers;
  EXPECT_EQ(done.value(), 2);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(this->db().stats().reruns - before.reruns, 1U);
  EXPECT_EQ(this->count(), 1);
}

TYPED_TEST_P(DatabaseContract, AMutationIsTwoTrips) {
  const DatabaseStats before = this->db().stats();
  ASSERT_TRUE(this->write([&](Transaction& tx) -> Result<void> {
    const Question questions[] = {{Sql("SELECT n FROM {contract_rows}")},
                                  {Statement("SELECT name FROM {contract_rows} WHERE id = $1", 1).lock(Lock::rows)}};
    TRY(tx.ask(questions));
    tx.later(this->insert_statement(1, "a"));
    tx.later(this->insert_statement(2, "b"));
    return {};
  }));
  const DatabaseStats after = this->db().stats();
  EXPECT_EQ(after.round_trips - before.round_trips, 2U);
  EXPECT_EQ(after.writes - before.writes, 1U);
  EXPECT_EQ(after.most_round_trips, 2U);
}

TYPED_TEST_P(DatabaseContract, EveryAskIsATrip) {
  const DatabaseStats before = this->db().stats();
  ASSERT_TRUE(this->write([&](Transaction& tx) -> Result<void> {
    TRY(tx.ask({Sql("SELECT 1")}));
    tx.later(this->insert_statement(1, "a"));
    return tx.ask({Sql("SELECT 2")});
  }));
  EXPECT_EQ(this->db().stats().round_trips - before.round_trips, 3U);
  EXPECT_EQ(this->db().stats().most_round_trips, 3U);
  ASSERT_TRUE(this->write([](Transaction&) -> Result<void> { return {}; }));
  EXPECT_EQ(this->db().stats().round_trips - before.round_trips, 3U) << "a write without statements sends nothing";
}

TYPED_TEST_P(DatabaseContract, AFullQueueRefusesAtOnce) {
  const std::size_t writers = this->engine().writers();
  const std::size_t limit = this->engine().queue_limit();
  std::latch started(static_cast<std::ptrdiff_t>(writers));
  std::latch release(1);
  std::vector<std::jthread> holding;
  for (std::size_t i = 0; i < writers; ++i) {
    holding.emplace_back([&] { net::run_sync(contract::hold(this->db(), started, release)); });
  }
  started.wait();
  std::atomic<int> answered = 0;
  std::vector<Error> refused;
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < limit + 1; ++i) tasks.push_back(contract::note_outcome(this->db(), answered, refused));
  std::jthread waiting([&] { run_all(std::move(tasks)); });
  while (answered == 0) std::this_thread::yield();
  EXPECT_EQ(this->db().stats().queue_length, limit);
  release.count_down();
  waiting.join();
  EXPECT_EQ(answered, static_cast<int>(limit) + 1);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].code, ErrorCode::overloaded);
  EXPECT_EQ(refused[0].retry_after, std::chrono::seconds(1));
}

TYPED_TEST_P(DatabaseContract, SixtyFourWritersLoseNothing) {
  constexpr std::int64_t kWriters = 64;
  constexpr std::int64_t kEach = 1000;
  std::atomic<int> failures = 0;
  std::vector<Task<void>> tasks;
  for (std::int64_t writer = 0; writer < kWriters; ++writer) {
    tasks.push_back(contract::insert_many(this->db(), writer * kEach, kEach, failures));
  }
  run_all(std::move(tasks), 2);
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(this->count(), kWriters * kEach);
  EXPECT_EQ(this->db().stats().writes, static_cast<std::uint64_t>(kWriters * kEach));
  EXPECT_EQ(this->db().stats().queue_length, 0U);
}

TYPED_TEST_P(DatabaseContract, ARefusalRestsOnWhatIsCommitted) {
  std::atomic<int> wrong = 0;
  std::vector<Task<void>> tasks;
  for (std::int64_t id = 0; id < 512; ++id) {
    tasks.push_back(contract::claim_name(this->db(), id, std::to_string(id % 128), wrong));
  }
  run_all(std::move(tasks), 2);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(this->count(), 128);
}

TYPED_TEST_P(DatabaseContract, ALongReadAnswersToo) {
  ASSERT_TRUE(this->insert(1, "a"));
  auto found = net::run_sync(this->db().read(
      [](Connection& c) {
        return c.find(Sql("SELECT name FROM {contract_rows}"), [](const Row& row) { return std::string(row.text(0)); });
      },
      ReadKind::long_read));
  EXPECT_EQ(found.value(), "a");
}

TYPED_TEST_P(DatabaseContract, IsReady) { EXPECT_TRUE(this->db().check()); }

REGISTER_TYPED_TEST_SUITE_P(DatabaseContract, EveryTypeComesBackAsItWent, NullIsNullAndEmptyIsNot,
                            BigValuesComeBackWhole, PlaceholdersAreBoundByNameAndStatementsComposed,
                            AWrongNumberOfValuesIsOurMistake, FindTakesTheFirstRowAndNothingWhenThereIsNone,
                            AReadCannotWrite, AReadSeesOneViewThroughout, StatementsSeeWhatEarlierOnesDid,
                            ChangesCountsTheLastStatementsRows, AnErrorOfFnUndoesAllItDid,
                            AnExceptionOfFnUndoesAllItDid, AnErrorUndoesItsOwnWriteOnly, AUniqueIndexAnswersWithItsName,
                            AnotherConstraintIsOurMistake, WhatIsPutOffFailsAtTheNextAsk, WhatIsPutOffFailsAtCommit,
                            NothingRunsAfterAnError, WhereATextIsEmptyNothingIsDone, WhatIsPutOffKeepsItsValues,
                            FnRunsAgainAndAnswersOnce, AMutationIsTwoTrips, EveryAskIsATrip, AFullQueueRefusesAtOnce,
                            SixtyFourWritersLoseNothing, ARefusalRestsOnWhatIsCommitted, ALongReadAnswersToo, IsReady);

}  // namespace medialith::db
