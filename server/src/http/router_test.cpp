#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/route.hpp"

namespace medialith::http {
namespace {

Route route(Method method, std::string_view pattern, std::string_view operation) {
  return Route{.method = method, .pattern = pattern, .operation = operation, .summary = "", .tag = ""};
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    router_.add(route(Method::get, "/", "home"));
    router_.add(route(Method::get, "/v1/things", "list"));
    router_.add(route(Method::post, "/v1/things", "create"));
    router_.add(route(Method::get, "/v1/things/facets", "facets"));
    router_.add(route(Method::get, "/v1/things/:id", "get"));
    router_.add(route(Method::delete_, "/v1/things/:thing", "delete"));
    router_.add(route(Method::get, "/v1/things/facets/deep", "deep"));
    router_.add(route(Method::get, "/v1/things/:id/content", "content"));
    router_.add(route(Method::get, "/v1/:kind/:id/x/:y", "three"));
    router_.add(route(Method::get, "/p/:store/*", "blob"));
    router_.add(route(Method::head, "/p/:store/*", "blobHead"));
  }

  // "operation v1 v2", "404" or "405 GET HEAD".
  std::string at(Method method, std::string_view path) {
    const auto match = router_.match(method, path);
    if (!match) return "400";
    std::string text(match->route != nullptr ? match->route->operation : match->allowed.empty() ? "404" : "405");
    for (const auto& value : match->path_values) text += " " + value;
    for (const Method allowed : match->allowed) text += " " + std::string(method_name(allowed));
    return text;
  }

  Router router_;
};

TEST_F(RouterTest, StaticSegmentsWinOverParametersOverTheRest) {
  EXPECT_EQ(at(Method::get, "/"), "home");
  EXPECT_EQ(at(Method::get, "/v1/things"), "list");
  EXPECT_EQ(at(Method::get, "/v1/things/facets"), "facets");
  EXPECT_EQ(at(Method::get, "/v1/things/facet"), "get facet");
  EXPECT_EQ(at(Method::get, "/v1/things/facets/deep"), "deep");
  EXPECT_EQ(at(Method::get, "/p/s/a/b"), "blob s a/b");
}

TEST_F(RouterTest, ASpecificBranchThatEndsNowhereHidesNothing) {
  EXPECT_EQ(at(Method::get, "/v1/things/facets/content"), "content facets");
  EXPECT_EQ(at(Method::get, "/v1/things/1/x/2"), "three things 1 2");
  EXPECT_EQ(at(Method::get, "/v1/things/facets/x/2"), "three things facets 2");
  EXPECT_EQ(at(Method::get, "/v1/other/1"), "404");
}

TEST_F(RouterTest, ThePathDecidesBeforeTheMethod) {
  EXPECT_EQ(at(Method::delete_, "/v1/things/1"), "delete 1");
  EXPECT_EQ(at(Method::delete_, "/v1/things/facets"), "405 GET HEAD");
  EXPECT_EQ(at(Method::put, "/v1/things"), "405 GET HEAD POST");
  EXPECT_EQ(at(Method::put, "/v1/things/1"), "405 GET HEAD DELETE");
  EXPECT_EQ(at(Method::post, "/nothing"), "404");
}

TEST_F(RouterTest, HeadMatchesGetUnlessItHasItsOwnRoute) {
  EXPECT_EQ(at(Method::head, "/v1/things/1"), "get 1");
  EXPECT_EQ(at(Method::head, "/p/s/a"), "blobHead s a");
}

TEST_F(RouterTest, NothingIsNormalised) {
  for (const auto* path : {"//", "/v1/things/", "/v1//things", "/v1/./things", "/v1/x/../things", "/V1/things", "/v1",
                           "/p/s/", "/p//a", "/v1/things//content"}) {
    EXPECT_EQ(at(Method::get, path), "404") << path;
  }
  EXPECT_EQ(at(Method::get, "/v1/things/.."), "get ..");
  EXPECT_EQ(at(Method::get, "/p/s//a/../b/"), "blob s /a/../b/");
}

TEST_F(RouterTest, SegmentsAreDecodedOnce) {
  EXPECT_EQ(at(Method::get, "/v1/things/a%20b%2525"), "get a b%25");
  EXPECT_EQ(at(Method::get, "/v1/%74hings"), "list");
  EXPECT_EQ(at(Method::get, "/p/s/%C3%A4/b"), "blob s ä/b");
  for (const auto* path :
       {"/v1/things/a%2Fb", "/v1/things/a%5Cb", "/v1/things/%00", "/v1/things/%zz", "/p/s/%ff", ""}) {
    EXPECT_EQ(at(Method::get, path), "400") << path;
  }
}

TEST_F(RouterTest, ASegmentIsNeverAParameterSyntax) { EXPECT_EQ(at(Method::get, "/v1/things/:id"), "get :id"); }

TEST(RouterDeathTest, RefusesTwoOfAKind) {
  Router router;
  router.add(route(Method::get, "/a/:id", "one"));
  EXPECT_DEATH(router.add(route(Method::get, "/a/:other", "two")), "one route per method and pattern");
  EXPECT_DEATH(router.add(route(Method::get, "/b", "one")), "operation names are unique");
  EXPECT_DEATH(router.add(route(Method::get, "/*/b", "three")), "stands last");
}

TEST(Router, AgreesWithALinearSearchOverRandomTables) {
  // Every pattern over the alphabet {a, b, :x} of one or two segments; paths of the same over {a, b, c}.
  // The most specific pattern is the first that matches in this order: segment by segment, static before parameter.
  const std::vector<std::string> parts = {"a", "b", ":x"};
  std::vector<std::string> patterns;
  for (const auto& one : parts) {
    const std::string first = "/" + one;
    patterns.push_back(first);
    for (const auto& two : parts) patterns.push_back(fmt::format("{}/{}", first, two));
  }
  for (unsigned mask = 1; mask < (1U << patterns.size()); mask += 7) {
    Router router;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      if ((mask >> i & 1U) != 0) router.add(route(Method::get, patterns[i], patterns[i]));
    }
    for (const std::string path : {"/a", "/c", "/a/a", "/a/c", "/c/a", "/c/c", "/b/a"}) {
      const auto fits = [&](const std::string& pattern) {
        if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return false;
        const auto segment = [](const std::string& text, std::size_t i) {
          const auto cut = text.find('/', 1);
          return i == 0 ? text.substr(1, cut - 1) : text.substr(cut + 1);
        };
        for (std::size_t i = 0; i < static_cast<std::size_t>(std::ranges::count(path, '/')); ++i) {
          if (segment(pattern, i) != ":x" && segment(pattern, i) != segment(path, i)) return false;
        }
        return true;
      };
      std::string_view expected;
      for (std::size_t i = 0; i < patterns.size() && expected.empty(); ++i) {
        if ((mask >> i & 1U) != 0 && fits(patterns[i])) expected = patterns[i];
      }
      const auto match = router.match(Method::get, path);
      ASSERT_TRUE(match);
      ASSERT_EQ(match->route == nullptr ? "" : match->route->operation, expected) << path << " mask " << mask;
    }
  }
}

}  // namespace
}  // namespace medialith::http
