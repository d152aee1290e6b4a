// Migrations of servers that start together or are of different age, whose schema it is, and full text.
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/postgres/session.hpp"
#include "db/postgres/testing/scratch.hpp"
#include "db/sqlite/testing/scratch.hpp"

namespace medialith::db {
namespace {

using ::testing::HasSubstr;

constexpr std::array kNewer = {
    kPostgresContractMigrations[0],
    Migration{.number = 2, .name = "more", .sql = "-- adding-only\nCREATE TABLE {more} (id bigint);", .sha256 = "c1"}};
constexpr std::array kOther = {
    kPostgresContractMigrations[0],
    Migration{.number = 2, .name = "less", .sql = "ALTER TABLE {contract_rows} DROP COLUMN r;", .sha256 = "c2"}};

PostgresOptions options_with(std::span<const Migration> migrations, std::string schema = next_schema()) {
  PostgresOptions options = scratch_options(postgres_server());
  options.schema = std::move(schema);
  options.migrations = migrations;
  return options;
}

TEST(PostgresSchema, ServersThatStartTogetherMigrateOnce) {
  const PostgresOptions options = options_with(postgres_migrations());
  SystemRandom random;
  std::atomic<int> opened = 0;
  {
    std::vector<std::jthread> servers;
    for (int i = 0; i < 4; ++i) {
      servers.emplace_back([&] { opened += PostgresDatabase::open(options, random).has_value() ? 1 : 0; });
    }
  }
  EXPECT_EQ(opened, 4);
  const auto states = postgres_migration_status(options).value();
  EXPECT_THAT(states, ::testing::Each(::testing::Field(&MigrationState::applied_at, ::testing::Ne(std::nullopt))));
}

TEST(PostgresSchema, AnOlderServerRunsBesideMigrationsThatOnlyAdd) {
  SystemRandom random;
  const PostgresOptions older = options_with(kPostgresContractMigrations);
  PostgresOptions newer = options_with(kNewer, older.schema);
  ASSERT_TRUE(PostgresDatabase::open(older, random));
  newer.pending = PendingMigrations::refuse;
  EXPECT_FALSE(PostgresDatabase::open(newer, random)) << "something is pending";
  newer.pending = PendingMigrations::apply;
  ASSERT_TRUE(PostgresDatabase::open(newer, random));
  EXPECT_TRUE(PostgresDatabase::open(older, random));

  const PostgresOptions other = options_with(kOther);
  ASSERT_TRUE(PostgresDatabase::open(other, random));
  const auto refused = PostgresDatabase::open(options_with(kPostgresContractMigrations, other.schema), random);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("newer than this program"));
}

TEST(PostgresSchema, SomebodyElsesIsLeftAlone) {
  SystemRandom random;
  const PostgresOptions options = options_with(kPostgresContractMigrations);
  auto session = postgres::Session::open(options.url).value();
  ASSERT_TRUE(session.run_script(fmt::format("CREATE SCHEMA {0}; CREATE TABLE {0}.theirs (id int)", options.schema)));
  const auto refused = PostgresDatabase::open(options, random);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was not made by Medialith"));
}

TEST(PostgresSchema, AMigrationThatFailsLeavesNothing) {
  constexpr std::array kBroken = {kPostgresContractMigrations[0],
                                  Migration{.number = 2, .name = "broken", .sql = "SELECT 1/0;", .sha256 = "c3"}};
  SystemRandom random;
  const PostgresOptions options = options_with(kBroken);
  const auto refused = PostgresDatabase::open(options, random);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("Migration 2 (broken)"));
  const auto states = postgres_migration_status(options).value();
  EXPECT_THAT(states, ::testing::Each(::testing::Field(&MigrationState::applied_at, std::nullopt)));
}

TEST(PostgresSchema, OnlyARoleWithoutTheRightIsToldToGetIt) {
  struct Failure {
    std::string_view sql;
    ErrorCode code;
    bool grant;
  };
  constexpr std::array kFailures = {
      Failure{"DO 'BEGIN RAISE EXCEPTION USING ERRCODE = ''42501''; END'", ErrorCode::precondition_failed, true},
      Failure{"SELECT 1/0", ErrorCode::precondition_failed, false},
      Failure{"DO 'BEGIN RAISE EXCEPTION USING ERRCODE = ''40001''; END'", ErrorCode::unavailable, false},
      Failure{"SELECT pg_terminate_backend(pg_backend_pid())", ErrorCode::unavailable, false}};
  SystemRandom random;
  for (const Failure& failure : kFailures) {
    const std::array migrations = {Migration{.number = 1, .name = "broken", .sql = failure.sql, .sha256 = "c4"}};
    const auto refused = PostgresDatabase::open(options_with(migrations), random);
    ASSERT_FALSE(refused) << failure.sql;
    EXPECT_EQ(refused.error().code, failure.code) << failure.sql;
    EXPECT_EQ(refused.error().message.contains("GRANT"), failure.grant) << failure.sql;
  }
}

