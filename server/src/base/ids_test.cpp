#include "base/ids.hpp"

#include <array>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith {
namespace {

TEST(UuidMaker, FollowsRfc9562) {
  ManualClock clock({0x017F'22E2'79B0});
  SeededRandom random(1);
  UuidMaker maker(clock, random);
  const std::string id = maker.make();
  EXPECT_THAT(id, testing::MatchesRegex("017f22e2-79b0-7[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
  ASSERT_EQ(id.size(), 36U);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) EXPECT_EQ(id[at], '-');
}

TEST(UuidMaker, AscendsWhenTheClockStandsOrGoesBack) {
  ManualClock clock;
  SeededRandom random(2);
  UuidMaker maker(clock, random);
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    if (i % 100 == 0) clock.advance(std::chrono::milliseconds(i % 300 == 0 ? 5 : -20));
    const std::string id = maker.make();
    ASSERT_LT(last, id);
    last = id;
  }
}

// Gives all ones, so that every step carries.
class Ones final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::byte& byte : out) byte = std::byte{0xff};
  }
};

TEST(UuidMaker, CarriesIntoTheTimeRatherThanWrap) {
  ManualClock clock({1000});
  Ones random;
  UuidMaker maker(clock, random);
  EXPECT_EQ(maker.make(), "00000000-03e8-7fff-bfff-ffffffffffff");
  EXPECT_EQ(maker.make(), "00000000-03e9-7000-8000-0000ffffffff");
}

TEST(UuidMaker, GivesNoIdTwiceToManyThreads) {
  SystemClock clock;
  SystemRandom random;
  UuidMaker maker(clock, random);
  std::array<std::vector<std::string>, 4> made;
  {
    std::vector<std::jthread> threads;
    for (auto& ids : made) {
      threads.emplace_back([&maker, &ids] {
        for (int i = 0; i < 2000; ++i) ids.push_back(maker.make());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& ids : made) {
    EXPECT_TRUE(std::ranges::is_sorted(ids));
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), 8000U);
}

TEST(AssetId, IsAPrefixAndBase32) {
  SeededRandom random(3);
  EXPECT_THAT(make_asset_id(AssetPrefix::img, random), testing::MatchesRegex("img_[a-z2-7]+"));
  EXPECT_EQ(make_asset_id(AssetPrefix::vid, random).size(), 30U);
  EXPECT_THAT(make_asset_id(AssetPrefix::aud, random), testing::StartsWith("aud_"));
  EXPECT_THAT(make_asset_id(AssetPrefix::file, random), testing::StartsWith("file_"));
  EXPECT_NE(make_asset_id(AssetPrefix::img, random), make_asset_id(AssetPrefix::img, random));
}

TEST(Token, Holds256Bits) {
  SeededRandom random(4);
  EXPECT_EQ(make_token(random).size(), 43U);
  EXPECT_NE(make_token(random).reveal(), make_token(random).reveal());
}

TEST(ClientId, TakesWhatAppsSend) {
  for (const std::string_view id :
       {"a", "legacy-single-canvas", "gen_1732181760123_k3j9x0a1b", "a.b~c:d@e-f_G9", "..a"}) {
    EXPECT_TRUE(is_valid_client_id(id)) << id;
  }
  EXPECT_TRUE(is_valid_client_id(std::string(255, 'x')));
}

TEST(ClientId, RefusesWhatAUrlOrARouteWouldChange) {
  constexpr std::array<std::string_view, 2> kReserved = {"facets", "trash"};
  for (const std::string_view id : {"", ".", "..", "...", "a/b", "a b", "a%20", "é", "a?b", "a#b", "trash", "facets"}) {
    EXPECT_FALSE(is_valid_client_id(id, kReserved)) << id;
  }
  EXPECT_TRUE(is_valid_client_id("trash", {}));
  EXPECT_TRUE(is_valid_client_id("Trash", kReserved));
  EXPECT_FALSE(is_valid_client_id(std::string(256, 'x')));
}

}  // namespace
}  // namespace medialith
