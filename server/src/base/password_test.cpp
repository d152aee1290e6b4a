#include "base/password.hpp"

#include <chrono>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith {
namespace {

constexpr PasswordCost kCheap{.passes = 1, .memory_bytes = std::size_t{64} * 1024};

TEST(PasswordHasher, TakesThePasswordItHashed) {
  const auto hasher = PasswordHasher::make(kCheap).value();
  const std::string phc = hasher.hash(Secret("correct horse")).value();
  EXPECT_TRUE(hasher.verify(Secret("correct horse"), phc));
  EXPECT_FALSE(hasher.verify(Secret("correct horsf"), phc));
  EXPECT_FALSE(hasher.verify(Secret(""), phc));
  EXPECT_NE(phc, hasher.hash(Secret("correct horse")).value());
}

TEST(PasswordHasher, WritesTheDemandedCost) {
  const auto hasher = PasswordHasher::make().value();
  const std::string phc = hasher.hash(Secret("p")).value();
  EXPECT_THAT(phc, testing::StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_FALSE(hasher.needs_rehash(phc));
  EXPECT_TRUE(PasswordHasher::make(kCheap)->needs_rehash(phc));
  EXPECT_TRUE(hasher.needs_rehash(PasswordHasher::make(kCheap)->hash(Secret("p")).value()));
}

TEST(PasswordHasher, DoesNotTruncate) {
  const auto hasher = PasswordHasher::make(kCheap).value();
  const std::string phc = hasher.hash(Secret(std::string(1024, 'a'))).value();
  EXPECT_FALSE(hasher.verify(Secret(std::string(1023, 'a')), phc));
  EXPECT_TRUE(hasher.verify(Secret(std::string(1024, 'a')), phc));
}

TEST(PasswordHasher, RefusesWhatIsNoHash) {
  const auto hasher = PasswordHasher::make(kCheap).value();
  for (const std::string phc : {"", "plain", "$argon2id$", "$2b$10$abc"}) {
    EXPECT_FALSE(hasher.verify(Secret("plain"), phc)) << phc;
    EXPECT_TRUE(hasher.needs_rehash(phc)) << phc;
  }
}

TEST(PasswordHasher, SpendsTheSameWorkOnAnUnknownUser) {
  const auto hasher = PasswordHasher::make({.passes = 4, .memory_bytes = std::size_t{4} * 1024 * 1024}).value();
  const std::string phc = hasher.hash(Secret("p")).value();
  const auto fastest = [](auto&& call) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      EXPECT_FALSE(call());
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return best;
  };
  const auto known = fastest([&] { return hasher.verify(Secret("wrong"), phc); });
  const auto unknown = fastest([&] { return hasher.dummy_verify(Secret("wrong")); });
  // Whether the work is done at all; the exact distance is measured against the running server.
  EXPECT_GT(unknown * 4, known);
  EXPECT_GT(known * 4, unknown);
}

}  // namespace
}  // namespace medialith
