#include "base/secret.hpp"

#include <array>
#include <concepts>
#include <memory>
#include <ostream>

#include "base/bytes.hpp"
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

TEST(Secret, LeavesNothingBehindWhereItWas) {
  alignas(Secret) std::array<std::byte, sizeof(Secret)> memory{};
  auto* const secret = new (memory.data()) Secret("hunter2");
  const Secret moved = std::move(*secret);
  std::destroy_at(secret);
  // Emptying a string overwrites its first character in any case.
  EXPECT_EQ(text_of(memory).find("unter2"), std::string_view::npos);
  EXPECT_EQ(moved.reveal(), "hunter2");
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
