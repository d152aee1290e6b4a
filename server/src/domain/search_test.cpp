// Full text, filters and orders over a few rows whose answer can be seen.
#include "domain/search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/assets.hpp"
#include "domain/generations.hpp"
#include "domain/highlight.hpp"
#include "domain/search_words.hpp"
#include "domain/testing/scratch.hpp"

namespace medialith::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Searching : public testing::Test {
 protected:
  void make(const std::string& id, const std::string& prompt, const std::function<void(GenerationFields&)>& edit = {}) {
    make_of(ann_, id, prompt, edit);
  }
  void make_of(const Principal& who, const std::string& id, const std::string& prompt,
               const std::function<void(GenerationFields&)>& edit = {}) {
    Generation g{.rid = {s_.rids.next()}, .id = id, .updated_at = s_.clock.now()};
    g.fields.model_id = g.fields.model_name = "flux-dev";
    g.fields.prompt = prompt;
    if (edit) edit(g.fields);
    const SearchText search = search_text_of(g.fields);
    ASSERT_TRUE(s_.mutate(who, [&](Mutation& m) { return create_generation(m, g, search); }));
    s_.clock.advance(std::chrono::milliseconds(1));
  }
  void upload(const std::string& name, std::optional<std::string> home = {}, std::int64_t size = 1) {
    const std::string id = make_asset_id(AssetPrefix::img, s_.random);
    const NewAsset asset{.rid = {s_.rids.next()},
                         .id = id,
                         .kind = name.ends_with(".mp4") ? AssetKind::video : AssetKind::image,
                         .filename = name,
                         .content_type = "image/png",
                         .size = size,
                         .sha256 = s_.login_hash(),
                         .blob_key = id,
                         .generation_id = std::move(home)};
    ASSERT_TRUE(s_.mutate(ann_, [&](Mutation& m) { return create_asset(m, asset, nullptr); }));
  }
  std::vector<std::string> ids(const Search& search) {
    std::vector<std::string> found;
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(hits_, search_generations(c, {tokenizer_, texts_}, ann_.user, search));
      return read_generations(c, rids_of(hits_), ListView::summary,
                              [&](const GenerationView& g) { found.emplace_back(g.id); });
    };
    EXPECT_TRUE(s_.read(look));
    return found;
  }
  std::vector<std::string> ids(std::string_view q, Sort sort = Sort::created) {
    return ids({.words = split_words(q), .sort = sort});
  }
  std::vector<std::string> names(const Search& search) {
    std::vector<std::string> found;
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(hits_, search_assets(c, {tokenizer_, texts_}, ann_.user, search));
      return read_assets(c, rids_of(hits_), [&](const AssetView& a) { found.emplace_back(a.filename.value_or("-")); });
    };
    EXPECT_TRUE(s_.read(look));
    return found;
  }
  std::vector<std::string> names(std::string_view q) { return names(Search{.words = split_words(q)}); }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  Hits hits_;
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

