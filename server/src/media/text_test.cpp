#include "media/text.hpp"

#include <gtest/gtest.h>

namespace medialith::media {
namespace {

TEST(CleanUtf8, KeepsWhatIsValid) {
  constexpr std::string_view kText = "a\xC3\xA9\xE2\x82\xAC\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\n";
  EXPECT_EQ(clean_utf8(kText, 100), kText);
  EXPECT_TRUE(is_utf8(kText));
}

TEST(CleanUtf8, ReplacesWhatIsNot) {
  for (const std::string_view bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                                     "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x90\x80"}) {
    std::string expected = "x";
    for (std::size_t i = 0; i < bad.size(); ++i) expected += "\xEF\xBF\xBD";
    EXPECT_EQ(clean_utf8("x" + std::string(bad) + "y", 100), expected + "y");
    EXPECT_FALSE(is_utf8("x" + std::string(bad) + "y"));
  }
}

TEST(CleanUtf8, DropsZerosAndCutsBetweenCharacters) {
  EXPECT_EQ(clean_utf8(std::string_view("\0a\0\0b\0", 6), 100), "ab");
  EXPECT_EQ(clean_utf8("abc", 2), "ab");
  EXPECT_EQ(clean_utf8("ab\xE2\x82\xAC", 4), "ab");
  EXPECT_EQ(clean_utf8("ab\xFF", 4), "ab");
  EXPECT_EQ(clean_utf8("abc", 0), "");
}

TEST(CutUtf8, CutsBetweenCharacters) {
  EXPECT_EQ(cut_utf8("ab\xE2\x82\xAC", 5), "ab\xE2\x82\xAC");
  EXPECT_EQ(cut_utf8("ab\xE2\x82\xAC", 4), "ab");
  EXPECT_EQ(cut_utf8("\xE2\x82\xAC", 2), "");
}

TEST(Latin1, BecomesUtf8) { EXPECT_EQ(latin1_to_utf8("a\x80\xFF"), "a\xC2\x80\xC3\xBF"); }

TEST(Trimmed, TakesWhiteSpaceOffBothEnds) {
  EXPECT_EQ(trimmed(" \t\r\na b\v\f "), "a b");
  EXPECT_EQ(trimmed(" \n"), "");
}

}  // namespace
}  // namespace medialith::media
