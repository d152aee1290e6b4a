// Random mutations of two owners beside a model in memory.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "domain/assets.hpp"
#include "domain/many.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"
#include "domain/trash.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith::domain {
namespace {

constexpr int kSteps = 400;

struct ModelAsset {
  std::string id;
  bool deleted = false;
  bool with_generation = false;
};

struct ModelGeneration {
  std::int64_t rid = 0;
  GenerationFields fields;
  std::int64_t version = 1;
  bool deleted = false;
  std::map<char, ModelAsset> assets;  // by content
};

class World {
 public:
  explicit World(std::uint64_t seed) : s_(seed), random_(seed) {
    for (const char* email : {"ann@example.com", "bob@example.com"}) owners_.push_back({s_.person(email), {}, 0});
  }

  void run() {
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      this->step();
      if (step % 20 == 0) compare();
      if (step % 50 == 0) check_search();
    }
    compare();
    check_search();
    EXPECT_LE(s_.database->stats().most_round_trips, 2U);
  }

 private:
  struct Owner {
    Principal who;
    std::map<std::string, ModelGeneration> generations;
    std::int64_t head = 0;
  };

  std::size_t pick(std::size_t n) { return random_() % n; }
  bool chance(int percent) { return static_cast<int>(pick(100)) < percent; }

  void step() {
    Owner& owner = owners_[pick(owners_.size())];
    const std::string id = "g" + std::to_string(pick(12));
    if (chance(30)) s_.clock.advance(std::chrono::milliseconds(pick(3)));
    switch (pick(8)) {
      case 0:
      case 1:
        return create(owner, id);
      case 2:
        return update(owner, id);
      case 3:
        return trash(owner, id);
      case 4:
        return restore(owner, id);
      case 5:
        return upload(owner, id);
      case 6:
        return move_some(owner);
      default:
        return trash_or_restore_asset(owner, id);
    }
  }

  GenerationFields fields() {
    static constexpr std::array kModels = {"flux", "sdxl", "wan"};
    static constexpr std::array kPrompts = {"a heron", "a héron at dawn", "", "rain rain \"rain\"", "漢字 🦩"};
    GenerationFields f;
    f.model_id = f.model_name = kModels[pick(kModels.size())];
    f.prompt = kPrompts[pick(kPrompts.size())];
    if (chance(50)) f.recipe = R"({"negativePrompt":"blur )" + std::to_string(pick(3)) + R"(","sampler":"euler"})";
    if (chance(50)) f.tags = R"(["t)" + std::to_string(pick(3)) + R"("])";
    f.favorite = chance(30);
    return f;
  }

  static bool live(const Owner& owner, const std::string& id) {
    const auto found = owner.generations.find(id);
    return found != owner.generations.end() && !found->second.deleted;
  }

  template <class R>
  static void expect(const R& result, std::optional<ErrorCode> refusal) {
    ASSERT_EQ(result.has_value(), !refusal) << (result ? "went through" : result.error().message);
    if (refusal) EXPECT_EQ(result.error().code, *refusal);
  }

  void create(Owner& owner, const std::string& id) {
    Generation g{.rid = {s_.rids.next()}, .id = id, .fields = fields(), .updated_at = s_.clock.now()};
    const SearchText search = search_text_of(g.fields);
    const auto done = s_.mutate(owner.who, [&](Mutation& m) { return create_generation(m, g, search); });
    if (owner.generations.contains(id)) return expect(done, ErrorCode::already_exists);
    expect(done, std::nullopt);
    owner.generations[id] = {.rid = g.rid.value, .fields = g.fields};
    ++owner.head;
  }

  void update(Owner& owner, const std::string& id) {
    const auto found = owner.generations.find(id);
    if (found == owner.generations.end()) return;
    ModelGeneration& known = found->second;
    const bool stale = chance(20);
    const Generation next{.rid = {known.rid},
                          .id = id,
                          .fields = fields(),
                          .version = known.version + (stale ? 0 : 1),
                          .updated_at = s_.clock.now()};
    const SearchText search = search_text_of(next.fields);
    const bool changed = next.fields.prompt != known.fields.prompt || search != search_text_of(known.fields);
    const auto done = s_.mutate(owner.who, [&](Mutation& m) { return update_generation(m, next, search, changed); });
    if (known.deleted) return expect(done, ErrorCode::not_found);
    if (stale) return expect(done, ErrorCode::version_conflict);
    expect(done, std::nullopt);
    known.fields = next.fields;
    ++known.version;
    ++owner.head;
  }

  void trash(Owner& owner, const std::string& id) {
    const auto done = s_.mutate(owner.who, [&](Mutation& m) { return trash_generation(m, id, std::nullopt); });
    if (!live(owner, id)) return expect(done, ErrorCode::not_found);
    expect(done, std::nullopt);
    take_away(owner, owner.generations[id]);
  }

