#include "http/content_disposition.hpp"

#include <gtest/gtest.h>

#include "http/text.hpp"

namespace medialith::http {
namespace {

std::string attachment(std::string_view name) { return content_disposition(Disposition::attachment, name); }

TEST(ContentDisposition, WritesAsciiNamesPlainly) {
  EXPECT_EQ(attachment("cat 1.png"), "attachment; filename=\"cat 1.png\"");
  EXPECT_EQ(content_disposition(Disposition::inline_, "a;b.png"), "inline; filename=\"a;b.png\"");
  EXPECT_EQ(attachment(""), "attachment");
}

TEST(ContentDisposition, WritesOtherNamesTwice) {
  EXPECT_EQ(attachment("kätz €.png"),
            "attachment; filename=\"k_tz _.png\"; filename*=UTF-8''k%C3%A4tz%20%E2%82%AC.png");
  EXPECT_EQ(attachment("a\"b\\c%41.png"), "attachment; filename=\"a_b_c_41.png\"; filename*=UTF-8''a%22b%5Cc%2541.png");
  EXPECT_EQ(attachment("../x"), "attachment; filename=\".._x\"; filename*=UTF-8''..%2Fx");
  EXPECT_EQ(attachment("\xff.png"), "attachment; filename=\"_.png\"");
}

TEST(ContentDisposition, NoByteBreaksOut) {
  EXPECT_EQ(attachment("a\r\nX: y"), "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y");
  for (int c = 0; c < 256; ++c) {
    const std::string name = "a" + std::string(1, static_cast<char>(c)) + "b";
    const std::string value = attachment(name);
    ASSERT_TRUE(is_field_value(value)) << c;
    const auto parsed = parse_content_disposition(value);
    if (!is_plain_text(name)) continue;
    ASSERT_TRUE(parsed) << value;
    EXPECT_EQ(parsed->filename, name);
    EXPECT_EQ(parsed->type, "attachment");
  }
}

TEST(ContentDisposition, ReadsFormFields) {
  const auto parsed = parse_content_disposition("Form-Data ; NAME=\"a\" ; filename=b ;; ");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->type, "form-data");
  EXPECT_EQ(parsed->name, "a");
  EXPECT_EQ(parsed->filename, "b");
  for (const auto* bad : {"", "; name=a", "a b; name=c", "form-data name=a", "form-data; =a", "form-data; name"}) {
    EXPECT_FALSE(parse_content_disposition(bad)) << bad;
  }
}

}  // namespace
}  // namespace medialith::http
