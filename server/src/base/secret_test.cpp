#include "base/secret.hpp"

#include <concepts>
#include <ostream>

#include "gtest/gtest.h"

namespace medialith {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Streamable<Secret>);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<Secret, std::string>);

TEST(Secret, IsOnlyRevealedOnDemand) {
  const Secret secret("hunter2");
  EXPECT_EQ(fmt::format("password: {}", secret), "password: [secret]");
  EXPECT_EQ(secret.reveal(), "hunter2");
  EXPECT_EQ(secret.size(), 7U);
}

TEST(Secret, WipesTheTextItTakesOver) {
  std::string text = "a password that is longer than the small string buffer";
  const char* const memory = text.data();
  const Secret secret(std::move(text));
  EXPECT_EQ(secret.reveal(), "a password that is longer than the small string buffer");
  EXPECT_EQ(memory[1], '\0');  // the capacity is still the caller's
}

TEST(Secret, MovesAndCopies) {
  Secret a("one");
  Secret b = a;
  const Secret c = std::move(a);
  b = Secret("two");
  EXPECT_EQ(c.reveal(), "one");
  EXPECT_EQ(b.reveal(), "two");
}

}  // namespace
}  // namespace medialith
