// Substrings in memory against the same rows in the database, while they change and when memory is short.
#include "domain/texts.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/generations.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"

namespace medialith::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Looks at each row that a statement hands out.
class Watched final : public db::Connection {
 public:
  Watched(db::Connection& inner, std::function<void(const db::Row&)> look) : inner_(inner), look_(std::move(look)) {}
  db::Dialect dialect() const override { return inner_.dialect(); }
  Result<void> each(const db::Statement& statement, const db::RowCallback& on_row) override {
    return inner_.each(statement, [&](const db::Row& row) {
      on_row(row);
      look_(row);
    });
  }

 private:
  db::Connection& inner_;
  std::function<void(const db::Row&)> look_;
};

class Texts : public testing::Test {
 protected:
  void make(const Principal& who, const std::string& id, const std::string& prompt) {
    Generation g{.rid = {s_.rids.next()}, .id = id, .updated_at = s_.clock.now()};
    g.fields.prompt = prompt;
    ASSERT_TRUE(s_.mutate(who, [&](Mutation& m) { return create_generation(m, g, search_text_of(g.fields)); }));
    s_.clock.advance(std::chrono::milliseconds(1));
  }
  void change(const std::string& id, const std::string& prompt) {
    auto look = [&](db::Connection& c) { return find_generation(c, ann_.user, id); };
    Generation next = s_.read(look).value().value();
    next.fields.prompt = prompt;
    ++next.version;
    const SearchText search = search_text_of(next.fields);
    ASSERT_TRUE(s_.mutate(ann_, [&](Mutation& m) { return update_generation(m, next, search, true); }));
  }
  std::vector<std::string> ids(TextCache& cache, const Principal& who, const std::string& part) {
    std::vector<std::string> found;
    const Search search{.words = {part}, .matching = Matching::substrings, .limit = 1000};
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(const Hits hits, search_generations(c, {tokenizer_, cache}, who.user, search));
      return read_generations(c, rids_of(hits), ListView::summary,
                              [&](const GenerationView& g) { found.emplace_back(g.id); });
    };
    EXPECT_TRUE(s_.read(look));
    return found;
  }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  TextCache cache_;
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

TEST_F(Texts, AreReadOnceAndAnewWhenTheyChange) {
  make(ann_, "a", "a Thunderstorm");
  make(ann_, "b", "a calm sea");
  EXPECT_THAT(ids(cache_, ann_, "understo"), ElementsAre("a"));
  const std::size_t bytes = cache_.bytes();
  EXPECT_GT(bytes, 0U);
  EXPECT_THAT(ids(cache_, ann_, "alm se"), ElementsAre("b"));
  EXPECT_EQ(cache_.bytes(), bytes) << "read once";
  change("a", "a calm SEA");
  EXPECT_THAT(ids(cache_, ann_, "understo"), IsEmpty());
  EXPECT_THAT(ids(cache_, ann_, "alm se"), ElementsAre("b", "a"));
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return trash_generation(m, "a", std::nullopt); }));
  EXPECT_THAT(ids(cache_, ann_, "alm se"), ElementsAre("b"));
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return restore_generation(m, "a"); }));
  EXPECT_THAT(ids(cache_, ann_, "alm se"), ElementsAre("b", "a"));
}

TEST_F(Texts, AreNotFoundAcrossTwoOfThem) {
  make(ann_, "a", "ends in x");
  EXPECT_THAT(ids(cache_, ann_, "xunknown"), IsEmpty()) << "the category follows the prompt";
  EXPECT_THAT(ids(cache_, ann_, "unknown"), ElementsAre("a"));
}

TEST_F(Texts, TheAnswersAreTheSameWhenMemoryIsShort) {
  for (int i = 0; i < 40; ++i) make(i % 4 == 0 ? bob_ : ann_, "g" + std::to_string(i), "number" + std::to_string(i));
  constexpr std::size_t kRoom = 2'000;
  TextCache small(kRoom);
  for (int round = 0; round < 3; ++round) {
    for (const Principal* who : {&ann_, &bob_}) {
      for (const std::string part : {"umber1", "umber2", "umber39", "zebra"}) {
        EXPECT_EQ(ids(small, *who, part), ids(cache_, *who, part));
        EXPECT_LE(small.bytes(), kRoom);
      }
    }
  }
  TextCache none(0);
  EXPECT_EQ(ids(none, ann_, "umber"), ids(cache_, ann_, "umber"));
  EXPECT_EQ(none.bytes(), 0U);
}

