#include "domain/generations.hpp"

#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith::domain {
namespace {

using testing::ElementsAre;

class Generations : public testing::Test {
 protected:
  Generation make(const std::string& id, const std::string& model = "flux") {
    Generation g{.rid = {s_.rids.next()}, .id = id};
    g.fields.model_id = model;
    g.fields.model_name = model;
    g.fields.prompt = "a heron at dawn";
    g.updated_at = created_at(g.rid.value);
    return g;
  }
  Result<std::optional<Replay>> create(const Principal& who, const Generation& g, const IdempotencyKey* key = nullptr) {
    const SearchText search = search_text_of(g.fields);
    return s_.mutate(who, [&](Mutation& m) { return create_generation(m, g, search); }, key);
  }
  Result<std::optional<Replay>> update(const Principal& who, const Generation& next,
                                       const IdempotencyKey* key = nullptr) {
    const SearchText search = search_text_of(next.fields);
    return s_.mutate(who, [&](Mutation& m) { return update_generation(m, next, search, true); }, key);
  }
  Result<std::optional<Replay>> trash(const Principal& who, std::string_view id,
                                      std::optional<std::int64_t> version = {}, const IdempotencyKey* key = nullptr) {
    return s_.mutate(who, [&](Mutation& m) { return trash_generation(m, id, version); }, key);
  }
  Result<std::optional<Replay>> restore(const Principal& who, std::string_view id) {
    return s_.mutate(who, [&](Mutation& m) { return restore_generation(m, id); });
  }
  std::optional<Generation> find(const Principal& who, std::string_view id, Trash trash = Trash::exclude) {
    return s_.read([&](db::Connection& c) { return find_generation(c, who.user, id, trash); }).value();
  }
  std::vector<std::string> list(const Principal& who, const Search& search = {}) {
    std::vector<std::string> ids;
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(const Hits hits, search_generations(c, {tokenizer_, texts_}, who.user, search));
      return read_generations(c, rids_of(hits), ListView::summary,
                              [&](const GenerationView& g) { ids.emplace_back(g.id); });
    };
    EXPECT_TRUE(s_.read(look));
    return ids;
  }
  /// seq, version, deleted of the thing's last change; the sequence number is the owner's.
  std::vector<std::int64_t> change(const Principal& who, std::string_view id) {
    std::vector<std::int64_t> found;
    auto look = [&](db::Connection& c) {
      return c.each({"SELECT seq, version, deleted FROM {changes} WHERE user_rid = $1 AND id = $2", who.user.value, id},
                    [&](const db::Row& row) { found = {row.integer(0), row.integer(1), row.integer(2)}; });
    };
    EXPECT_TRUE(s_.read(look));
    return found;
  }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

TEST_F(Generations, EveryMemberComesBackAsItWasSent) {
  Generation g = make("g1");
  g.fields = {.model_id = "flux",
              .model_name = "Flux Pro",
              .provider = "fal",
              .category = "image-generation",
              .prompt = "a héron \"at\" dawn\n🦩",
              .input_params = R"({"z":1.50,"a":[12345678901234567890]})",
              .result = R"([null,1e2])",
              .metadata = R"({"b":{"c":true}})",
              .recipe = R"({"seed":18446744073709551615,"negativePrompt":"rain"})",
              .status = GenerationStatus::failed,
              .error = "out of credits",
              .duration_ms = 1234,
              .cost = Money{"0.0250", "USD"},
              .favorite = true,
              .rating = 5,
              .tags = R"(["bird","dawn"])"};
  ASSERT_TRUE(create(ann_, g));
  const auto found = find(ann_, "g1");
  ASSERT_TRUE(found);
  if (s_.database->engine() == "postgres") {  // which keeps these three as values: every digit, not every space
    g.fields.input_params = R"({"a": [12345678901234567890], "z": 1.50})";
    g.fields.result = "[null, 100]";
    g.fields.metadata = R"({"b": {"c": true}})";
  }
  EXPECT_EQ(found->fields, g.fields);
  EXPECT_EQ(found->rid, g.rid);
  EXPECT_EQ(found->version, 1);
  EXPECT_EQ(found->updated_at, g.updated_at);
  EXPECT_EQ(found->deleted_at, std::nullopt);
}

TEST_F(Generations, AnIdIsTakenPerOwnerInTheTrashToo) {
  ASSERT_TRUE(create(ann_, make("g1")));
  EXPECT_EQ(create(ann_, make("g1")).error().code, ErrorCode::already_exists);
  EXPECT_TRUE(create(bob_, make("g1"))) << "neither owner can tell that the other has the same id";
  ASSERT_TRUE(trash(ann_, "g1"));
  EXPECT_EQ(create(ann_, make("g1")).error().code, ErrorCode::already_exists);
}

TEST_F(Generations, AnothersIdAnswersAsOneThatDoesNotExist) {
  Generation g = make("g1");
  ASSERT_TRUE(create(ann_, g));
  EXPECT_FALSE(find(bob_, "g1"));
  EXPECT_TRUE(list(bob_).empty());
  g.version = 2;
  const std::int64_t head = s_.head(ann_.user);
  for (const auto& refused :
       {update(bob_, g), trash(bob_, "g1"), trash(bob_, "g1", 7), restore(bob_, "g1"), trash(bob_, "none")}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_EQ(refused.error().message, "There is no such generation.");
  }
  EXPECT_EQ(s_.head(ann_.user), head);
  EXPECT_EQ(s_.head(bob_.user), 0);
  EXPECT_EQ(find(ann_, "g1")->version, 1);
}

TEST_F(Generations, AStaleVersionIsRefused) {
  Generation g = make("g1");
  ASSERT_TRUE(create(ann_, g));
  g.version = 2;
  g.fields.prompt = "first";
  ASSERT_TRUE(update(ann_, g));
  g.fields.prompt = "second";
  EXPECT_EQ(update(ann_, g).error().code, ErrorCode::version_conflict);
  EXPECT_EQ(trash(ann_, "g1", 1).error().code, ErrorCode::version_conflict);
  EXPECT_EQ(find(ann_, "g1")->fields.prompt, "first");
  ASSERT_TRUE(trash(ann_, "g1", 2));
  g.version = 4;
  EXPECT_EQ(update(ann_, g).error().code, ErrorCode::not_found) << "what lies in the trash is not edited";
}

TEST_F(Generations, TheTrashHidesAndGivesBack) {
  ASSERT_TRUE(create(ann_, make("g1")));
  s_.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(trash(ann_, "g1"));
  EXPECT_FALSE(find(ann_, "g1"));
  EXPECT_EQ(find(ann_, "g1", Trash::include)->deleted_at, s_.clock.now());
  EXPECT_TRUE(list(ann_).empty());
  EXPECT_EQ(trash(ann_, "g1").error().code, ErrorCode::not_found) << "a second DELETE is 404";
  ASSERT_TRUE(restore(ann_, "g1"));
  EXPECT_EQ(find(ann_, "g1")->version, 3);
  const std::int64_t head = s_.head(ann_.user);
  ASSERT_TRUE(restore(ann_, "g1"));
  EXPECT_EQ(find(ann_, "g1")->version, 3) << "nothing to restore, nothing changes";
  EXPECT_EQ(s_.head(ann_.user), head);
}

TEST_F(Generations, EveryMutationIsOneChangeNumberedPerOwner) {
  Generation g = make("g1");
  ASSERT_TRUE(create(ann_, g));
  EXPECT_THAT(change(ann_, "g1"), ElementsAre(1, 1, 0));
  ASSERT_TRUE(create(bob_, make("b1")));
  EXPECT_THAT(change(bob_, "b1"), ElementsAre(1, 1, 0));
  ASSERT_TRUE(create(ann_, make("g2")));
  EXPECT_THAT(change(ann_, "g2"), ElementsAre(2, 1, 0));
  g.version = 2;
  ASSERT_TRUE(update(ann_, g));
  EXPECT_THAT(change(ann_, "g1"), ElementsAre(3, 2, 0));
  ASSERT_TRUE(trash(ann_, "g1"));
  EXPECT_THAT(change(ann_, "g1"), ElementsAre(4, 3, 1));
  ASSERT_TRUE(restore(ann_, "g1"));
  EXPECT_THAT(change(ann_, "g1"), ElementsAre(5, 4, 0));
  EXPECT_FALSE(create(ann_, make("g1")));
  EXPECT_EQ(s_.head(ann_.user), 5) << "a refusal is no change";
  EXPECT_EQ(s_.number({"SELECT count(*) FROM {changes} WHERE user_rid = $1", ann_.user.value}), 2)
      << "the last one of each thing is kept";
}

// ---- lists --------------------------------------------------------------------------------------------------------

class GenerationLists : public Generations {
 protected:
  // The first of them was made when the clock stood at start_.
  GenerationLists() {
    // Three in one millisecond, so that only the tie decides.
    for (int i = 0; i < 9; ++i) {
      Generation g = make("g" + std::to_string(i), i % 2 == 0 ? "flux" : "sdxl");
      g.fields.category = i < 3 ? "a" : "b";
      g.fields.favorite = i == 4;
      g.fields.status = i == 5 ? GenerationStatus::pending : GenerationStatus::completed;
      EXPECT_TRUE(create(ann_, g));
      if (i % 3 == 2) s_.clock.advance(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(trash(ann_, "g7"));
  }
  const Time start_ = s_.clock.now();
};

TEST_F(GenerationLists, GoNewestFirstOrOldestFirst) {
  EXPECT_THAT(list(ann_), ElementsAre("g8", "g6", "g5", "g4", "g3", "g2", "g1", "g0"));
  EXPECT_THAT(list(ann_, {.order = Order::oldest_first}), ElementsAre("g0", "g1", "g2", "g3", "g4", "g5", "g6", "g8"));
}

TEST_F(GenerationLists, PagesMeetWithoutGapsOrRepeats) {
  for (const Order order : {Order::newest_first, Order::oldest_first}) {
    const std::vector<std::string> all = list(ann_, {.order = order});
    for (std::int64_t limit = 1; limit <= 9; ++limit) {
      std::vector<std::string> pages;
      Search query{.order = order, .limit = limit};
      for (;;) {
        const auto page = list(ann_, query);
        pages.insert(pages.end(), page.begin(), page.end());
        if (std::ssize(page) < limit) break;
        query.after = Position{.rid = find(ann_, page.back())->rid.value};
      }
      EXPECT_EQ(pages, all) << limit;
    }
  }
}

TEST_F(GenerationLists, FiltersMeanAnyOfTheirValuesAndAllOfThem) {
  EXPECT_THAT(list(ann_, {.filter = {.models = {"sdxl"}}}), ElementsAre("g5", "g3", "g1"));
  EXPECT_THAT(list(ann_, {.filter = {.models = {"sdxl", "flux"}, .categories = {"a"}}}), ElementsAre("g2", "g1", "g0"));
  EXPECT_THAT(list(ann_, {.filter = {.models = {"sdxl"}, .categories = {"b"}, .statuses = {"pending", "failed"}}}),
              ElementsAre("g5"));
  EXPECT_THAT(list(ann_, {.filter = {.favorite = true}}), ElementsAre("g4"));
  EXPECT_THAT(list(ann_, {.filter = {.models = {"flux"}, .favorite = false}}), ElementsAre("g8", "g6", "g2", "g0"));
  EXPECT_THAT(list(ann_, {.filter = {.models = {"flux"}}, .limit = 2}), ElementsAre("g8", "g6"));
  EXPECT_TRUE(list(ann_, {.filter = {.models = {"' OR 1=1 --"}}}).empty());
}

TEST_F(GenerationLists, TimesAreInclusiveAndExclusive) {
  const Time second = start_ + std::chrono::milliseconds(1);
  const Time third = start_ + std::chrono::milliseconds(2);
  EXPECT_THAT(list(ann_, {.filter = {.created_after = second}}), ElementsAre("g8", "g6", "g5", "g4", "g3"));
  EXPECT_THAT(list(ann_, {.filter = {.created_before = second}}), ElementsAre("g2", "g1", "g0"));
  EXPECT_THAT(list(ann_, {.filter = {.created_after = second, .created_before = third}}),
              ElementsAre("g5", "g4", "g3"));
}

TEST_F(Generations, ASummaryCutsThePromptAtACharacter) {
  Generation exact = make("exact");
  Generation over = make("over");
  for (int i = 0; i < kSummaryPromptCharacters; ++i) exact.fields.prompt += "🦩";
  exact.fields.prompt.erase(0, std::string_view("a heron at dawn").size());
  over.fields.prompt = exact.fields.prompt + "x";
  over.fields.metadata = R"({"large":1})";
  ASSERT_TRUE(create(ann_, exact));
  ASSERT_TRUE(create(ann_, over));
  for (const ListView view : {ListView::summary, ListView::full}) {
    const bool full = view == ListView::full;
    std::vector<bool> cut;
    const std::vector rids = {exact.rid.value, over.rid.value};
    auto look = [&](db::Connection& c) {
      return read_generations(c, rids, view, [&](const GenerationView& g) {
        cut.push_back(g.prompt_cut);
        EXPECT_EQ(g.metadata.has_value(), full);
        const bool whole = full && g.id == "over";
        EXPECT_EQ(g.prompt, whole ? over.fields.prompt : exact.fields.prompt);
      });
    };
    ASSERT_TRUE(s_.read(look));
    EXPECT_THAT(cut, ElementsAre(false, !full));
  }
}

// ---- what every mutation does ---------------------------------------------------------------------------------------

TEST_F(Generations, ARetryGetsItsAnswerWithoutASecondEffect) {
  const IdempotencyKey key{"k1", std::string(32, 'f')};
  ASSERT_FALSE(create(ann_, make("g1"), &key).value());
  const auto again = create(ann_, make("g1"), &key).value();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 201);
  EXPECT_EQ(again->kind, "generation");
  EXPECT_EQ(again->object_id, "g1");
  EXPECT_EQ(s_.head(ann_.user), 1);
  const auto found = s_.read([&](db::Connection& c) { return find_replay(c, ann_.user, key); }).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->object_id, "g1");
}

TEST_F(Generations, AKeyBelongsToOneRequestOfOneOwner) {
  const IdempotencyKey key{"k1", std::string(32, 'f')};
  const IdempotencyKey other{"k1", std::string(32, 'e')};
  ASSERT_TRUE(create(ann_, make("g1"), &key));
  EXPECT_EQ(create(ann_, make("g2"), &other).error().code, ErrorCode::idempotency_key_reused);
  EXPECT_FALSE(find(ann_, "g2"));
  const auto looked = s_.read([&](db::Connection& c) { return find_replay(c, ann_.user, other); });
  EXPECT_EQ(looked.error().code, ErrorCode::idempotency_key_reused);
  EXPECT_FALSE(create(bob_, make("g1"), &other).value()) << "another owner's key is another key";
  EXPECT_TRUE(find(bob_, "g1"));
}

TEST_F(Generations, ARefusalDoesNotUseUpItsKey) {
  const IdempotencyKey key{"k1", std::string(32, 'f')};
  ASSERT_TRUE(create(ann_, make("g1")));
  EXPECT_FALSE(create(ann_, make("g1"), &key));
  EXPECT_FALSE(create(ann_, make("g2"), &key).value());
  EXPECT_TRUE(find(ann_, "g2"));
}

TEST_F(Generations, AReplayIsLookedUpBeforeVersions) {
  const IdempotencyKey key{"k1", std::string(32, 'f')};
  ASSERT_TRUE(create(ann_, make("g1")));
  ASSERT_FALSE(trash(ann_, "g1", 1, &key).value());
  const auto again = trash(ann_, "g1", 1, &key).value();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 204);
}

