#include "web/body_budget.hpp"

#include "gtest/gtest.h"
#include "net/runtime.hpp"

namespace medialith::web {
namespace {

TEST(BodyBudget, GivesUntilItIsEmptyAndTakesBack) {
  BodyBudget budget(100, std::chrono::milliseconds(0));
  {
    BodyBudget::Share first;
    BodyBudget::Share second;
    EXPECT_TRUE(net::run_sync(budget.enlarge(first, 60)));
    EXPECT_TRUE(net::run_sync(budget.enlarge(first, 50))) << "it has more already";
    EXPECT_EQ(first.bytes(), 60U);
    EXPECT_TRUE(net::run_sync(budget.enlarge(second, 40)));
    const auto refused = net::run_sync(budget.enlarge(second, 41));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    EXPECT_TRUE(refused.error().retry_after);
    BodyBudget::Share moved(std::move(first));
    EXPECT_EQ(moved.bytes(), 60U);
    EXPECT_EQ(first.bytes(), 0U);
  }
  BodyBudget::Share all;
  EXPECT_TRUE(net::run_sync(budget.enlarge(all, 100))) << "every share was given back once";
  EXPECT_FALSE(net::run_sync(budget.enlarge(all, 101)));
}

}  // namespace
}  // namespace medialith::web
