// Counts in memory against the same counts by SQL, while rows change.
#include "domain/facets.hpp"

#include <cstdio>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/assets.hpp"
#include "domain/generations.hpp"
#include "domain/many.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"

namespace medialith::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Answers so many statements, and then fails.
class Failing final : public db::Connection {
 public:
  Failing(db::Connection& inner, int good) : inner_(inner), good_(good) {}
  db::Dialect dialect() const override { return inner_.dialect(); }
  Result<void> each(const db::Statement& statement, const db::RowCallback& on_row) override {
    if (good_-- <= 0) return fail(ErrorCode::unavailable, "The database cannot be read.", "planned");
    return inner_.each(statement, on_row);
  }

 private:
  db::Connection& inner_;
  int good_;
};

class Facets : public testing::Test {
 protected:
  std::int64_t make(const std::string& id, const std::function<void(GenerationFields&)>& edit = {}) {
    Generation g{.rid = {s_.rids.next()}, .id = id, .updated_at = s_.clock.now()};
    g.fields.model_id = "flux";
    if (edit) edit(g.fields);
    const SearchText search = search_text_of(g.fields);
    EXPECT_TRUE(s_.mutate(ann_, [&](Mutation& m) { return create_generation(m, g, search); }));
    return g.rid.value;
  }
  FacetCounts count(const Filter& filter = {}, const std::vector<std::string>& words = {}) {
    return count_in(cache_, ann_, filter, words);
  }
  FacetCounts count_in(FacetCache& cache, const Principal& who, const Filter& filter = {},
                       const std::vector<std::string>& words = {}) {
    const SearchTools tools{tokenizer_, texts_};
    auto look = [&](db::Connection& c) { return cache.count(c, tools, who.user, filter, words); };
    std::optional<FacetCounts> counts;
    for (calls_ = 0; !counts && calls_ < 100; ++calls_) counts = s_.read(look).value();
    EXPECT_TRUE(counts.has_value());
    return counts.value_or(FacetCounts());
  }
  /// Many rows in one transaction, which a loop of make() would take a minute for.
  void make_many(const Principal& who, int rows) {
    auto run = [&](db::Transaction& tx) -> Result<void> {
      for (int row = 0; row < rows; ++row) {
        Mutation mutation(tx, who, nullptr, s_.clock.now());
        Generation g{.rid = {s_.rids.next()}, .id = "many" + std::to_string(row), .updated_at = s_.clock.now()};
        g.fields.model_id = "flux";
        TRY(create_generation(mutation, g, search_text_of(g.fields)));
      }
      return {};
    };
    ASSERT_TRUE(s_.write(run));
  }
  void move(Move move, const Rows& rows) {
    ASSERT_TRUE(s_.mutate(ann_, [&](Mutation& m) { return move_rows(m, move, rows); }));
  }
  std::map<std::string, std::int64_t> counted(db::Sql sql) {
    std::map<std::string, std::int64_t> counts;
    auto look = [&](db::Connection& c) {
      return c.each({sql, ann_.user.value},
                    [&](const db::Row& row) { counts[std::string(row.text(0))] = row.integer(1); });
    };
    EXPECT_TRUE(s_.read(look));
    return counts;
  }
  static std::map<std::string, std::int64_t> as_map(const std::vector<FacetValue>& values) {
    std::map<std::string, std::int64_t> counts;
    for (const FacetValue& value : values) counts[value.value] = value.count;
    return counts;
  }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  FacetCache cache_;
  int calls_ = 0;  // of count() that the last answer took
  const Principal ann_ = s_.person("ann@example.com");
};

TEST_F(Facets, CountEachFilterAsIfItWereNotThere) {
  make("a", [](GenerationFields& f) { f.tags = R"(["x","y","x"])"; });
  make("b", [](GenerationFields& f) { f.model_id = "sdxl", f.tags = R"(["x"])"; });
  const FacetCounts counts = count({.models = {"sdxl"}});
  EXPECT_THAT(counts.models, ElementsAre(FacetValue{"flux", 1}, FacetValue{"sdxl", 1}));
  EXPECT_THAT(counts.tags, ElementsAre(FacetValue{"x", 1}));
  EXPECT_THAT(count().tags, ElementsAre(FacetValue{"x", 2}, FacetValue{"y", 1}));
  EXPECT_THAT(count({.models = {"none"}}).tags, IsEmpty());
  EXPECT_FALSE(counts.approximate);
}

TEST_F(Facets, ASearchIsCountedOverItsNewestMatches) {
  for (std::int64_t i = 0; i <= kRanked; ++i) {
    make("g" + std::to_string(i), [&](GenerationFields& f) { f.prompt = i == 0 ? "a fox and a whale" : "a fox"; });
  }
  const FacetCounts foxes = count({}, {"fox"});
  EXPECT_TRUE(foxes.approximate);
  EXPECT_THAT(foxes.models, ElementsAre(FacetValue{"flux", kRanked}));
  EXPECT_FALSE(count({}, {"whale"}).approximate);
  EXPECT_THAT(count({}, {"whale"}).models, ElementsAre(FacetValue{"flux", 1}));
}

