#include "base/text.hpp"

#include <gtest/gtest.h>

namespace medialith {
namespace {

TEST(Text, IsTrimmedAtBothEnds) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \r\n"), "");
}

TEST(Text, LosesTheCapitalsOfAsciiOnly) { EXPECT_EQ(to_lower("aZ[@É"), "az[@É"); }

TEST(Text, AWholeNumberIsNothingElse) {
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_EQ(parse_integer<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "12abc", " 12", "+12", "12.0", "0x1", "9223372036854775808"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_integer<std::uint64_t>("-1"), std::nullopt);
}

}  // namespace
}  // namespace medialith
