// The same rows, searched on every engine: the same ids in the same order, and the same counts. Rows and searches are
// random, from a vocabulary of what tokenizers, stemmers and indexes find hard.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/libsql/testing/scratch.hpp"
#include "db/postgres/testing/scratch.hpp"
#include "domain/assets.hpp"
#include "domain/facets.hpp"
#include "domain/generations.hpp"
#include "domain/ranking.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"
#include "domain/texts.hpp"
#include "domain/tsquery.hpp"

namespace medialith::domain {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr int kGenerations = 300;
constexpr int kAssets = 150;
constexpr int kSearches = 250;

// Stems, accents, scripts, what splits into several tokens, and words that begin like our own tokens do (tea: t, e, a).
constexpr std::array<std::string_view, 48> kVocabulary = {
    "fox",     "foxes",    "Running", "runs",      "Café",         "cafe",     "agreed",      "agree",
    "rain",    "Rain,",    "rainy",   "mountain",  "mountains",    "naïve",    "漢字の狐",    "漢字",
    "狐",      "flux-dev", "flux",    "dev-flux",  "3.5-turbo",    "don't",    "don",         "state-of-the-art",
    "art",     "tea",      "teach",   "see",       "lad",          "odd",      "o1z",         "a",
    "x",       "I",        "42",      "3.14",      "ÜBERMUT",      "übermut",  "\"neon\"",    "neon-glass",
    "(glass)", "🦊",       "*",       "universal", "universities", "x_y@z.io", "generalized", "internationalizatz"};
constexpr std::array<std::string_view, 3> kModels = {"flux-dev", "sdxl", "3.5-turbo"};
constexpr std::array<std::string_view, 3> kProviders = {"fal", "replicate", "local"};
constexpr std::array<std::string_view, 3> kCategories = {"image", "video/short", "*"};
constexpr std::array<std::string_view, 3> kTags = {"wild", "red fox", "tea"};

using Random = std::mt19937_64;

template <class List>
auto one_of(Random& random, const List& list) {
  return list[random() % std::size(list)];
}

std::string some_words(Random& random, std::size_t most) {
  std::string text;
  for (std::size_t n = random() % most + 1; n > 0; --n) {
    text += one_of(random, kVocabulary);
    text += random() % 8 == 0 ? "." : " ";
  }
  return text;
}

/// Beyond what a tsvector holds: positions, places of one word, the length of a word.
std::vector<std::string> large_prompts() {
  std::string many;
  for (int i = 0; i < 17'000; ++i) many += {static_cast<char>('a' + i % 26), static_cast<char>('a' + i % 7), ' '};
  std::string often;
  for (int i = 0; i < 400; ++i) often += "rain fox ";
  std::string kanji;
  for (int i = 0; i < 900; ++i) kanji += "漢";
  return {many + "needle-thread",       often + "rain-coat", "fox " + std::string(2100, 'q') + "x",
          std::string(2100, 'q') + "y", kanji + "狐 fox",    kanji + "字 fox"};
}

GenerationFields random_fields(Random& random) {
  GenerationFields f;
  f.model_id = one_of(random, kModels);
  f.model_name = random() % 2 == 0 ? f.model_id : "Flux (dev)";
  f.provider = one_of(random, kProviders);
  f.category = one_of(random, kCategories);
  f.prompt = some_words(random, 12);
  f.favorite = random() % 4 == 0;
  f.status = random() % 5 == 0 ? GenerationStatus::failed : GenerationStatus::completed;
  if (random() % 2 == 0) f.tags = R"([")" + std::string(one_of(random, kTags)) + R"("])";
  if (random() % 3 == 0) f.input_params = R"({"seed":)" + std::to_string(random() % 4) + "}";
  if (random() % 3 == 0) {
    f.recipe = R"({"negativePrompt":"glass fox","seed":"s-)" + std::to_string(random() % 3) +
               R"(","sampler":"euler","loras":[{"name":"rain-v2"}]})";
  }
  if (random() % 3 == 0) f.cost = Money{"0." + std::to_string(random() % 5), "USD"};
  if (random() % 3 == 0) f.duration_ms = static_cast<std::int64_t>(random() % 9);
  return f;
}

/// A database with the corpus, and what a search finds there.
class Library {
 public:
  Library(std::uint64_t seed, const std::optional<std::string>& server) : s_(seed, server), ids_(seed) {
    Random random(seed);
    for (int i = 0; i < kGenerations; ++i) {
      if (random() % 3 != 0) s_.clock.advance(std::chrono::milliseconds(1));
      keep(random() % 8 == 0 ? bob_ : ann_, random_fields(random));
    }
    for (int i = 0; i < kAssets; ++i) upload(random);
    for (int i = 0; i < 20; ++i) {
      const std::string id = "g" + std::to_string(random() % kGenerations);
      (void)s_.mutate(ann_, [&](Mutation& m) { return trash_generation(m, id, std::nullopt); });
    }
    for (const std::string& prompt : large_prompts()) keep(ann_, {.model_id = "large", .prompt = prompt});
  }