  static void take_away(Owner& owner, ModelGeneration& known) {
    known.deleted = true;
    ++known.version;
    ++owner.head;
    for (auto& [letter, asset] : known.assets) {
      if (asset.deleted) continue;
      asset.deleted = asset.with_generation = true;
      ++owner.head;
    }
  }

  static void bring_back(Owner& owner, ModelGeneration& known) {
    known.deleted = false;
    ++known.version;
    ++owner.head;
    for (auto& [letter, asset] : known.assets) {
      if (!asset.with_generation) continue;
      asset.deleted = asset.with_generation = false;
      ++owner.head;
    }
  }

  /// Some of everybody's rows in one write: only the owner's own move, and only those that are on the other side.
  void move_some(Owner& owner) {
    const Move move = chance(50) ? Move::trash : Move::restore;
    Rows rows;
    std::size_t expected = 0;
    for (Owner& anybody : owners_) {
      for (auto& [id, known] : anybody.generations) {
        if (!chance(40)) continue;
        rows.generations.push_back(known.rid);
        if (&anybody != &owner || known.deleted != (move == Move::restore)) continue;
        ++expected;
        move == Move::trash ? take_away(owner, known) : bring_back(owner, known);
      }
    }
    const auto done = s_.mutate(owner.who, [&](Mutation& m) { return move_rows(m, move, rows); });
    ASSERT_TRUE(done);
    EXPECT_EQ(done->generations.size(), expected);
  }

  void restore(Owner& owner, const std::string& id) {
    const auto done = s_.mutate(owner.who, [&](Mutation& m) { return restore_generation(m, id); });
    if (!owner.generations.contains(id)) return expect(done, ErrorCode::not_found);
    expect(done, std::nullopt);
    ModelGeneration& known = owner.generations[id];
    if (known.deleted) bring_back(owner, known);
  }

  void upload(Owner& owner, const std::string& id) {
    const char letter = static_cast<char>('a' + pick(4));
    const std::string asset_id = make_asset_id(AssetPrefix::img, s_.random);
    const NewAsset asset{.rid = {s_.rids.next()},
                         .id = asset_id,
                         .kind = AssetKind::image,
                         .filename = std::string(1, letter) + ".png",
                         .content_type = "image/png",
                         .size = 1,
                         .sha256 = std::string(32, letter),
                         .blob_key = asset_id,
                         .generation_id = id};
    const auto done = s_.mutate(owner.who, [&](Mutation& m) { return create_asset(m, asset, nullptr); });
    if (!live(owner, id)) return expect(done, ErrorCode::not_found);
    expect(done, std::nullopt);
    ModelGeneration& known = owner.generations[id];
    const auto same = known.assets.find(letter);
    if (same == known.assets.end()) {
      EXPECT_EQ(done->arrival, Arrival::created);
      known.assets[letter] = {.id = asset_id};
    } else if (same->second.deleted) {
      EXPECT_EQ(done->arrival, Arrival::restored);
      same->second.deleted = false;
    } else {
      EXPECT_EQ(done->arrival, Arrival::duplicate);
      EXPECT_EQ(done->asset_id, same->second.id);
      return;
    }
    ++known.version;
    owner.head += 2;
  }

  void trash_or_restore_asset(Owner& owner, const std::string& id) {
    const auto found = owner.generations.find(id);
    if (found == owner.generations.end() || found->second.assets.empty()) return;
    ModelGeneration& known = found->second;
    auto chosen = std::next(known.assets.begin(), static_cast<std::ptrdiff_t>(pick(known.assets.size())));
    ModelAsset& asset = chosen->second;
    const bool back = chance(50);
    const auto done = s_.mutate(owner.who, [&](Mutation& m) {
      return back ? restore_asset(m, asset.id) : trash_asset(m, asset.id, std::nullopt);
    });
    if (!back && asset.deleted) return expect(done, ErrorCode::not_found);
    if (back && asset.deleted && known.deleted) return expect(done, ErrorCode::not_found);
    expect(done, std::nullopt);
    if (back == !asset.deleted) return;
    asset.deleted = !back;
    ++known.version;
    owner.head += 2;
  }

  void compare() {
    for (const Owner& owner : owners_) {
      EXPECT_EQ(s_.head(owner.who.user), owner.head) << "every change has one number, none is left out";
      compare_generations(owner);
      compare_list(owner);
      compare_changes(owner);
    }
  }

  void compare_generations(const Owner& owner) {
    for (const auto& [id, known] : owner.generations) {
      auto look = [&](db::Connection& c) { return find_generation(c, owner.who.user, id, Trash::include); };
      const auto found = s_.read(look).value();
      ASSERT_TRUE(found) << id;
      EXPECT_EQ(found->fields, known.fields) << id;
      EXPECT_EQ(found->version, known.version) << id;
      EXPECT_EQ(found->deleted_at.has_value(), known.deleted) << id;
      for (const auto& [letter, asset] : known.assets) {
        auto look_asset = [&](db::Connection& c) {
          return find_asset(c, owner.who.user, asset.id, [](const AssetView&) {});
        };
        EXPECT_EQ(s_.read(look_asset).value(), !asset.deleted) << id << " " << letter;
      }
    }
  }

