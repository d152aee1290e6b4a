#include "http/http_date.hpp"

#include <random>

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

TEST(HttpDate, WritesImfFixdate) {
  EXPECT_EQ(format_http_date({784111777000}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date({784111777999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date({0}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date({-1}), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(HttpDate, ReadsWhatItWrites) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1000; ++i) {
    const Time time{static_cast<std::int64_t>(random() % 253402300800) * 1000};  // up to the year 9999
    const auto read = parse_http_date(format_http_date(time));
    ASSERT_TRUE(read) << format_http_date(time);
    EXPECT_EQ(*read, time);
  }
}

TEST(HttpDate, RefusesOtherTexts) {
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"), parse_http_date("Sat, 31 Dec 2016 23:59:59 GMT"));
  for (const auto* bad :
       {"", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Wed, 31 Feb 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
}

}  // namespace
}  // namespace medialith::http
