#include "app/bootstrap.hpp"

#include <gtest/gtest.h>

#include "blob/testing/disk_fixture.hpp"
#include "domain/testing/scratch.hpp"

namespace medialith::app {
namespace {

TEST(Bootstrap, ASecretIsKeptOnceAndThenHeldAgainst) {
  domain::Scratch s;
  blob::DiskFixture disk;
  const BootstrapParts parts{*s.database, disk.store(), s.clock, s.random, s.uuids};
  const auto check = [&](std::string_view secret) { return net::run_sync(check_secret(parts, Secret(secret))); };
  ASSERT_TRUE(check("the one that it was made with"));
  const auto writes = s.database->stats().writes;
  EXPECT_GT(writes, 0U);
  EXPECT_TRUE(check("the one that it was made with"));
  EXPECT_FALSE(check("another"));
  EXPECT_EQ(s.database->stats().writes, writes) << "nothing is written by a later start";
}

}  // namespace
}  // namespace medialith::app