  struct Found {
    std::vector<std::string> ids;
    Matching matching = Matching::words;
    std::vector<Position> rows;
    bool operator==(const Found& other) const { return ids == other.ids && matching == other.matching; }
  };
  Found generations(const Search& search) {
    Found found;
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(const Hits hits, search_generations(c, {tokenizer_, texts_}, ann_.user, search));
      found.matching = hits.matching;
      found.rows = hits.rows;
      return read_generations(c, rids_of(hits), ListView::summary,
                              [&](const GenerationView& g) { found.ids.emplace_back(g.id); });
    };
    EXPECT_TRUE(s_.read(look));
    return found;
  }
  Found assets(const Search& search) {
    Found found;
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(const Hits hits, search_assets(c, {tokenizer_, texts_}, ann_.user, search));
      found.matching = hits.matching;
      found.rows = hits.rows;
      return read_assets(c, rids_of(hits), [&](const AssetView& a) { found.ids.emplace_back(a.id); });
    };
    EXPECT_TRUE(s_.read(look));
    return found;
  }
  FacetCounts facets(const Search& search) {
    const SearchTools tools{tokenizer_, texts_};
    auto look = [&](db::Connection& c) { return facets_.count(c, tools, ann_.user, search.filter, search.words); };
    std::optional<FacetCounts> counts;
    while (!counts) counts = s_.read(look).value();
    return *counts;
  }
  /// What PostgreSQL's index finds by itself.
  std::vector<std::string> unchecked(const Search& search) {
    std::vector<std::string> ids;
    auto look = [&](db::Connection& c) -> Result<void> {
      const Conditions conditions(search.filter);
      auto match = tsquery_of(tokenizer_, SearchIndex::generations, ann_.user, search.words, search.filter);
      match->needs_check = false;
      TRY_ASSIGN(const Rids rids,
                 generations_by_tsquery(c, tokenizer_, ann_.user, search, *match, [&](db::Statement& statement) {
                   conditions.append_to_generations(statement);
                 }));
      return read_generations(c, rids, ListView::summary, [&](const GenerationView& g) { ids.emplace_back(g.id); });
    };
    EXPECT_TRUE(s_.read(look));
    return ids;
  }
  std::string engine() const { return std::string(s_.database->engine()); }

 private:
  void keep(const Principal& who, const GenerationFields& fields) {
    const Generation g{
        .rid = {s_.rids.next()}, .id = "g" + std::to_string(count_++), .fields = fields, .updated_at = s_.clock.now()};
    const SearchText search = search_text_of(fields);
    const auto done = s_.mutate(who, [&](Mutation& m) { return create_generation(m, g, search); });
    EXPECT_TRUE(done) << done.error().detail;
  }
  /// Of a generation that is another owner's it is refused, everywhere.
  void upload(Random& random) {
    const std::string id = make_asset_id(AssetPrefix::img, ids_);
    NewAsset asset{.rid = {s_.rids.next()},
                   .id = id,
                   .kind = random() % 3 == 0 ? AssetKind::video : AssetKind::image,
                   .filename = some_words(random, 2) + ".png",
                   .content_type = "image/png",
                   .size = static_cast<std::int64_t>(random() % 7),
                   .sha256 = id,
                   .blob_key = id};
    if (random() % 3 != 0) asset.generation_id = "g" + std::to_string(random() % kGenerations);
    (void)s_.mutate(ann_, [&](Mutation& m) { return create_asset(m, asset, nullptr); });
  }

  Scratch s_;
  SeededRandom ids_;
  int count_ = 0;
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  FacetCache facets_;
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