TEST_F(Searching, AllWordsMustMatchNewestFirst) {
  make("a", "a neon fox in the rain");
  make("b", "a fox");
  make("c", "rain on neon glass, a fox far away");
  make_of(bob_, "d", "a neon fox in the rain");
  EXPECT_THAT(ids("neon rain"), ElementsAre("c", "a"));
  EXPECT_THAT(ids("rain NEON fox"), ElementsAre("c", "a"));
  EXPECT_THAT(ids({.words = {"fox"}, .order = Order::oldest_first}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids("fox whale"), IsEmpty());
}

TEST_F(Searching, FindsOtherFormsOfAWordAndAccents) {
  make("a", "running foxes at the Café");
  EXPECT_THAT(ids("fox run cafe"), ElementsAre("a"));
  EXPECT_THAT(ids("ran"), IsEmpty());
}

TEST_F(Searching, TheLastWordIsAPrefixFromThreeLetters) {
  make("a", "mountains at dawn");
  make("b", "a mouse");
  make("c", "an agreed universe");
  EXPECT_THAT(ids("moun"), ElementsAre("a"));
  EXPECT_THAT(ids("mou"), ElementsAre("b", "a"));
  EXPECT_THAT(ids("dawn moun"), ElementsAre("a"));
  EXPECT_THAT(ids("moun daw"), ElementsAre("a")) << "as substrings, because no word is `moun`";
  EXPECT_EQ(hits_.matching, Matching::substrings);
  EXPECT_THAT(ids("agr"), ElementsAre("c")) << "a stem that stemming would shorten again";
  EXPECT_EQ(hits_.matching, Matching::words);
}

TEST_F(Searching, AnyTextIsValid) {
  make("a", "a fox says \"hello\" * 42");
  make("b", "漢字の狐 🦊");
  EXPECT_THAT(ids("\"hello\""), ElementsAre("a"));
  EXPECT_THAT(ids("fox *"), ElementsAre("a")) << "what has no letter matches no word and is left out";
  EXPECT_THAT(ids("漢字の狐"), ElementsAre("b"));
  EXPECT_THAT(ids("狐"), ElementsAre("b"));
  EXPECT_THAT(ids("🦊"), ElementsAre("b"));
  EXPECT_THAT(ids("*"), ElementsAre("a"));
  for (const std::string_view q : {"\"", "OR", "NOT fox", "fox OR", "a AND b", "NEAR(a b)", "{prompt}:x", "-fox", "^a",
                                   "(", "prompt:fox", "a\"b\"\"c", "'; DROP TABLE x", "x", "\xC2\xA0"}) {
    (void)ids(q);  // expects that it answers
  }
}

TEST_F(Searching, SubstringsComeOnlyWhenTheWordsFindNothing) {
  make("a", "a thunderstorm over the SEA");
  make("b", "a storm");
  make("c", "ÜBERMUT tut selten gut", [](GenerationFields& f) { f.provider = "Replicate"; });
  EXPECT_THAT(ids("storm"), ElementsAre("b"));
  EXPECT_THAT(ids("understo"), ElementsAre("a"));
  EXPECT_EQ(hits_.matching, Matching::substrings);
  EXPECT_THAT(ids("nderSTO se"), ElementsAre("a"));
  EXPECT_THAT(ids("bermut"), ElementsAre("c"));
  EXPECT_THAT(ids("ermu eplicat"), ElementsAre("c"));
  EXPECT_THAT(ids("lux-de"), ElementsAre("c", "b", "a"));
  EXPECT_THAT(ids({.words = {"lux-de"}, .after = hits_.rows.front(), .limit = 1}), ElementsAre("b"));
  EXPECT_THAT(ids({.words = {"storm"}, .matching = Matching::substrings}), ElementsAre("b", "a"));
}

TEST_F(Searching, ALaterPageOfWordsNeverTurnsIntoSubstrings) {
  make("a", "a thunderstorm");
  make("b", "a storm");
  (void)ids("storm");
  EXPECT_THAT(ids({.words = {"storm"}, .after = hits_.rows.back()}), IsEmpty());
}

TEST_F(Searching, WhatLiesInTheTrashIsFoundOnlyThere) {
  make("a", "a fox");
  make("b", "a fox");
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return trash_generation(m, "a", std::nullopt); }));
  EXPECT_THAT(ids("fox"), ElementsAre("b"));
  EXPECT_THAT(ids({.filter = {.deleted = true}, .words = {"fox"}}), ElementsAre("a"));
  EXPECT_THAT(ids({.filter = {.deleted = true}}), ElementsAre("a"));
}

