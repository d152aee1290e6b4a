#include "domain/imports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/place.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"
#include "domain/trashed.hpp"
#include "domain/usage.hpp"

namespace medialith::domain {
namespace {

using testing::ElementsAre;

class Imports : public testing::Test {
 protected:
  Imported item(const std::string& id, Time at) {
    Imported imported{.created_at = at};
    imported.generation.id = id;
    imported.generation.fields.model_id = "m";
    imported.generation.updated_at = at;
    imported.search = search_text_of(imported.generation.fields);
    return imported;
  }
  Result<ImportCounts> take(std::vector<Imported> items, ImportRids& rids) {
    return s_.mutate(ann_, [&](Mutation& m) { return import_generations(m, items, rids); });
  }
  ImportCounts take(std::vector<Imported> items) {
    ImportRids rids(s_.random);
    return take(std::move(items), rids).value();
  }
  std::vector<std::string> list() {
    auto look = [&](db::Connection& connection) -> Result<std::vector<std::string>> {
      std::vector<std::string> ids;
      TRY_ASSIGN(const auto hits, search_generations(connection, {tokenizer_, texts_}, ann_.user, {}));
      TRY(read_generations(connection, rids_of(hits), ListView::summary,
                           [&](const GenerationView& g) { ids.emplace_back(g.id); }));
      return ids;
    };
    return s_.read(look).value();
  }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  Principal ann_ = s_.person("ann@example.com");
  Principal bob_ = s_.person("bob@example.com");
  const Time at_{1'600'000'000'000};
};

TEST_F(Imports, ThoseOfOneMomentKeepTheirOrderAcrossWrites) {
  ImportRids rids(s_.random);
  ASSERT_TRUE(take({item("d", at_ + std::chrono::seconds(1)), item("c", at_)}, rids));
  ASSERT_TRUE(take({item("b", at_), item("a", at_)}, rids));
  EXPECT_THAT(list(), ElementsAre("d", "c", "b", "a"));
}

TEST_F(Imports, WhatIsThereIsLeftAlone) {
  EXPECT_EQ(take({item("a", at_), item("b", at_)}).imported, 2);
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return trash_generation(m, "b", std::nullopt); }));
  const std::int64_t head = s_.head(ann_.user);
  const ImportCounts again = take({item("a", at_), item("b", at_), item("c", at_), item("c", at_)});
  EXPECT_EQ(again.imported, 1);
  EXPECT_EQ(again.existing, 2);
  EXPECT_EQ(again.in_trash, 1);
  EXPECT_THAT(list(), testing::UnorderedElementsAre("a", "c"));
  EXPECT_EQ(s_.head(ann_.user), head + 1);
}

TEST_F(Imports, ANumberThatIsTakenIsNotTakenAgain) {
  SeededRandom same(7);
  ImportRids first(same);
  ASSERT_TRUE(take({item("a", at_)}, first));
  SeededRandom again(7);
  ImportRids second(again);
  const auto refused = take({item("b", at_)}, second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::version_conflict);
  EXPECT_THAT(list(), ElementsAre("a"));
  EXPECT_TRUE(take({item("b", at_)}, second));  // another number now
}

TEST_F(Imports, AnIdIsItsOwnersAlone) {
  take({item("a", at_)});
  ImportRids rids(s_.random);
  std::vector<Imported> items = {item("a", at_)};
  const auto counts = s_.mutate(bob_, [&](Mutation& m) { return import_generations(m, items, rids); });
  EXPECT_EQ(counts.value().imported, 1);
}

TEST_F(Imports, StatisticsCountWhatIsNotInTheTrash) {
  const auto stats = [&] { return s_.read([&](db::Connection& c) { return generation_stats(c, ann_.user); }).value(); };
  EXPECT_EQ(stats().total, 0);
  EXPECT_FALSE(stats().oldest);
  take({item("a", at_), item("b", at_ + std::chrono::hours(1)), item("c", at_ + std::chrono::hours(2))});
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return trash_generation(m, "c", std::nullopt); }));
  EXPECT_EQ(stats().total, 2);
  EXPECT_THAT(stats().models, ElementsAre(FacetValue{"m", 2}));
  EXPECT_THAT(stats().categories, ElementsAre(FacetValue{"unknown", 2}));
  EXPECT_EQ(stats().oldest, at_);
  EXPECT_EQ(stats().newest, at_ + std::chrono::hours(1));
}

TEST_F(Imports, APlaceIsKnownAfterThePurge) {
  take({item("a", at_)});
  const auto place = [&](const Principal& who) {
    return s_.read([&](db::Connection& c) { return find_place(c, who.user, "a"); }).value();
  };
  const auto before = place(ann_);
  ASSERT_TRUE(before);
  EXPECT_FALSE(place(bob_));
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return trash_generation(m, "a", std::nullopt); }));
  EXPECT_EQ(place(ann_), before);
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return purge_generation(m, "a", std::nullopt); }));
  EXPECT_EQ(place(ann_), before);
}

}  // namespace
}  // namespace medialith::domain
