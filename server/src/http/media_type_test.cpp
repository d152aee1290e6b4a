#include "http/media_type.hpp"

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

TEST(MediaType, SplitsEssenceAndParameters) {
  const auto type = parse_media_type(" Image/PNG ; Charset=\"UTF-8\"; x=y");
  ASSERT_TRUE(type);
  EXPECT_EQ(type->essence, "image/png");
  EXPECT_EQ(type->charset(), "utf-8");
  EXPECT_EQ(*type->find("x"), "y");
  EXPECT_EQ(type->find("z"), nullptr);
  EXPECT_EQ(parse_media_type("application/json")->charset(), "");
  for (const auto* bad : {"", "json", "/json", "a/", "a/b/c", "a b/c", "a/b; c", "a/b; c=\"d", "a/b, c/d"}) {
    EXPECT_FALSE(parse_media_type(bad)) << bad;
  }
}

TEST(MediaType, MatchesPatterns) {
  EXPECT_TRUE(media_type_matches("image/png", "image/png"));
  EXPECT_TRUE(media_type_matches("image/png", "image/*"));
  EXPECT_TRUE(media_type_matches("image/png", "*/*"));
  EXPECT_FALSE(media_type_matches("image/png", "video/*"));
  EXPECT_FALSE(media_type_matches("imagex/png", "image/*"));
}

TEST(ChooseEncoding, FollowsTheWeights) {
  const auto choose = [](std::optional<std::string_view> field, EncodingsThere there = {.br = true, .gzip = true}) {
    const std::string_view name = encoding_name(choose_encoding(field, there));
    return std::string(name.empty() ? "identity" : name);
  };
  EXPECT_EQ(choose(std::nullopt), "identity");
  EXPECT_EQ(choose(""), "identity");
  EXPECT_EQ(choose("gzip, deflate, br, zstd"), "br");
  EXPECT_EQ(choose("gzip, deflate"), "gzip");
  EXPECT_EQ(choose("GZIP;q=1.0, br;q=0.5"), "gzip");
  EXPECT_EQ(choose("br;q=0.001 , gzip;q=0"), "br");
  EXPECT_EQ(choose("br;q=0, gzip; q=0.000"), "identity");
  EXPECT_EQ(choose("identity, gzip;q=0.5"), "identity");
  EXPECT_EQ(choose("*"), "br");
  EXPECT_EQ(choose("*;q=0.5, br;q=0"), "gzip");
  EXPECT_EQ(choose("gzip", {.br = true, .gzip = false}), "identity");
  EXPECT_EQ(choose("identity;q=0, br", {.br = false, .gzip = false}), "identity");
  EXPECT_EQ(choose("br;q=2, gzip;q=0.1"), "gzip");
  EXPECT_EQ(choose("br;q=0.1234;x, gzip;level=9, ,,;"), "identity");
}

}  // namespace
}  // namespace medialith::http