TEST_F(Searching, FiltersReadTagsAndTheRecipe) {
  make("a", "fox", [](GenerationFields& f) {
    f.tags = R"(["wild","red"])";
    f.recipe = R"({"seed":884213,"sampler":"euler","loras":[{"name":"rain-v2","weight":1}]})";
  });
  make("b", "fox 884213", [](GenerationFields& f) {
    f.tags = R"(["red"])";
    f.input_params = R"({"seed":"18446744073709551615"})";
    f.provider = "fal";
    f.status = GenerationStatus::failed;
  });
  EXPECT_THAT(ids({.filter = {.tags = {"red"}}}), ElementsAre("b", "a"));
  EXPECT_THAT(ids({.filter = {.tags = {"wild", "none"}}}), ElementsAre("a"));
  EXPECT_THAT(ids({.filter = {.tags = {"red"}, .samplers = {"euler"}}}), ElementsAre("a"));
  EXPECT_THAT(ids({.filter = {.loras = {"rain-v2"}}}), ElementsAre("a"));
  EXPECT_THAT(ids({.filter = {.seeds = {"884213"}}}), ElementsAre("a")) << "not the one whose prompt says so";
  EXPECT_THAT(ids({.filter = {.seeds = {"18446744073709551615"}}}), ElementsAre("b"));
  EXPECT_THAT(ids({.filter = {.providers = {"fal"}}}), ElementsAre("b"));
  EXPECT_THAT(ids({.filter = {.statuses = {"failed", "pending"}}, .words = {"fox"}}), ElementsAre("b"));
  EXPECT_THAT(ids({.filter = {.models = {"flux-dev"}, .generations = {"b"}}}), ElementsAre("b"));
  EXPECT_THAT(ids({.filter = {.models = {"flux"}}, .words = {"fox"}}), IsEmpty()) << "a whole id";
}

TEST_F(Searching, GenerationsCanBeNarrowedByTheirMedia) {
  make("a", "x");
  make("b", "x");
  upload("small.png", "a", 10);
  upload("large.mp4", "b", 1000);
  EXPECT_THAT(ids({.filter = {.kinds = {"video"}}}), ElementsAre("b"));
  EXPECT_THAT(ids({.filter = {.min_size = 11}}), ElementsAre("b"));
  EXPECT_THAT(ids({.filter = {.kinds = {"image"}, .min_size = 11}}), IsEmpty()) << "one asset must have both";
}

TEST_F(Searching, SortsByWhatRowsHave) {
  make("a", "x", [](GenerationFields& f) { f.cost = Money{"0.5", "USD"}, f.duration_ms = 30; });
  make("b", "x", [](GenerationFields& f) { f.cost = Money{"10", "USD"}; });
  make("c", "x", [](GenerationFields& f) { f.duration_ms = 20; });
  EXPECT_THAT(ids({.sort = Sort::cost}), ElementsAre("b", "a", "c"));
  EXPECT_THAT(ids({.sort = Sort::cost, .order = Order::oldest_first}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids({.sort = Sort::duration}), ElementsAre("a", "c", "b"));
  EXPECT_THAT(ids({.words = {"x"}, .sort = Sort::duration, .order = Order::oldest_first}), ElementsAre("c", "a", "b"));
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return trash_generation(m, "a", std::nullopt); }));
  s_.clock.advance(std::chrono::milliseconds(5));
  ASSERT_TRUE(s_.mutate(ann_, [](Mutation& m) { return restore_generation(m, "a"); }));
  EXPECT_THAT(ids({.sort = Sort::updated}), ElementsAre("a", "c", "b"));
  EXPECT_THAT(ids({.sort = Sort::updated, .after = hits_.rows.front()}), ElementsAre("c", "b"));
  EXPECT_THAT(ids({.sort = Sort::updated, .order = Order::oldest_first, .limit = 2}), ElementsAre("b", "c"));
}

TEST_F(Searching, RelevanceLooksAtWhereAndHowAWordStands) {
  make("late", "a very long description of a quiet harbour in the evening with boats and gulls and one small fox");
  make("inside", "foxglove");
  make("whole", "fox");
  make("avoided", "a heron", [](GenerationFields& f) { f.recipe = R"({"negativePrompt":"fox"})"; });
  EXPECT_THAT(ids("fox", Sort::relevance), ElementsAre("whole", "late", "inside", "avoided"));
  EXPECT_THAT(ids({.words = {"fox"}, .sort = Sort::relevance, .after = hits_.rows[1], .limit = 1}),
              ElementsAre("inside"));
}

