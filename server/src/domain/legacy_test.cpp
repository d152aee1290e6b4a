#include "domain/legacy.hpp"

#include "domain/assets.hpp"
#include "domain/testing/scratch.hpp"
#include "domain/trash.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith::domain {
namespace {

class Legacy : public testing::Test {
 protected:
  Legacy() {
    const std::string id = s_.uuids.make();
    auto ensure = [&](db::Transaction& tx) { return ensure_singleton_user(tx, UserKind::legacy, id, s_.clock.now()); };
    const User user = s_.write(ensure).value();
    legacy_ = {.user = user.rid, .user_id = user.id, .scopes = Scopes::all};
  }
  void keep(const Principal& who, const std::string& id) {
    Generation g{.rid = {s_.rids.next()}, .id = id};
    g.fields.model_id = g.fields.model_name = "flux";
    g.updated_at = created_at(g.rid.value);
    const SearchText search = search_text_of(g.fields);
    ASSERT_TRUE(s_.mutate(who, [&](Mutation& m) { return create_generation(m, g, search); }));
  }
  std::string keep_file(const Principal& who, char letter, std::optional<std::string> home = {}) {
    const std::string id = make_asset_id(AssetPrefix::file, s_.random);
    const NewAsset asset{.rid = {s_.rids.next()},
                         .id = id,
                         .filename = std::string(1, letter),
                         .content_type = "text/plain",
                         .size = 1,
                         .sha256 = std::string(32, letter),
                         .blob_key = id,
                         .generation_id = std::move(home)};
    EXPECT_TRUE(s_.mutate(who, [&](Mutation& m) { return create_asset(m, asset, nullptr); }));
    return id;
  }
  Assigned assign(std::int64_t limit) {
    return s_.mutate(ann_, [&](Mutation& m) { return assign_legacy(m, limit); }).value();
  }
  std::int64_t generations_of(const Principal& who) {
    return s_.number({"SELECT count(*) FROM {generations} WHERE user_rid = $1", who.user.value});
  }
  std::int64_t assets_of(const Principal& who) {
    return s_.number({"SELECT count(*) FROM {assets} WHERE user_rid = $1", who.user.value});
  }

  Scratch s_;
  Principal legacy_;
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

TEST_F(Legacy, GivesGenerationsWithTheirAssetsInSteps) {
  for (const char* id : {"g1", "g2", "g3"}) keep(legacy_, id);
  keep_file(legacy_, 'a', "g1");
  keep_file(legacy_, 'b', "g3");
  keep(bob_, "b1");
  keep_file(bob_, 'c', "b1");

  const Assigned first = assign(2);
  EXPECT_EQ(first.generations, 2);
  EXPECT_EQ(first.assets, 1);
  EXPECT_EQ(generations_of(ann_), 2);
  const Assigned second = assign(2);
  EXPECT_EQ(second.generations, 1);
  EXPECT_EQ(second.assets, 1);
  const Assigned third = assign(2);
  EXPECT_EQ(third.generations + third.assets, 0);
  EXPECT_EQ(generations_of(legacy_) + assets_of(legacy_), 0);
  EXPECT_EQ(generations_of(bob_), 1);
  EXPECT_EQ(assets_of(bob_), 1);
}

TEST_F(Legacy, GivesLooseAssetsAFewAtATime) {
  for (const char letter : {'a', 'b', 'c', 'd', 'e'}) keep_file(legacy_, letter);
  EXPECT_EQ(assign(2).assets, 2);
  EXPECT_EQ(assign(2).assets, 2);
  EXPECT_EQ(assign(2).assets, 1);
  EXPECT_EQ(assets_of(ann_), 5);
}

TEST_F(Legacy, KeepsBackWhatTheNewOwnerHasByTheSameId) {
  keep(legacy_, "g1");
  keep(legacy_, "g2");
  keep_file(legacy_, 'a', "g1");
  keep(ann_, "g1");
  const Assigned assigned = assign(10);
  EXPECT_EQ(assigned.generations, 1);
  EXPECT_EQ(assigned.assets, 0);
  EXPECT_EQ(assigned.kept_back, 1);
  EXPECT_EQ(assets_of(legacy_), 1) << "its assets stay with it";
}

TEST_F(Legacy, TheNewOwnerFindsThemAndIsToldOfThem) {
  keep(legacy_, "g1");
  const std::string asset = keep_file(legacy_, 'a', "g1");
  const std::int64_t head = s_.head(ann_.user);
  assign(10);
  EXPECT_TRUE(s_.read([&](db::Connection& c) { return find_generation(c, ann_.user, "g1"); }).value());
  EXPECT_FALSE(s_.read([&](db::Connection& c) { return find_generation(c, legacy_.user, "g1"); }).value());
  EXPECT_EQ(s_.read([&](db::Connection& c) { return find_content(c, asset); }).value()->owner, ann_.user);
  EXPECT_EQ(s_.head(ann_.user), head + 2);
  const auto matches = [&](const Principal& who) {
    const std::string owner = search_owner(who.user);
    return s_.number({db::Sql("SELECT count(*) FROM {generations_search} WHERE {generations_search} MATCH $1",
                              db::on_postgres("SELECT count(*) FROM {generations} WHERE search @@ $1::tsquery")),
                      std::string_view(owner)});
  };
  EXPECT_EQ(matches(ann_), 1);
  EXPECT_EQ(matches(legacy_), 0);
}

}  // namespace
}  // namespace medialith::domain
