#include "web/page_cache.hpp"

#include <gtest/gtest.h>

namespace medialith::web {
namespace {

constexpr domain::UserRid kAnn{1};
constexpr domain::UserRid kBob{2};

std::shared_ptr<const Page> page(std::string body) {
  return std::make_shared<const Page>(std::make_shared<const std::string>(std::move(body)), "");
}

TEST(PageCache, GivesAPageToItsOwnerWhileTheFeedStands) {
  PageCache pages;
  pages.keep(kAnn, "/v1/generations", 7, page("first"));
  ASSERT_NE(pages.find(kAnn, "/v1/generations", 7), nullptr);
  EXPECT_EQ(*pages.find(kAnn, "/v1/generations", 7)->body, "first");
  EXPECT_EQ(pages.find(kAnn, "/v1/generations", 8), nullptr);
  EXPECT_EQ(pages.find(kAnn, "/v1/generations", 6), nullptr) << "a view of the data from before";
  EXPECT_EQ(pages.find(kBob, "/v1/generations", 7), nullptr);
  EXPECT_EQ(pages.find(kAnn, "/v1/generations?limit=1", 7), nullptr);
}

TEST(PageCache, ReplacesAnOlderPageAndNeverANewerOne) {
  PageCache pages;
  pages.keep(kAnn, "/x", 7, page("seven"));
  pages.keep(kAnn, "/x", 9, page("nine"));
  pages.keep(kAnn, "/x", 8, page("eight"));
  EXPECT_EQ(pages.find(kAnn, "/x", 8), nullptr);
  EXPECT_EQ(*pages.find(kAnn, "/x", 9)->body, "nine");
}

TEST(PageCache, ForgetsWhatWasNotAskedForLongest) {
  PageCache pages(10'000);
  pages.keep(kAnn, "/a", 1, page(std::string(4000, 'a')));
  pages.keep(kAnn, "/b", 1, page(std::string(4000, 'b')));
  ASSERT_NE(pages.find(kAnn, "/a", 1), nullptr);
  pages.keep(kAnn, "/c", 1, page(std::string(4000, 'c')));
  EXPECT_NE(pages.find(kAnn, "/a", 1), nullptr);
  EXPECT_EQ(pages.find(kAnn, "/b", 1), nullptr);
  EXPECT_NE(pages.find(kAnn, "/c", 1), nullptr);
  EXPECT_LE(pages.bytes(), 10'000U);
  pages.keep(kAnn, "/d", 1, page(std::string(20'000, 'd')));
  EXPECT_EQ(pages.find(kAnn, "/d", 1), nullptr);
  EXPECT_NE(pages.find(kAnn, "/c", 1), nullptr) << "what is too large pushes nothing out";
}

}  // namespace
}  // namespace medialith::web