std::vector<std::string> random_words(Random& random) {
  static const std::vector<std::string> kHard = {
      "needle-thread", "thread-needle", "rain-coat", "coat-rain", "aa-bb",     "ab-bc",   "dev flux-d", "glass-fox",
      "qqq",           "漢漢漢",        "fox.png",   "png-fox",   "image/png", "rain-v2", "s-1",        "moun",
      "univers",       "agre",          "nterna",    "ox",        "ÜBE",       "o1",      "teA",        "t2",
      "lad-see"};
  std::vector<std::string> words;
  for (std::size_t n = random() % 3; n > 0; --n) {
    std::string word(random() % 3 == 0 ? std::string_view(one_of(random, kHard)) : one_of(random, kVocabulary));
    const bool ascii = std::ranges::all_of(word, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii && random() % 4 == 0) word.resize(std::min<std::size_t>(word.size(), 3));
    if (std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

Search random_search(Random& random, Sort own_sort) {
  Search search;
  search.words = random_words(random);
  Filter& f = search.filter;
  if (random() % 6 == 0) f.models = {std::string(one_of(random, kModels)), "none"};
  if (random() % 8 == 0) f.providers = {std::string(one_of(random, kProviders))};
  if (random() % 8 == 0) f.categories = {std::string(one_of(random, kCategories))};
  if (random() % 8 == 0) f.tags = {std::string(one_of(random, kTags)), "wild"};
  if (random() % 12 == 0) f.seeds = {"1", "s-2"};
  if (random() % 12 == 0) f.samplers = {"euler"};
  if (random() % 12 == 0) f.loras = {"rain-v2"};
  if (random() % 10 == 0) f.statuses = {"failed"};
  if (random() % 10 == 0) f.favorite = random() % 2 == 0;
  if (random() % 10 == 0) f.kinds = {"video"};
  if (random() % 12 == 0) f.min_size = 3;
  if (random() % 12 == 0) f.deleted = true;
  const std::array sorts = {Sort::created, Sort::created, Sort::updated, Sort::duration, own_sort};
  search.sort = one_of(random, sorts);
  if (!search.words.empty() && random() % 4 == 0) search.sort = Sort::relevance;
  if (search.sort != Sort::relevance && random() % 3 == 0) search.order = Order::oldest_first;
  search.limit = random() % 3 == 0 ? 7 : 50;
  return search;
}

class EveryEngine : public ::testing::Test {
 protected:
  EveryEngine() {
    const char* wanted = std::getenv("MEDIALITH_TEST_SEED");
    seed_ = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
    std::printf("MEDIALITH_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed_));
    libraries_.push_back(std::make_unique<Library>(seed_, std::nullopt));
    libraries_.push_back(std::make_unique<Library>(seed_, db::postgres_server().at("url")));
    libraries_.push_back(std::make_unique<Library>(seed_, db::sqld_server().at("url")));
  }
  /// Page after page, as SQLite has it.
  template <class Look>
  void compare(Search search, Look look) {
    for (int page = 0; page < 100; ++page) {
      const Library::Found expected = look(*libraries_.front(), search);
      rows_ += expected.ids.size();
      if (expected.matching == Matching::substrings && !expected.ids.empty()) ++by_substrings_;
      for (const auto& library : libraries_) {
        const Library::Found found = look(*library, search);
        ASSERT_EQ(found.ids, expected.ids) << library->engine() << ", " << ::testing::PrintToString(search.words);
        ASSERT_EQ(found.matching, expected.matching) << library->engine();
      }
      if (std::ssize(expected.rows) < search.limit) return;
      search.after = expected.rows.back();
      search.matching = expected.matching;
    }
  }

  std::uint64_t seed_ = 0;
  std::vector<std::unique_ptr<Library>> libraries_;
  std::size_t rows_ = 0;
  int by_substrings_ = 0;
};

TEST_F(EveryEngine, FindsTheSameRowsInTheSameOrder) {
  Random random(seed_);
  for (int i = 0; i < kSearches && !HasFatalFailure(); ++i) {
    SCOPED_TRACE("search " + std::to_string(i));
    compare(random_search(random, Sort::cost),
            [](Library& library, const Search& s) { return library.generations(s); });
    compare(random_search(random, Sort::size), [](Library& library, const Search& s) { return library.assets(s); });
  }
  EXPECT_GT(rows_, 5U * kSearches) << "searches that find nothing prove nothing";
  EXPECT_GT(by_substrings_, 0);
}

TEST_F(EveryEngine, CountsTheSameFacets) {
  Random random(seed_);
  for (int i = 0; i < 30; ++i) {
    const Search search = random_search(random, Sort::cost);
    const FacetCounts expected = libraries_.front()->facets(search);
    for (const auto& library : libraries_) {
      const FacetCounts counts = library->facets(search);
      EXPECT_EQ(counts.models, expected.models) << library->engine();
      EXPECT_EQ(counts.tags, expected.tags) << library->engine();
      EXPECT_EQ(counts.loras, expected.loras) << library->engine();
      EXPECT_EQ(counts.kinds, expected.kinds) << library->engine();
      EXPECT_EQ(counts.approximate, expected.approximate) << library->engine();
    }
  }
}

TEST_F(EveryEngine, TheIndexOfPostgresqlAloneWouldFindMore) {
  Library& postgres = *libraries_[1];
  const Search apart{.words = {"coat-rain"}};
  EXPECT_THAT(postgres.unchecked(apart), Contains("g" + std::to_string(kGenerations + 1)));
  EXPECT_THAT(postgres.generations(apart).ids, Not(Contains("g" + std::to_string(kGenerations + 1))));
}

}  // namespace
}  // namespace medialith::domain
