#include "http/uri.hpp"

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

using namespace std::string_view_literals;

TEST(SplitTarget, CutsOriginForm) {
  const auto target = split_target("/a/b%20c?x=1?&y=2", "h");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a/b%20c");
  EXPECT_EQ(target->query, "x=1?&y=2");
  EXPECT_EQ(split_target("/a?", "h")->query, "");
  EXPECT_EQ(split_target("//evil/x", "h")->path, "//evil/x");
}

TEST(SplitTarget, AcceptsAbsoluteFormOfTheSameHostOnly) {
  EXPECT_EQ(split_target("http://Media.test:8787/a?b", "media.test:8787")->path, "/a");
  EXPECT_EQ(split_target("http://media.test:80/a", "media.test")->path, "/a");
  EXPECT_EQ(split_target("https://media.test/a", "media.test:443")->path, "/a");
  EXPECT_EQ(split_target("http://media.test", "media.test")->path, "/");
  EXPECT_EQ(split_target("http://media.test?q=1", "media.test")->query, "q=1");
  for (const auto* bad : {"http://other/a", "http://media.test:81/a", "http://user@media.test/a", "http:///a",
                          "ftp://media.test/a", "http://media.test.evil/a", "https://media.test:80/a"}) {
    EXPECT_FALSE(split_target(bad, "media.test")) << bad;
  }
}

TEST(SplitTarget, RefusesOtherForms) {
  for (const auto bad :
       {""sv, "*"sv, "a/b"sv, "host:443"sv, "/a b"sv, "/a#b"sv, "/a\tb"sv, "/a\x7f"sv, "/a\0b"sv, "?a"sv}) {
    const auto target = split_target(bad, "h");
    ASSERT_FALSE(target) << bad;
    EXPECT_EQ(target.error().code, ErrorCode::invalid_request);
  }
}

TEST(DecodePath, DecodesEachSegmentOnce) {
  std::string storage;
  EXPECT_EQ(*decode_path("/v1/a%20b/%C3%A4", storage), "/v1/a b/ä");
  EXPECT_EQ(*decode_path("/%2525", storage), "/%25");
  EXPECT_EQ(*decode_path("/a+b", storage), "/a+b");
  EXPECT_EQ(*decode_path("//./../a/", storage), "//./../a/");
  EXPECT_EQ(*decode_path("/\xC3\xA4", storage), "/ä");
}

TEST(DecodePath, RefusesWhatCouldMeanAnotherPath) {
  std::string storage;
  for (const auto bad :
       {"/%"sv, "/%4"sv, "/%4g"sv, "/%%41"sv, "/a%00b"sv, "/a%2fb"sv, "/a%2Fb"sv, "/a%5cb"sv, "/a\\b"sv, "/%ff"sv,
        "/%ed%a0%80"sv, "/%c0%af"sv, "/%0a"sv, "/%7f"sv, "/\xff"sv, "a"sv, ""sv}) {
    const auto path = decode_path(bad, storage);
    ASSERT_FALSE(path) << bad;
    EXPECT_EQ(path.error().code, ErrorCode::invalid_request);
  }
}

TEST(ParseQuery, DecodesNamesAndValues) {
  const auto query = parse_query("a=1+2&b%3D=%26&&c&d==&=e&%C3%A4=%2B");
  ASSERT_TRUE(query);
  ASSERT_EQ(query->size(), 6U);
  const auto at = [&](std::size_t i) { return (*query)[i].name + "|" + (*query)[i].value; };
  EXPECT_EQ(at(0), "a|1 2");
  EXPECT_EQ(at(1), "b=|&");
  EXPECT_EQ(at(2), "c|");
  EXPECT_EQ(at(3), "d|=");
  EXPECT_EQ(at(4), "|e");
  EXPECT_EQ(at(5), "ä|+");
  EXPECT_TRUE(parse_query("")->empty());
}

TEST(ParseQuery, RefusesBadEscapesNulAndWhatIsNotUtf8) {
  for (const auto* bad : {"a=%", "a=%4", "%zz=1", "a=%00", "a=%ff", "%ed%b0%80=1"}) {
    const auto query = parse_query(bad);
    ASSERT_FALSE(query) << bad;
    EXPECT_EQ(query.error().code, ErrorCode::invalid_request);
  }
  EXPECT_EQ((*parse_query("q=a%0Ab%5C%2F"))[0].value, "a\nb\\/");
}

TEST(ParseQuery, TakesAHundredParameters) {
  std::string query;
  for (std::size_t i = 0; i < kMaxQueryParameters; ++i) query += "a&";
  EXPECT_EQ(parse_query(query)->size(), kMaxQueryParameters);
  EXPECT_FALSE(parse_query(query + "a"));
}

TEST(PercentEncode, ComesBackThroughTheDecoders) {
  EXPECT_EQ(percent_encode("aZ9-._~"), "aZ9-._~");
  EXPECT_EQ(percent_encode("a/b c+ä"), "a%2Fb%20c%2B%C3%A4");
  EXPECT_EQ(percent_encode_path("a/b c"), "a/b%20c");
  std::string every;
  for (int c = 1; c < 0x80; ++c) every.push_back(static_cast<char>(c));
  EXPECT_EQ((*parse_query("q=" + percent_encode(every)))[0].value, every);
}

}  // namespace
}  // namespace medialith::http
