#include "base/bytes.hpp"

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace medialith {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
  const ByteSpan span = bytes_of(text);
  return {span.begin(), span.end()};
}

// RFC 4648 §10.
TEST(Base64, FollowsTheVectorsOfTheRfc) {
  EXPECT_EQ(to_base64(bytes_of("")), "");
  EXPECT_EQ(to_base64(bytes_of("f")), "Zg==");
  EXPECT_EQ(to_base64(bytes_of("fo")), "Zm8=");
  EXPECT_EQ(to_base64(bytes_of("foobar")), "Zm9vYmFy");
  EXPECT_EQ(from_base64("Zm9vYg==").value(), bytes("foob"));
  EXPECT_EQ(to_base64url(bytes_of("\xfb\xff")), "-_8");
  EXPECT_EQ(to_base32(bytes_of("fooba")), "mzxw6ytb");
  EXPECT_EQ(to_base32(bytes_of("foobar")), "mzxw6ytboi");
}

TEST(Base64, RefusesASecondSpelling) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "-_8="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  for (const std::string_view text : {"Zg==", "Zh", "Z", "+/8", "Zm9vY"}) EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Hex, TakesEitherCaseAndWritesLower) {
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(to_hex(bytes_of("\x01\xab\xff")), "01abff");
  EXPECT_EQ(from_hex("01ABff").value(), bytes("\x01\xab\xff"));
  for (const std::string_view text : {"0", "0g", "g0", " 0", "0x00"}) EXPECT_FALSE(from_hex(text)) << text;
}

RC_GTEST_PROP(Bytes, ComeBackFromEveryText, (const std::string& text)) {
  const auto data = bytes(text);
  RC_ASSERT(from_hex(to_hex(data)).value() == data);
  RC_ASSERT(from_base64(to_base64(data)).value() == data);
  RC_ASSERT(from_base64url(to_base64url(data)).value() == data);
}

RC_GTEST_PROP(Bytes, HaveOneTextOnly, (const std::string& text)) {
  if (const auto data = from_base64(text)) RC_ASSERT(to_base64(*data) == text);
  if (const auto data = from_base64url(text)) RC_ASSERT(to_base64url(*data) == text);
}

TEST(FormatSize, TakesTheLargestExactUnit) {
  EXPECT_EQ(format_size(1000), "1000 bytes");
  EXPECT_EQ(format_size(1024), "1 KiB");
  EXPECT_EQ(format_size(10ULL << 30U), "10 GiB");
  EXPECT_EQ(format_size((1ULL << 20U) + 1024), "1025 KiB");
}

}  // namespace
}  // namespace medialith