  void compare_list(const Owner& owner) {
    std::vector<std::pair<std::int64_t, std::string>> expected;
    for (const auto& [id, known] : owner.generations) {
      if (!known.deleted) expected.emplace_back(known.rid, id);
    }
    std::ranges::sort(expected, std::greater());
    std::vector<std::pair<std::int64_t, std::string>> listed;
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(const Hits hits, search_generations(c, {tokenizer_, texts_}, owner.who.user, {}));
      return read_generations(c, rids_of(hits), ListView::summary,
                              [&](const GenerationView& g) { listed.emplace_back(g.rid.value, g.id); });
    };
    ASSERT_TRUE(s_.read(look));
    EXPECT_EQ(listed, expected);
  }

  void compare_changes(const Owner& owner) {
    std::set<std::int64_t> numbers;
    auto look = [&](db::Connection& c) {
      return c.each({"SELECT seq, kind, id, version, deleted FROM {changes} WHERE user_rid = $1", owner.who.user.value},
                    [&](const db::Row& row) {
                      EXPECT_TRUE(numbers.insert(row.integer(0)).second);
                      if (row.text(1) != "generation") return;
                      const ModelGeneration& known = owner.generations.at(std::string(row.text(2)));
                      EXPECT_EQ(row.integer(3), known.version) << row.text(2);
                      EXPECT_EQ(row.boolean(4), known.deleted) << row.text(2);
                    });
    };
    ASSERT_TRUE(s_.read(look));
    if (owner.head > 0) EXPECT_EQ(*numbers.rbegin(), owner.head) << "the last change has the last number";
  }

  /// What full text finds is what the rows say now.
  void check_search() { s_.has_fts5() ? check_fts5() : check_documents(); }

  /// FTS5 compares its index with the rows it was made from.
  void check_fts5() {
    auto run = [](db::Transaction& tx) -> Result<void> {
      tx.later({"INSERT INTO generations_search (generations_search, rank) VALUES ('integrity-check', 1)"});
      tx.later({"INSERT INTO assets_search (assets_search, rank) VALUES ('integrity-check', 1)"});
      return {};
    };
    const auto done = s_.write(run);
    EXPECT_TRUE(done) << done.error().detail;
  }

  struct Document {
    std::int64_t rid;
    std::vector<std::string> texts;
  };
  std::vector<Document> documents(db::Sql sql) {
    auto look = [&](db::Connection& c) {
      return c.all(sql, [](const db::Row& row) {
        Document document{row.integer(0), {search_owner({row.integer(1)})}};
        for (int column = 2; column < 7; ++column) document.texts.push_back(row.maybe_text(column).value_or(""));
        return document;
      });
    };
    return s_.read(look).value();
  }
  static std::vector<std::string_view> views_of(const Document& document) {
    return {document.texts.begin(), document.texts.end()};
  }

  /// The stored documents against those of what the rows hold.
  void check_documents() {
    for (const Document& document :
         documents("SELECT rid, user_rid, prompt, negative_prompt, search_text, search_terms,"
                   " file_names FROM {generations}")) {
      const auto texts = views_of(document);
      EXPECT_EQ(s_.number({"SELECT count(*) FROM {generations} WHERE rid = $1 AND tsvector_to_array(search) ="
                           " tsvector_to_array($2)",
                           document.rid, db::Words{texts}}),
                1)
          << document.texts[1];
    }
    for (const Document& document :
         documents("SELECT rid, user_rid, filename, kind, content_type, '', '' FROM {assets}")) {
      const auto texts = views_of(document);
      EXPECT_EQ(s_.number({"SELECT count(*) FROM {assets} WHERE rid = $1 AND tsvector_to_array(search) ="
                           " tsvector_to_array($2)",
                           document.rid, db::Words{texts}}),
                1)
          << document.texts[1];
    }
  }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  std::mt19937_64 random_;
  std::vector<Owner> owners_;
};

TEST(RandomMutations, AgreeWithAModelInMemory) {
  const char* wanted = std::getenv("MEDIALITH_TEST_SEED");
  const std::uint64_t first = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
  std::printf("MEDIALITH_TEST_SEED=%llu\n", static_cast<unsigned long long>(first));
  for (std::uint64_t seed = first; seed < first + 3; ++seed) {
    SCOPED_TRACE("MEDIALITH_TEST_SEED=" + std::to_string(seed));
    World(seed).run();
  }
}

}  // namespace
}  // namespace medialith::domain