TEST_F(Generations, ACredentialThatHasEndedChangesNothing) {
  auto end = [&](db::Transaction& tx) -> Result<void> {
    delete_login(tx, ann_.login_hash);
    return {};
  };
  ASSERT_TRUE(s_.write(end));
  EXPECT_EQ(create(ann_, make("g1")).error().code, ErrorCode::unauthenticated);
  auto disable = [&](db::Transaction& tx) -> Result<void> {
    return tx.ask({{"UPDATE {users} SET disabled_at = $2 WHERE rid = $1", bob_.user.value, s_.clock.now()}});
  };
  ASSERT_TRUE(s_.write(disable));
  EXPECT_EQ(create(bob_, make("g1")).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {generations}"), 0);
  Principal local = bob_;
  local.credential = Credential::local;
  EXPECT_TRUE(create(local, make("g1"))) << "the local owner has nothing to prove";
}

TEST_F(Generations, AMutationIsTwoTrips) {
  Generation g = make("g1");
  const IdempotencyKey key{"k1", std::string(32, 'f')};
  const auto trips = [&](auto&& mutation) {
    const std::uint64_t before = s_.database->stats().round_trips;
    EXPECT_TRUE(mutation());
    return s_.database->stats().round_trips - before;
  };
  EXPECT_EQ(trips([&] { return create(ann_, g, &key); }), 2U);
  g.version = 2;
  EXPECT_EQ(trips([&] { return update(ann_, g); }), 2U);
  EXPECT_EQ(trips([&] { return trash(ann_, "g1"); }), 2U);
  EXPECT_EQ(trips([&] { return restore(ann_, "g1"); }), 2U);
}

}  // namespace
}  // namespace medialith::domain
