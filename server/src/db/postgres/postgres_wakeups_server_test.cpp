// Servers that wake each other: on a real PostgreSQL, and behind a real pooler.
#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/postgres/postgres_wakeups.hpp"
#include "db/postgres/testing/scratch.hpp"

namespace medialith::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr seconds kPatience{30};

/// One server's end.
class Ear {
 public:
  Ear(const std::string& url, const std::string& schema)
      : wakeups_(open_postgres_wakeups({.url = Secret(std::string_view(url)),
                                        .schema = schema,
                                        .on_told = [this] { note([this] { ++told_; }); },
                                        .on_listening =
                                            [this](const Result<void>& listening) {
                                              note([&] {
                                                listening ? ++connections_ : ++failures_;
                                                if (!listening) why_ = listening.error().message;
                                              });
                                            }},
                                       random_)) {}

  void tell() { wakeups_->tell(); }
  /// Waits until it listens for the `n`-th time, and has looked.
  bool listens(int n = 1) {
    return await([&] { return connections_ >= n && told_ >= n; });
  }
  bool fails() {
    return await([&] { return failures_ > 0; });
  }
  bool told(int n) {
    return await([&] { return told_ >= n; });
  }
  int count() {
    const std::scoped_lock lock(mutex_);
    return told_;
  }
  std::string why() {
    const std::scoped_lock lock(mutex_);
    return why_;
  }
  void leave() { wakeups_.reset(); }

 private:
  template <class F>
  void note(F change) {
    {
      const std::scoped_lock lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  template <class F>
  bool await(F condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }

  SystemRandom random_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int connections_ = 0;  // guarded by mutex_, as are:
  int failures_ = 0;
  int told_ = 0;
  std::string why_;
  std::unique_ptr<Wakeups> wakeups_;  // last: its thread uses the rest
};

TEST(PostgresWakeups, ReachTheOtherServersOfTheSchemaAndNobodyElse) {
  const std::string url = postgres_server().at("url");
  const std::string schema = next_schema();
  Ear a(url, schema);
  Ear b(url, schema);
  Ear c(url, schema);
  Ear stranger(url, next_schema());
  for (Ear* ear : {&a, &b, &c, &stranger}) ASSERT_TRUE(ear->listens());
  a.tell();
  EXPECT_TRUE(b.told(2));
  EXPECT_TRUE(c.told(2));
  b.tell();
  EXPECT_TRUE(a.told(2));
  EXPECT_TRUE(c.told(3));
  EXPECT_EQ(a.count(), 2) << "not by what it told itself";
  EXPECT_EQ(stranger.count(), 1);
}

TEST(PostgresWakeups, AreFewHoweverOftenSomethingIsTold) {
  const std::string url = postgres_server().at("url");
  const std::string schema = next_schema();
  Ear a(url, schema);
  Ear b(url, schema);
  ASSERT_TRUE(a.listens() && b.listens());
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < milliseconds(500)) a.tell();
  EXPECT_TRUE(b.told(3));
  const int count = b.count();  // before the time, by which there may have been more
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_LE(count - 1, took / kBetweenWakeups + 1);
}

TEST(PostgresWakeups, WhatIsToldLastIsSentBeforeTheServerGoes) {
  const std::string url = postgres_server().at("url");
  const std::string schema = next_schema();
  Ear a(url, schema);
  Ear b(url, schema);
  ASSERT_TRUE(a.listens() && b.listens());
  a.tell();
  a.leave();
  EXPECT_TRUE(b.told(2));
}

TEST(PostgresWakeups, ListenAgainAndLookWhenTheServerIsBack) {
  testing::RealServer server(MEDIALITH_SERVERS_DIR "/postgres.mjs");
  const std::string schema = next_schema();
  Ear a(server.at("url"), schema);
  Ear b(server.at("url"), schema);
  ASSERT_TRUE(a.listens() && b.listens());
  server.call("restart");
  ASSERT_TRUE(a.listens(2) && b.listens(2));
  const int before = b.count();
  a.tell();
  EXPECT_TRUE(b.told(before + 1));
}

TEST(PostgresWakeups, GoPastAPoolerByTheSecondUrl) {
  const std::string schema = next_schema();
  Ear pooled(pgbouncer_server().at("url"), schema);
  ASSERT_TRUE(pooled.fails());
  EXPECT_THAT(pooled.why(), HasSubstr("POSTGRES_URL_NON_POOLING"));
  pooled.tell();  // for nothing, and harmless
  Ear a(pgbouncer_server().at("direct"), schema);
  Ear b(pgbouncer_server().at("direct"), schema);
  ASSERT_TRUE(a.listens() && b.listens());
  a.tell();
  EXPECT_TRUE(b.told(2));
  EXPECT_EQ(pooled.count(), 0);
}

}  // namespace
}  // namespace medialith::db
