#include "db/shared_clock.hpp"

#include <gtest/gtest.h>

#include "db/sqlite/testing/scratch.hpp"
#include "db/testing/renamed_database.hpp"

namespace medialith::db {
namespace {

TEST(SharedClock, OfSqliteIsTheServersOwn) {
  ManualClock own;
  Scratch scratch;
  SharedClock clock(scratch.database(), own);
  EXPECT_FALSE(scratch.database().is_shared());
  ASSERT_TRUE(net::run_sync(clock.refresh()));
  own.advance(std::chrono::seconds(3));
  own.jump(std::chrono::hours(1));
  EXPECT_EQ(clock.now(), own.now());
}

TEST(SharedClock, OfAnotherEngineIsTheDatabases) {
  ManualClock own({5});
  Scratch scratch;
  RenamedDatabase database(scratch.database());
  SharedClock clock(database, own);
  EXPECT_TRUE(database.is_shared());
  const SystemClock real;
  const Time before = real.now();
  ASSERT_TRUE(net::run_sync(clock.refresh()));
  const Time read = clock.now();
  EXPECT_GE(read + std::chrono::milliseconds(1), before);  // a day's fraction in floating point
  EXPECT_LE(read, real.now());
  own.jump(std::chrono::hours(1));
  EXPECT_EQ(clock.now(), read) << "whatever is done to our own";
  own.advance(std::chrono::seconds(3));
  EXPECT_EQ(clock.now(), read + std::chrono::seconds(3));
  database.down = true;
  EXPECT_FALSE(net::run_sync(clock.refresh()));
  EXPECT_EQ(clock.now(), read + std::chrono::seconds(3));
}

}  // namespace
}  // namespace medialith::db
