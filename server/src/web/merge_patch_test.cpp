#include "web/merge_patch.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace medialith::web {
namespace {

struct Case {
  const char* target;
  const char* patch;
  const char* result;
};

// The examples of RFC 7396 appendix A.
constexpr Case kRfcCases[] = {
    {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
    {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
    {R"({"a":"b"})", R"({"a":null})", R"({})"},
    {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
    {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
    {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
    {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
    {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
    {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
    {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
    {R"({"a":"foo"})", "null", "null"},
    {R"({"a":"foo"})", R"("bar")", R"("bar")"},
    {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
    {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
    {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
};

TEST(MergePatch, DoesWhatTheRfcShows) {
  for (const Case& c : kRfcCases) {
    const auto merged = merge_patch(c.target, c.patch);
    ASSERT_TRUE(merged.has_value()) << c.patch;
    EXPECT_EQ(*merged, c.result) << c.target << " + " << c.patch;
  }
}

TEST(MergePatch, KeepsOrderAndSpellingOfWhatItDoesNotName) {
  const auto merged =
      merge_patch(R"({"z":1.50,"a":{"x":12345678901234567890,"y":"\u00e9"},"m":2})", R"({"a":{"k":1e2}})");
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(*merged, R"({"z":1.50,"a":{"x":12345678901234567890,"y":"\u00e9","k":1e2},"m":2})");
}

TEST(MergePatch, RefusesEndlessNesting) {
  std::string deep;
  for (int i = 0; i < kMaxMergeDepth + 1; ++i) deep += R"({"a":)";
  deep += '1' + std::string(kMaxMergeDepth + 1, '}');
  const auto merged = merge_patch("{}", deep);
  ASSERT_FALSE(merged.has_value());
  EXPECT_EQ(merged.error().code, ErrorCode::validation_failed);
}

}  // namespace
}  // namespace medialith::web