TEST_F(Searching, AssetsMatchByNameOrByTheirGeneration) {
  make("a", "a neon fox");
  make("b", "a heron");
  upload("one.png", "a");
  upload("two.png", "b");
  upload("fox.png");
  upload("clip.mp4", "a");
  EXPECT_THAT(names("fox"), ElementsAre("clip.mp4", "fox.png", "one.png"));
  EXPECT_THAT(names("heron"), ElementsAre("two.png"));
  EXPECT_THAT(names("two"), ElementsAre("two.png"));
  EXPECT_THAT(names({.words = {"fox"}, .limit = 2}), ElementsAre("clip.mp4", "fox.png"));
  EXPECT_THAT(names({.words = {"fox"}, .after = hits_.rows.back()}), ElementsAre("one.png"));
  EXPECT_THAT(names({.filter = {.kinds = {"image"}}, .words = {"fox"}, .order = Order::oldest_first}),
              ElementsAre("one.png", "fox.png"));
  EXPECT_THAT(names({.filter = {.models = {"flux-dev"}}, .words = {"fox"}}), ElementsAre("clip.mp4", "one.png"));
  EXPECT_THAT(names("ox.pn"), ElementsAre("fox.png")) << "as a substring";
  EXPECT_THAT(names("hero"), ElementsAre("two.png"));
}

TEST_F(Searching, AssetsOfManyMatchingGenerationsAreWalked) {
  for (int i = 0; i < 1100; ++i) make("g" + std::to_string(i), i % 2 == 0 ? "a fox" : "a fox and a heron");
  make("old", "a whale");
  for (const int i : {1, 2, 500, 1099}) upload(std::to_string(i) + ".png", "g" + std::to_string(i));
  upload("whale.png", "old");
  EXPECT_THAT(names("fox"), ElementsAre("1099.png", "500.png", "2.png", "1.png"));
  EXPECT_THAT(names({.words = {"fox"}, .after = hits_.rows[1]}), ElementsAre("2.png", "1.png"));
  EXPECT_THAT(names("fox heron"), ElementsAre("1099.png", "1.png"));
}

TEST_F(Searching, AssetsAreSortedBySize) {
  make("a", "a fox");
  upload("small.png", "a", 5);
  upload("large.png", "a", 500);
  upload("middle.png", {}, 50);
  EXPECT_THAT(names({.sort = Sort::size}), ElementsAre("large.png", "middle.png", "small.png"));
  EXPECT_THAT(names({.words = {"fox"}, .sort = Sort::size, .order = Order::oldest_first}),
              ElementsAre("small.png", "large.png"));
  EXPECT_THAT(names({.sort = Sort::updated}), UnorderedElementsAre("large.png", "middle.png", "small.png"));
}

TEST(SearchWords, AreSplitAtWhiteSpaceWithoutRepetitions) {
  EXPECT_THAT(split_words("  a  b\ta\n"), ElementsAre("a", "b"));
  EXPECT_THAT(split_words("a\xE3\x80\x80\xE7\x8B\x90"), ElementsAre("a", "\xE7\x8B\x90"));
  EXPECT_THAT(split_words(" \t "), IsEmpty());
  std::string many;
  for (int i = 0; i < 100; ++i) many += std::to_string(i) + " ";
  EXPECT_EQ(split_words(many).size(), kMaxWords);
}

TEST(Highlights, SayWhereInUtf16) {
  const db::sqlite::Tokenizer tokenizer;
  const std::vector<std::string> words = {"foxes", "rai"};
  Highlighter highlighter(tokenizer, words, Matching::words);
  EXPECT_THAT(highlighter.ranges("a fox in the rain, Foxes"), ElementsAre(Range{2, 5}, Range{13, 17}, Range{19, 24}));
  EXPECT_THAT(highlighter.ranges("🦊🦊 fox"), ElementsAre(Range{5, 8}));
  EXPECT_THAT(highlighter.ranges(""), IsEmpty());
  const std::vector<std::string> parts = {"ÜBER", "berm"};
  EXPECT_THAT(Highlighter(tokenizer, parts, Matching::substrings).ranges("der übermut"), ElementsAre(Range{4, 9}));
}

}  // namespace
}  // namespace medialith::domain