// ---- full text ----------------------------------------------------------------------------------------------------

std::string random_text(std::mt19937_64& random) {
  static constexpr std::array kPieces = {"heron",   "Running",    "ÉTÉ",
                                         "naïve",   "漢字",       "仮名",
                                         "🦩",      "'",          "\\",
                                         "''",      "a.b",        "1024x768",
                                         "dépêche", "e\u0301",    "ﬁ",
                                         "ß",       "İ",          "ǅ",
                                         "\u200d",  "o1fz",       "flies",
                                         "agreed",  "-",          "\t",
                                         "ponies",  "relational", "\u0600",
                                         "½",       "x_y",        "@",
                                         "\u00a0",  "Ω",          "generalizations",
                                         "Ⅷ",       "\"",         "%"};
  std::string text;
  const std::size_t count = random() % 24;
  for (std::size_t i = 0; i < count; ++i) {
    text += kPieces[random() % kPieces.size()];
    if (random() % 3 != 0) text += ' ';
  }
  return text;
}

// By document: tokens by position.
using Index = std::map<std::int64_t, std::map<std::int64_t, std::string>>;

constexpr std::array kFts5 = {Migration{.number = 1,
                                        .name = "words",
                                        .sql = R"(
    CREATE VIRTUAL TABLE texts USING fts5 (text, tokenize='porter unicode61 remove_diacritics 2');
    CREATE VIRTUAL TABLE words USING fts5vocab (texts, instance);)",
                                        .sha256 = "f0"}};
constexpr std::array kVectors = {Migration{
    .number = 1, .name = "words", .sql = "CREATE TABLE {texts} (id bigint, search tsvector);", .sha256 = "f1"}};

Index read_index(Database& db, Sql sql) {
  Index index;
  auto look = [&](Connection& c) {
    return c.each(sql, [&](const Row& row) { index[row.integer(0)][row.integer(1)] = row.text(2); });
  };
  EXPECT_TRUE(net::run_sync(db.read(look, ReadKind::long_read)));
  return index;
}

void expect_same_words(int rounds) {
  const char* wanted = std::getenv("MEDIALITH_TEST_SEED");
  const std::uint64_t seed = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("MEDIALITH_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  SystemRandom jitter;
  const SystemClock clock;
  net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
  for (int round = 0; round < rounds; ++round) {
    const ScratchFolder folder;
    auto fts5 =
        SqliteDatabase::open({.path = folder.path() / "t.db", .migrations = kFts5}, clock, runtime.work()).value();
    auto vectors = PostgresDatabase::open(options_with(kVectors), jitter).value();
    std::vector<std::string> texts(500);
    for (std::string& text : texts) text = random_text(random);
    auto insert = [&](Transaction& tx) -> Result<void> {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::array<std::string_view, 1> words = {texts[i]};
        const Sql sql("INSERT INTO {texts} (rowid, text) VALUES ($1, $2)",
                      on_postgres("INSERT INTO {texts} (id, search) SELECT $1, $3 WHERE $2 IS NOT NULL"));
        tx.later({sql, static_cast<std::int64_t>(i), words[0], Words{words}});
      }
      return {};
    };
    ASSERT_TRUE(net::run_sync(fts5->write(insert)));
    const auto inserted = net::run_sync(vectors->write(insert));
    ASSERT_TRUE(inserted) << inserted.error().detail;
    const Index ours = read_index(*vectors,
                                  "SELECT id, p, lexeme FROM {texts}, unnest(search) u (lexeme, ps, ws),"
                                  " unnest(ps) p");
    const Index theirs = read_index(*fts5, "SELECT doc, \"offset\" + 1, term FROM {words}");
    ASSERT_EQ(ours.size(), theirs.size());
    for (const auto& [id, tokens] : theirs) ASSERT_EQ(ours.at(id), tokens) << texts[static_cast<std::size_t>(id)];
  }
}

TEST(PostgresWords, AreThoseOfFts5) { expect_same_words(2); }
TEST(PostgresWords, LongAreThoseOfFts5InAHundredThousandTexts) { expect_same_words(200); }

TEST(PostgresWords, TooLongATokenIsCutBetweenCharacters) {
  SystemRandom random;
  auto db = PostgresDatabase::open(options_with(kVectors), random).value();
  std::string text(2045, 'a');
  text += "éééé";
  const std::array<std::string_view, 1> words = {text};
  auto insert = [&](Transaction& tx) -> Result<void> {
    return tx.ask({Statement("INSERT INTO {texts} (id, search) VALUES (1, $1)", Words{words})});
  };
  EXPECT_TRUE(net::run_sync(db->write(insert)));
}

}  // namespace
}  // namespace medialith::db