TEST_F(Facets, StayRightWhileRowsChange) {
  const auto seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  std::vector<std::int64_t> rids;
  for (int step = 0; step < 300; ++step) {
    const Rows one{.generations = {rids.empty() ? 0 : rids[random() % rids.size()]}, .assets = {}};
    switch (random() % 5) {
      case 0:
        move(Move::trash, one);
        break;
      case 1:
        move(Move::restore, one);
        break;
      case 2:
        if (random() % 4 == 0) move(Move::purge, one);
        break;
      default:
        rids.push_back(make("g" + std::to_string(step), [&](GenerationFields& f) {
          f.model_id = "model-" + std::to_string(random() % 3);
          f.provider = "provider-" + std::to_string(random() % 2);
        }));
    }
    if (step % 10 != 0) continue;
    EXPECT_EQ(as_map(count().models), counted("SELECT model_id, count(*) FROM {generations} WHERE user_rid = $1"
                                              " AND deleted_at IS NULL GROUP BY 1"));
    EXPECT_EQ(as_map(count({.deleted = true}).providers),
              counted("SELECT provider, count(*) FROM {generations} WHERE user_rid = $1 AND deleted_at IS NOT NULL"
                      " GROUP BY 1"));
  }
}

TEST_F(Facets, WhatNoRowHasAnyMoreIsForgottenThoughReadsFail) {
  make("a");
  make("b");
  for (int version = 1; version < 600; ++version) {
    const std::string tag = "t" + std::to_string(version);
    auto find = [&](db::Connection& c) { return find_generation(c, ann_.user, "a"); };
    Generation next = s_.read(find).value().value();
    next.version = version + 1;
    next.fields.tags = R"([")" + tag + R"("])";
    auto update = [&](Mutation& m) { return update_generation(m, next, search_text_of(next.fields), true); };
    ASSERT_TRUE(s_.mutate(ann_, update));
    for (const int good : {3, 0, 1, 2}) {  // the change is read, and then perhaps all anew, or a part of it
      auto look = [&](db::Connection& c) -> Result<void> {
        Failing failing(c, good);
        (void)cache_.count(failing, {tokenizer_, texts_}, ann_.user, {}, {});
        return {};
      };
      ASSERT_TRUE(s_.read(look));
    }
    ASSERT_THAT(count().tags, ElementsAre(FacetValue{tag, 1}));
    ASSERT_THAT(count().models, ElementsAre(FacetValue{"flux", 2}));
  }
}

TEST_F(Facets, ForgottenOwnersAreCountedAnew) {
  FacetCache small(1);
  const Principal bob = s_.person("bob@example.com");
  make("a");
  for (int i = 0; i < 3; ++i) {
    for (const Principal* who : {&ann_, &bob}) {
      EXPECT_EQ(count_in(small, *who).models.size(), who == &ann_ ? 1U : 0U);
    }
  }
}

TEST_F(Facets, OfALargeOwnerAreReadInSeveralCallsAndKeepUpWithChanges) {
  const Principal bob = s_.person("bob@example.com");
  make_many(ann_, 5'100);
  make_many(bob, 10);
  const std::int64_t rid = make("late");
  const SearchTools tools{tokenizer_, texts_};
  auto once = [&](db::Connection& c) { return cache_.count(c, tools, ann_.user, {}, {}); };
  EXPECT_EQ(s_.read(once).value(), std::nullopt);
  EXPECT_THAT(count_in(cache_, bob).models, ElementsAre(FacetValue{"flux", 10})) << "nobody waits for ann's";
  // What changes while it is read: a row not read yet, one read already, and a new one.
  move(Move::trash, {.generations = {rid}, .assets = {}});
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return trash_generation(m, "many0", std::nullopt); }));
  make("new", [](GenerationFields& f) { f.model_id = "other"; });
  EXPECT_THAT(count().models, ElementsAre(FacetValue{"flux", 5'099}, FacetValue{"other", 1}));
  EXPECT_GE(calls_, 1);
  EXPECT_THAT(count({.deleted = true}).models, ElementsAre(FacetValue{"flux", 2}));
  EXPECT_EQ(calls_, 1) << "once it is read, one call is enough";
}

TEST_F(Facets, PurgedRowsLeaveNothingBehind) {
  const std::int64_t rid = make("a");
  const std::string id = make_asset_id(AssetPrefix::img, s_.random);
  const NewAsset asset{.rid = {s_.rids.next()},
                       .id = id,
                       .kind = AssetKind::image,
                       .filename = "a.png",
                       .content_type = "image/png",
                       .size = 1,
                       .sha256 = s_.login_hash(),
                       .blob_key = id,
                       .generation_id = "a"};
  ASSERT_TRUE(s_.mutate(ann_, [&](Mutation& m) { return create_asset(m, asset, nullptr); }));
  EXPECT_THAT(count().kinds, ElementsAre(FacetValue{"image", 1}));
  move(Move::purge, {.generations = {rid}, .assets = {}});
  EXPECT_THAT(count().kinds, IsEmpty());
  EXPECT_EQ(s_.number("SELECT count(*) FROM {generations}"), 0);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {assets}"), 0);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {blobs} WHERE state = 'condemned' AND condemned_at IS NOT NULL"), 1);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {changes} WHERE deleted"), 2);
  if (!s_.has_fts5()) return;  // the document has gone with the row
  auto check = [](db::Transaction& tx) -> Result<void> {
    tx.later({"INSERT INTO generations_search (generations_search, rank) VALUES ('integrity-check', 1)"});
    tx.later({"INSERT INTO assets_search (assets_search, rank) VALUES ('integrity-check', 1)"});
    return {};
  };
  EXPECT_TRUE(s_.write(check));
}

}  // namespace
}  // namespace medialith::domain