TEST_F(Texts, TheOwnerNotAskedForLongestIsForgotten) {
  for (int i = 0; i < 5; ++i) make(ann_, "a" + std::to_string(i), "first");
  for (int i = 0; i < 5; ++i) make(bob_, "b" + std::to_string(i), "second");
  EXPECT_EQ(ids(cache_, ann_, "irst").size(), 5U);
  const std::size_t of_ann = cache_.bytes();
  TextCache one(of_ann + of_ann / 2);
  EXPECT_EQ(ids(one, ann_, "irst").size(), 5U);
  EXPECT_EQ(ids(one, bob_, "econ").size(), 5U);
  EXPECT_GT(one.bytes(), 0U);
  EXPECT_LT(one.bytes(), of_ann + of_ann / 2) << "those of one owner";
  EXPECT_EQ(ids(one, ann_, "irst").size(), 5U);
}

TEST_F(Texts, FewBytesWaitToBeKept) {
  constexpr std::size_t kLong = 1'000'000;
  constexpr std::size_t kRows = 12;
  for (std::size_t i = 0; i < kRows; ++i) make(ann_, "g" + std::to_string(i), std::string(kLong, 'x'));
  std::size_t read = 0;
  std::size_t most = 0;
  auto look = [&](db::Connection& inner) -> Result<void> {
    Watched connection(inner, [&](const db::Row& row) {
      read += row.text(1).size();
      if (read > cache_.bytes()) most = std::max(most, read - cache_.bytes());
    });
    const std::vector<std::string> words = {"yy"};
    const Substrings substrings(words);
    TRY_ASSIGN(TextSearch search, TextSearch::begin(connection, cache_, ann_.user, substrings));
    TRY_ASSIGN(const auto rids, inner.all({"SELECT rid FROM {generations} ORDER BY rid DESC"},
                                          [](const db::Row& row) { return row.integer(0); }));
    TRY_ASSIGN(const auto found, search.found_in(rids));
    EXPECT_THAT(found, testing::Each(FoundWords{0}));
    return {};
  };
  ASSERT_TRUE(s_.read(look));
  EXPECT_GT(cache_.bytes(), kRows * kLong) << "all are kept in the end";
  EXPECT_GT(most, kLong) << "some wait";
  EXPECT_LE(most, kTextsWaiting + kLong);
}

TEST_F(Texts, OfSoManyOwnersAreRemembered) {
  make(ann_, "a", "a calm sea");
  EXPECT_THAT(ids(cache_, ann_, "alm"), ElementsAre("a"));
  const std::size_t of_ann = cache_.bytes();
  const auto ask_as = [&](std::size_t other) {
    const Principal who{.user = {1'000'000 + static_cast<std::int64_t>(other)}};
    EXPECT_THAT(ids(cache_, who, "alm"), IsEmpty());
  };
  for (std::size_t other = 1; other < kTextOwners; ++other) ask_as(other);
  EXPECT_EQ(cache_.bytes(), of_ann);
  ask_as(kTextOwners);
  EXPECT_EQ(cache_.bytes(), 0U);
}

TEST_F(Texts, AreReadAnewAfterMoreChangesThanAreLookedAtOneByOne) {
  make(ann_, "a", "a calm sea");
  EXPECT_THAT(ids(cache_, ann_, "alm"), ElementsAre("a"));
  // A row that no change tells of shows which way was taken.
  const auto raise_head = [&](std::int64_t by) {
    auto put = [&](db::Transaction& tx) -> Result<void> {
      tx.later({"UPDATE {generations} SET prompt = 'a storm' WHERE user_rid = $1", ann_.user.value});
      tx.later({"UPDATE {change_heads} SET seq = seq + $1 WHERE user_rid = $2", by, ann_.user.value});
      return {};
    };
    ASSERT_TRUE(s_.write(put));
  };
  raise_head(kTextChanges);
  EXPECT_THAT(ids(cache_, ann_, "alm"), ElementsAre("a"));
  raise_head(kTextChanges + 1);
  EXPECT_THAT(ids(cache_, ann_, "alm"), IsEmpty());
  EXPECT_THAT(ids(cache_, ann_, "storm"), ElementsAre("a"));
}

TEST_F(Texts, AreWhatTheRowsSayWhileRowsChange) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  constexpr std::array kPrompts = {"NEONfox", "glassfoxes", "Übermut", "heron"};
  for (int step = 0; step < 200; ++step) {
    const std::string prompt = kPrompts.at(random() % kPrompts.size());
    if (step < 10 || random() % 3 == 0) {
      make(ann_, "g" + std::to_string(step), prompt);
    } else if (random() % 2 == 0) {
      change("g" + std::to_string(random() % 10), prompt);
    }
    const std::string part = std::array{"fox", "ÜBER", "ero"}.at(random() % 3);
    TextCache fresh;
    ASSERT_EQ(ids(cache_, ann_, part), ids(fresh, ann_, part)) << "at step " << step;
  }
}

}  // namespace
}  // namespace medialith::domain
