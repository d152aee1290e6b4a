#include "domain/assets.hpp"

#include "base/bytes.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Assets : public testing::Test {
 protected:
  Generation generation(const std::string& id) {
    Generation g{.rid = {s_.rids.next()}, .id = id};
    g.fields.model_id = g.fields.model_name = "flux";
    g.updated_at = created_at(g.rid.value);
    return g;
  }
  void keep(const Principal& who, const std::string& id) {
    const Generation g = generation(id);
    const SearchText search = search_text_of(g.fields);
    ASSERT_TRUE(s_.mutate(who, [&](Mutation& m) { return create_generation(m, g, search); }));
  }
  /// A file whose bytes are `letter` over and over.
  NewAsset file(char letter, std::optional<std::string> home = {}) {
    const std::string id = make_asset_id(AssetPrefix::img, s_.random);
    return {.rid = {s_.rids.next()},
            .id = id,
            .kind = AssetKind::image,
            .filename = std::string(1, letter) + ".png",
            .content_type = "image/png",
            .size = 100,
            .sha256 = std::string(32, letter),
            .width = 640,
            .height = 480,
            .blob_key = "users/" + id,
            .generation_id = std::move(home)};
  }
  Result<ArrivalOutcome> arrive(const Principal& who, const NewAsset& asset, const IdempotencyKey* key = nullptr,
                                const RecipeGeneration* recipe = nullptr) {
    return s_.mutate(who, [&](Mutation& m) { return create_asset(m, asset, recipe); }, key);
  }
  std::string kept(const Principal& who, const NewAsset& asset) {
    const auto outcome = arrive(who, asset);
    EXPECT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->arrival, Arrival::created);
    return outcome->asset_id;
  }
  Result<bool> known(const Principal& who, const NewAsset& asset) {
    return s_.read([&](db::Connection& c) { return is_known(c, who.user, asset); });
  }
  Result<std::optional<Replay>> trash(const Principal& who, const std::string& id,
                                      std::optional<std::int64_t> version = {}) {
    return s_.mutate(who, [&](Mutation& m) { return trash_asset(m, id, version); });
  }
  Result<std::optional<Replay>> restore(const Principal& who, const std::string& id) {
    return s_.mutate(who, [&](Mutation& m) { return restore_asset(m, id); });
  }
  Result<std::optional<Replay>> trash_home(const Principal& who, const std::string& id) {
    return s_.mutate(who, [&](Mutation& m) { return trash_generation(m, id, std::nullopt); });
  }
  Result<std::optional<Replay>> restore_home(const Principal& who, const std::string& id) {
    return s_.mutate(who, [&](Mutation& m) { return restore_generation(m, id); });
  }
  bool is_live(const Principal& who, const std::string& id) {
    return s_.read([&](db::Connection& c) { return find_asset(c, who.user, id, [](const AssetView&) {}); }).value();
  }
  std::vector<std::string> list(const Principal& who, const Search& search = {}) {
    std::vector<std::string> names;
    auto look = [&](db::Connection& c) -> Result<void> {
      TRY_ASSIGN(const Hits hits, search_assets(c, {tokenizer_, texts_}, who.user, search));
      return read_assets(c, rids_of(hits), [&](const AssetView& a) { names.emplace_back(a.filename.value_or("-")); });
    };
    EXPECT_TRUE(s_.read(look));
    return names;
  }
  std::int64_t version_of(const Principal& who, const std::string& generation) {
    return s_.number({"SELECT version FROM {generations} WHERE user_rid = $1 AND id = $2", who.user.value,
                      std::string_view(generation)});
  }
  std::int64_t count(db::Sql sql) { return s_.number(sql); }

  Scratch s_;
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

TEST_F(Assets, EveryMemberComesBack) {
  keep(ann_, "g1");
  const NewAsset asset = file('a', "g1");
  const std::string id = kept(ann_, asset);
  EXPECT_EQ(id, asset.id);
  bool seen = false;
  auto look = [&](db::Connection& c) {
    return find_asset(c, ann_.user, id, [&](const AssetView& a) {
      seen = true;
      EXPECT_EQ(a.generation_id, "g1");
      EXPECT_EQ(a.kind, "image");
      EXPECT_EQ(a.state, "ready");
      EXPECT_EQ(a.visibility, "normal");
      EXPECT_EQ(a.filename, "a.png");
      EXPECT_EQ(a.content_type, "image/png");
      EXPECT_EQ(a.size, 100);
      EXPECT_EQ(text_of(a.sha256), asset.sha256);
      EXPECT_EQ(a.width, 640);
      EXPECT_EQ(a.height, 480);
      EXPECT_EQ(a.version, 1);
      EXPECT_EQ(a.url_epoch, 1);
    });
  };
  EXPECT_TRUE(s_.read(look).value());
  EXPECT_TRUE(seen);
  const auto content = s_.read([&](db::Connection& c) { return find_content(c, id); }).value();
  ASSERT_TRUE(content);
  EXPECT_EQ(content->owner, ann_.user);
  EXPECT_EQ(content->blob_key, asset.blob_key);
  EXPECT_EQ(content->size, 100U);
  EXPECT_EQ(content->sha256, asset.sha256);
}

