#include "db/testing/faulty_database.hpp"

#include <map>

#include <gtest/gtest.h>

#include "db/sqlite/testing/gate.hpp"
#include "db/sqlite/testing/scratch.hpp"

namespace medialith::db {
namespace {

// What became of 300 insertions, one after the other.
std::map<std::int64_t, Result<void>> insert_300(Database& db) {
  std::map<std::int64_t, Result<void>> results;
  for (std::int64_t id = 1; id <= 300; ++id) {
    results[id] = net::run_sync(db.run_write(10, insertion(id, std::to_string(id))));
  }
  return results;
}

bool is_there(Database& db, std::int64_t id) {
  auto fn = [&](Connection& c) {
    return c.find(Statement("SELECT 1 FROM {contract_rows} WHERE id = $1", id), [](const Row&) { return true; });
  };
  return net::run_sync(db.read(fn)).value().has_value();
}

TEST(FaultyDatabase, AnswersTruthfullyWhenItAnswersForSure) {
  Scratch scratch;
  FaultyDatabase faulty(scratch.database(), 42,
                        {.refused = 100, .lost = 100, .unknown = 100, .rerun = 100, .late = 100});
  std::map<ErrorCode, int> seen;
  int unknown_there = 0;
  for (const auto& [id, result] : insert_300(faulty)) {
    const bool there = is_there(scratch.database(), id);
    if (result) {
      EXPECT_TRUE(there) << id;
      continue;
    }
    ++seen[result.error().code];
    if (result.error().code == ErrorCode::outcome_unknown) {
      unknown_there += there ? 1 : 0;
    } else {
      EXPECT_FALSE(there) << id;
    }
  }
  EXPECT_GT(seen[ErrorCode::unavailable], 0);
  EXPECT_GT(seen[ErrorCode::overloaded], 0);
  EXPECT_GT(unknown_there, 0);
  EXPECT_GT(seen[ErrorCode::outcome_unknown], unknown_there);
}

TEST(FaultyDatabase, RepeatsItselfBySeed) {
  std::vector<std::vector<bool>> runs;
  for (const std::uint64_t seed : {7U, 7U, 8U}) {
    Scratch scratch;
    FaultyDatabase faulty(scratch.database(), seed, {.refused = 200, .lost = 200});
    std::vector<bool> kept;
    for (const auto& [id, result] : insert_300(faulty)) kept.push_back(result.has_value());
    runs.push_back(std::move(kept));
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_NE(runs[0], runs[2]);
}

TEST(FaultyDatabase, RunsFnAgain) {
  Scratch scratch;
  FaultyDatabase faulty(scratch.database(), 1, {.rerun = 1000});
  int runs = 0;
  auto fn = [&](Transaction&) -> Result<int> { return ++runs; };
  EXPECT_EQ(net::run_sync(faulty.write(fn)).value(), 2);
}

TEST(FaultyDatabase, RefusesReads) {
  Scratch scratch;
  FaultyDatabase faulty(scratch.database(), 1, {.read_refused = 1000});
  auto fn = [](Connection&) -> Result<void> { return {}; };
  EXPECT_FALSE(net::run_sync(faulty.read(fn)));
}

}  // namespace
}  // namespace medialith::db
