#include "http/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(Method, NamesGoBothWays) {
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_, Method::options}) {
    EXPECT_THAT(parse_method(method_name(method)), Optional(method));
  }
  EXPECT_EQ(method_name(Method::delete_), "DELETE");
  EXPECT_EQ(parse_method("get"), std::nullopt);
  EXPECT_EQ(parse_method("TRACE"), std::nullopt);
  EXPECT_EQ(parse_method(""), std::nullopt);
}

TEST(Headers, NamesCompareWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "image/png");
  headers.add("X-A", "1");
  headers.add("x-a", "2");
  EXPECT_THAT(headers.find("content-type"), Optional(std::string_view("image/png")));
  EXPECT_THAT(headers.all("X-a"), ElementsAre("1", "2"));
  EXPECT_EQ(headers.find("x-b"), std::nullopt);
  EXPECT_EQ(headers.size(), 3U);
}

TEST(Headers, SetReplacesEveryFieldOfThatName) {
  Headers headers;
  headers.add("X-A", "1");
  headers.add("Y", "y");
  headers.add("x-a", "2");
  headers.set("X-A", "3");
  EXPECT_THAT(headers.all("x-a"), ElementsAre("3"));
  headers.remove("y");
  EXPECT_EQ(headers.size(), 1U);
}

TEST(HeadersDeathTest, RefusesWhatWouldSplitAResponse) {
  Headers headers;
  EXPECT_DEATH(headers.add("X-A", "1\r\nSet-Cookie: a=b"), "is_field_value");
  EXPECT_DEATH(headers.add("X-A", std::string_view("a\0b", 3)), "is_field_value");
  EXPECT_DEATH(headers.add("X A", "1"), "is_token");
}

TEST(Request, FindsTheFirstQueryParameterOfAName) {
  Request request;
  request.query = {{"a", "1"}, {"a", "2"}, {"b", ""}};
  EXPECT_THAT(request.query_value("a"), Optional(std::string_view("1")));
  EXPECT_THAT(request.query_value("b"), Optional(std::string_view("")));
  EXPECT_EQ(request.query_value("c"), std::nullopt);
}

struct CookieCase {
  std::string_view fields;  // Cookie fields, separated by a line feed
  std::string_view name;
  std::optional<std::string_view> value;
};

TEST(Request, ReadsCookiesTolerantly) {
  const CookieCase cases[] = {
      {"a=1", "a", "1"},      {"a=1; b=2", "b", "2"},     {"a=1;b=2", "b", "2"},       {" a = 1 ;b=2", "a", "1"},
      {"a=1; a=2", "a", "1"}, {"a=x=y==", "a", "x=y=="},  {"a=\"q\"", "a", "\"q\""},   {"junk; ;; a=1", "a", "1"},
      {"a=", "a", ""},        {"A=1", "a", std::nullopt}, {"ba=1", "a", std::nullopt}, {"junk", "junk", std::nullopt},
      {"a=1\nb=2", "b", "2"}, {"", "a", std::nullopt},
  };
  for (const CookieCase& c : cases) {
    Request request;
    std::string_view rest = c.fields;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      request.headers.add("cookie", rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    EXPECT_EQ(request.cookie(c.name), c.value) << c.fields;
  }
}

TEST(Request, LooksAtABoundedNumberOfCookies) {
  std::string field;
  for (std::size_t i = 1; i < Request::kMaxCookies; ++i) field += "x=1; ";
  Request request;
  request.headers.add("Cookie", field + "last=1");
  EXPECT_TRUE(request.cookie("last"));
  request.headers.set("Cookie", field + "x=1; last=1");
  EXPECT_FALSE(request.cookie("last"));
}

}  // namespace
}  // namespace medialith::http