TEST_F(Assets, TheSameBytesWithoutAHomeAreKeptOnce) {
  EXPECT_FALSE(known(ann_, file('a')).value());
  const std::string id = kept(ann_, file('a'));
  EXPECT_TRUE(known(ann_, file('a')).value());
  const auto again = arrive(ann_, file('a')).value();
  EXPECT_EQ(again.arrival, Arrival::duplicate);
  EXPECT_EQ(again.asset_id, id);
  EXPECT_EQ(count("SELECT count(*) FROM {assets}"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM {blobs}"), 1);
  EXPECT_EQ(s_.head(ann_.user), 1) << "nothing changed";
  NewAsset longer = file('a');
  longer.size = 101;
  EXPECT_FALSE(known(ann_, longer).value());
  EXPECT_FALSE(known(bob_, file('a')).value()) << "what another owner has is nobody's business";
  kept(bob_, file('a'));
}

TEST_F(Assets, TheSameBytesOnAnotherHomeAreAnotherAsset) {
  keep(ann_, "g1");
  keep(ann_, "g2");
  const std::string first = kept(ann_, file('a', "g1"));
  EXPECT_FALSE(known(ann_, file('a', "g2")).value());
  const std::string second = kept(ann_, file('a', "g2"));
  EXPECT_NE(first, second);
  EXPECT_EQ(arrive(ann_, file('a', "g1")).value().asset_id, first);
  EXPECT_EQ(arrive(ann_, file('a', "g2")).value().asset_id, second);
}

TEST_F(Assets, BytesThatSeemedKnownAreAskedFor) {
  NewAsset asset = file('a');
  asset.blob_key.clear();
  const std::int64_t head = s_.head(ann_.user);
  EXPECT_EQ(arrive(ann_, asset).value().arrival, Arrival::bytes_needed);
  EXPECT_EQ(count("SELECT count(*) FROM {assets}"), 0);
  EXPECT_EQ(s_.head(ann_.user), head);
  const std::string id = kept(ann_, file('a'));
  EXPECT_EQ(arrive(ann_, asset).value().asset_id, id);
}

TEST_F(Assets, AHomeHasToBeOnesOwnAndLive) {
  keep(ann_, "g1");
  for (const auto& refused : {arrive(bob_, file('a', "g1")), arrive(ann_, file('a', "none"))}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_EQ(refused.error().fields.at(0).path, "generationId");
  }
  EXPECT_EQ(known(bob_, file('a', "g1")).error().code, ErrorCode::not_found);
  ASSERT_TRUE(trash_home(ann_, "g1"));
  EXPECT_EQ(arrive(ann_, file('a', "g1")).error().code, ErrorCode::not_found);
  EXPECT_EQ(count("SELECT count(*) FROM {assets}"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM {blobs}"), 0);
}

TEST_F(Assets, TheSameBytesTakeTheOldOnesOutOfTheTrash) {
  keep(ann_, "g1");
  const std::string loose = kept(ann_, file('a'));
  const std::string housed = kept(ann_, file('b', "g1"));
  ASSERT_TRUE(trash(ann_, loose));
  ASSERT_TRUE(trash(ann_, housed));
  const std::int64_t before = version_of(ann_, "g1");
  const auto back = arrive(ann_, file('a')).value();
  EXPECT_EQ(back.arrival, Arrival::restored);
  EXPECT_EQ(back.asset_id, loose);
  EXPECT_TRUE(is_live(ann_, loose));
  EXPECT_EQ(arrive(ann_, file('b', "g1")).value().arrival, Arrival::restored);
  EXPECT_TRUE(is_live(ann_, housed));
  EXPECT_EQ(version_of(ann_, "g1"), before + 1) << "a generation shows its assets";
}

TEST_F(Assets, WhatWentWithItsGenerationComesBackOnlyWithIt) {
  keep(ann_, "g1");
  const std::string early = kept(ann_, file('a', "g1"));
  const std::string late = kept(ann_, file('b', "g1"));
  ASSERT_TRUE(trash(ann_, early));
  ASSERT_TRUE(trash_home(ann_, "g1"));
  EXPECT_FALSE(is_live(ann_, late));
  EXPECT_EQ(restore(ann_, late).error().code, ErrorCode::not_found);
  EXPECT_EQ(restore(ann_, early).error().code, ErrorCode::not_found) << "its home lies in the trash";
  ASSERT_TRUE(restore_home(ann_, "g1"));
  EXPECT_TRUE(is_live(ann_, late));
  EXPECT_FALSE(is_live(ann_, early)) << "it had been thrown away before";
  ASSERT_TRUE(restore(ann_, early));
  EXPECT_TRUE(is_live(ann_, early));
}

TEST_F(Assets, BytesNeverComeBackIntoAGenerationInTheTrash) {
  keep(ann_, "g1");
  const std::string early = kept(ann_, file('a', "g1"));
  const std::string late = kept(ann_, file('b', "g1"));
  ASSERT_TRUE(trash(ann_, early));
  ASSERT_TRUE(trash_home(ann_, "g1"));
  EXPECT_FALSE(known(ann_, file('a')).value());
  EXPECT_FALSE(known(ann_, file('b')).value());
  EXPECT_NE(kept(ann_, file('a')), early);
  EXPECT_NE(kept(ann_, file('b')), late);
}

TEST_F(Assets, TrashAndRestoreKeepVersionsAndOwners) {
  const std::string id = kept(ann_, file('a'));
  EXPECT_EQ(trash(bob_, id).error().code, ErrorCode::not_found);
  EXPECT_EQ(restore(bob_, id).error().code, ErrorCode::not_found);
  EXPECT_EQ(trash(ann_, id, 2).error().code, ErrorCode::version_conflict);
  EXPECT_FALSE(is_live(bob_, id));
  ASSERT_TRUE(trash(ann_, id, 1));
  EXPECT_FALSE(is_live(ann_, id));
  EXPECT_FALSE(s_.read([&](db::Connection& c) { return find_content(c, id); }).value()) << "deleting hides the bytes";
  EXPECT_EQ(trash(ann_, id).error().code, ErrorCode::not_found);
  ASSERT_TRUE(restore(ann_, id));
  EXPECT_TRUE(s_.read([&](db::Connection& c) { return find_content(c, id); }).value());
  const std::int64_t head = s_.head(ann_.user);
  ASSERT_TRUE(restore(ann_, id));
  EXPECT_EQ(s_.head(ann_.user), head) << "nothing to restore, nothing changes";
}

TEST_F(Assets, ADisabledOwnersBytesAreNotServed) {
  const std::string id = kept(ann_, file('a'));
  auto disable = [&](db::Transaction& tx) -> Result<void> {
    return tx.ask({{"UPDATE {users} SET disabled_at = $2 WHERE rid = $1", ann_.user.value, s_.clock.now()}});
  };
  ASSERT_TRUE(s_.write(disable));
  EXPECT_FALSE(s_.read([&](db::Connection& c) { return find_content(c, id); }).value());
}

TEST_F(Assets, AFileWithARecipeBringsItsGeneration) {
  const RecipeGeneration recipe{generation("from-file"), {}};
  const NewAsset asset = file('a');
  ASSERT_EQ(arrive(ann_, asset, nullptr, &recipe).value().arrival, Arrival::created);
  EXPECT_EQ(version_of(ann_, "from-file"), 1);
  EXPECT_THAT(list(ann_, {.filter = {.generations = {"from-file"}}}), ElementsAre("a.png"));
  const RecipeGeneration again{generation("again"), {}};
  EXPECT_EQ(arrive(ann_, file('a'), nullptr, &again).value().arrival, Arrival::duplicate);
  EXPECT_EQ(count("SELECT count(*) FROM {generations}"), 1) << "what is there already makes none";
  EXPECT_EQ(s_.head(ann_.user), 2);
}

TEST_F(Assets, ListsFilterAndPage) {
  keep(ann_, "g1");
  kept(ann_, file('a', "g1"));
  NewAsset song = file('b');
  song.kind = AssetKind::audio;
  kept(ann_, song);
  const NewAsset third = file('c');
  kept(ann_, third);
  const std::string gone = kept(ann_, file('d'));
  ASSERT_TRUE(trash(ann_, gone));
  kept(bob_, file('e'));
  EXPECT_THAT(list(ann_), ElementsAre("c.png", "b.png", "a.png"));
  EXPECT_THAT(list(ann_, {.order = Order::oldest_first}), ElementsAre("a.png", "b.png", "c.png"));
  EXPECT_THAT(list(ann_, {.after = Position{.rid = third.rid.value}, .limit = 1}), ElementsAre("b.png"));
  EXPECT_THAT(list(ann_, {.filter = {.generations = {"g1", "none"}}}), ElementsAre("a.png"));
  EXPECT_THAT(list(bob_, {.filter = {.generations = {"g1"}}}), IsEmpty());
  EXPECT_THAT(list(ann_, {.filter = {.kinds = {"audio", "video"}}}), ElementsAre("b.png"));
  EXPECT_THAT(list(ann_, {.filter = {.created_before = created_at(third.rid.value)}}), IsEmpty())
      << "all of one millisecond";
}

TEST_F(Assets, APageOfGenerationsGetsItsAssetsAtOnce) {
  keep(ann_, "g1");
  keep(ann_, "g2");
  keep(ann_, "g3");
  for (const char letter : {'a', 'b'}) kept(ann_, file(letter, "g1"));
  kept(ann_, file('c', "g2"));
  const std::string gone = kept(ann_, file('d', "g2"));
  ASSERT_TRUE(trash(ann_, gone));
  kept(ann_, file('e', "g3"));
  const auto rid = [&](const char* id) {
    return GenerationRid{s_.number({"SELECT rid FROM {generations} WHERE id = $1", std::string_view(id)})};
  };
  const std::vector<GenerationRid> page = {rid("g2"), rid("g1")};
  const auto names = [&](UserRid user, const std::vector<GenerationRid>& of) {
    std::vector<std::string> found;
    auto look = [&](db::Connection& c) {
      return list_assets_of(c, user, of, [&](const AssetView& a) { found.emplace_back(*a.filename); });
    };
    EXPECT_TRUE(s_.read(look));
    return found;
  };
  EXPECT_THAT(names(ann_.user, page), ElementsAre("a.png", "b.png", "c.png"));
  EXPECT_THAT(names(ann_.user, {}), IsEmpty());
  EXPECT_THAT(names(bob_.user, page), IsEmpty());
}

TEST_F(Assets, ARetriedUploadIsToldTheAssetAndItsDigest) {
  const IdempotencyKey key{"k1", std::string(32, 'f')};
  const NewAsset asset = file('a');
  ASSERT_FALSE(arrive(ann_, asset, &key)->replay);
  const auto again = arrive(ann_, file('b'), &key).value();
  ASSERT_TRUE(again.replay);
  EXPECT_EQ(again.replay->status, 201);
  EXPECT_EQ(again.replay->kind, "asset");
  EXPECT_EQ(again.replay->object_id, asset.id);
  EXPECT_EQ(again.replay->details, R"({"sha256":")" + to_hex(bytes_of(asset.sha256)) + R"("})");
  EXPECT_THAT(list(ann_), ElementsAre("a.png"));
}

TEST_F(Assets, AMutationIsTwoTrips) {
  keep(ann_, "g1");
  const IdempotencyKey key{"k1", std::string(32, 'f')};
  const auto trips = [&](auto&& mutation) {
    const std::uint64_t before = s_.database->stats().round_trips;
    EXPECT_TRUE(mutation());
    return s_.database->stats().round_trips - before;
  };
  const NewAsset asset = file('a', "g1");
  EXPECT_EQ(trips([&] { return arrive(ann_, asset, &key); }), 2U);
  EXPECT_EQ(trips([&] { return trash(ann_, asset.id); }), 2U);
  EXPECT_EQ(trips([&] { return arrive(ann_, file('a', "g1")); }), 2U);
  EXPECT_EQ(trips([&] { return trash_home(ann_, "g1"); }), 2U);
  EXPECT_EQ(trips([&] { return restore_home(ann_, "g1"); }), 2U);
}

TEST_F(Assets, ChangesNameTheAssetAndItsGeneration) {
  keep(ann_, "g1");
  const std::string id = kept(ann_, file('a', "g1"));
  const auto feed = [&] {
    std::vector<std::string> lines;
    auto look = [&](db::Connection& c) {
      return c.each(
          {"SELECT seq, kind, version, deleted FROM {changes} WHERE user_rid = $1 ORDER BY seq", ann_.user.value},
          [&](const db::Row& row) {
            lines.push_back(std::to_string(row.integer(0)) + " " + std::string(row.text(1)) + " v" +
                            std::to_string(row.integer(2)) + (row.boolean(3) ? " gone" : ""));
          });
    };
    EXPECT_TRUE(s_.read(look));
    return lines;
  };
  EXPECT_THAT(feed(), ElementsAre("2 generation v2", "3 asset v1"));
  ASSERT_TRUE(trash(ann_, id));
  EXPECT_THAT(feed(), ElementsAre("4 generation v3", "5 asset v2 gone"));
  ASSERT_TRUE(restore(ann_, id));
  EXPECT_THAT(feed(), ElementsAre("6 generation v4", "7 asset v3"));
  ASSERT_TRUE(trash_home(ann_, "g1"));
  EXPECT_THAT(feed(), ElementsAre("8 asset v4 gone", "9 generation v5 gone"));
}

}  // namespace
}  // namespace medialith::domain
