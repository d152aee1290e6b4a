#include "http/conditional.hpp"

#include <gtest/gtest.h>

#include "http/http_date.hpp"

namespace medialith::http {
namespace {

constexpr Time kModified{784111777000};
constexpr const char* kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";

using Fields = std::vector<std::pair<const char*, const char*>>;

std::string evaluate(Method method, const Fields& fields, Validators current) {
  Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  const auto result = evaluate_preconditions(method, headers, current);
  if (!result) return "400";
  return *result == Precondition::proceed ? "go" : *result == Precondition::failed ? "412" : "304";
}

TEST(Preconditions, FollowTheTable) {
  const Validators strong{.etag = "\"a\"", .last_modified = Time{kModified.ms + 500}};
  struct Case {
    Method method;
    Fields fields;
    const char* result;
  };
  const Case cases[] = {
      {Method::get, {}, "go"},
      {Method::put, {{"If-Match", "\"a\""}}, "go"},
      {Method::put, {{"If-Match", "\"b\", \"a\""}}, "go"},
      {Method::put, {{"If-Match", " , \"b\",\"a\" ,"}}, "go"},
      {Method::put, {{"If-Match", "\"b\""}, {"if-match", "\"a\""}}, "go"},
      {Method::put, {{"If-Match", "*"}}, "go"},
      {Method::put, {{"If-Match", "\"b\""}}, "412"},
      {Method::get, {{"If-Match", "\"b\""}}, "412"},
      {Method::put, {{"If-Match", "W/\"a\""}}, "412"},
      {Method::put, {{"If-Match", "a"}}, "400"},
      {Method::put, {{"If-Match", ""}}, "400"},
      {Method::put, {{"If-Match", "\"a"}}, "400"},
      {Method::put, {{"If-Match", "\"b\" \"a\""}}, "400"},
      {Method::put, {{"If-Match", "\"a b\""}}, "400"},
      {Method::get, {{"If-Match", "a"}}, "412"},
      {Method::put, {{"If-Unmodified-Since", kSame}}, "go"},
      {Method::put, {{"If-Unmodified-Since", kBefore}}, "412"},
      {Method::put, {{"If-Unmodified-Since", "yesterday"}}, "go"},
      {Method::put, {{"If-Match", "\"a\""}, {"If-Unmodified-Since", kBefore}}, "go"},
      {Method::get, {{"If-None-Match", "\"a\""}}, "304"},
      {Method::head, {{"If-None-Match", "W/\"a\""}}, "304"},
      {Method::get, {{"If-None-Match", "*"}}, "304"},
      {Method::get, {{"If-None-Match", "\"b\""}}, "go"},
      {Method::get, {{"If-None-Match", "a"}}, "go"},
      {Method::put, {{"If-None-Match", "*"}}, "412"},
      {Method::put, {{"If-None-Match", "\"a\""}}, "412"},
      {Method::put, {{"If-None-Match", "\"b\""}}, "go"},
      {Method::put, {{"If-None-Match", "b"}}, "400"},
      {Method::get, {{"If-Modified-Since", kSame}}, "304"},
      {Method::get, {{"If-Modified-Since", kAfter}}, "304"},
      {Method::get, {{"If-Modified-Since", kBefore}}, "go"},
      {Method::put, {{"If-Modified-Since", kSame}}, "go"},
      {Method::get, {{"If-None-Match", "\"b\""}, {"If-Modified-Since", kSame}}, "go"},
      {Method::get, {{"If-Match", "\"a\""}, {"If-None-Match", "\"a\""}}, "304"},
      {Method::get, {{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}, "412"},
  };
  for (const Case& c : cases) {
    std::string text(method_name(c.method));
    for (const auto& [name, value] : c.fields) text += std::string(" ") + name + ": " + value;
    EXPECT_EQ(evaluate(c.method, c.fields, strong), c.result) << text;
  }
}

TEST(Preconditions, NothingThereYet) {
  const Validators nothing{.exists = false, .last_modified = {}};
  EXPECT_EQ(evaluate(Method::put, {{"If-None-Match", "*"}}, nothing), "go");
  EXPECT_EQ(evaluate(Method::put, {{"If-Match", "*"}}, nothing), "412");
  EXPECT_EQ(evaluate(Method::put, {{"If-Match", "\"a\""}}, nothing), "412");
  EXPECT_EQ(evaluate(Method::put, {{"If-Unmodified-Since", kSame}}, nothing), "go");
}

TEST(Preconditions, AWeakTagNeverMatchesStrongly) {
  const Validators weak{.etag = "W/\"a\"", .last_modified = {}};
  EXPECT_EQ(evaluate(Method::put, {{"If-Match", "W/\"a\""}}, weak), "412");
  EXPECT_EQ(evaluate(Method::put, {{"If-Match", "\"a\""}}, weak), "412");
  EXPECT_EQ(evaluate(Method::get, {{"If-None-Match", "\"a\""}}, weak), "304");
}

TEST(Etag, IsWrittenAndRead) {
  EXPECT_EQ(strong_etag("v3"), "\"v3\"");
  EXPECT_EQ(weak_etag("v3"), "W/\"v3\"");
  EXPECT_EQ(etag_opaque("\"v3\""), "v3");
  EXPECT_EQ(etag_opaque(" W/\"v3\" "), "v3");
  for (const auto* bad : {"", "v3", "\"v3", "\"v3\"x", "w/\"v3\"", "\"a\", \"b\"", "*"}) {
    EXPECT_EQ(etag_opaque(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace medialith::http
