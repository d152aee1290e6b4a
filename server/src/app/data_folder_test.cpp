#include "app/data_folder.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/process.hpp"
#include "app/testing/scratch_folder.hpp"

namespace medialith::app {
namespace {

using ::testing::HasSubstr;

unsigned rights(const std::filesystem::path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0U;
}

class DataFolderTest : public ::testing::Test {
 protected:
  DataFolderTest() { harden_process(); }
  ScratchFolder scratch;
  SystemRandom random;
};

TEST_F(DataFolderTest, IsMadeForItsOwnerAlone) {
  const auto folder = DataFolder::open(scratch.data());
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(rights(scratch.data()), 0700U);
  EXPECT_EQ(rights(scratch / "lock"), 0600U);
  EXPECT_EQ(rights(scratch / "log"), 0700U);
}

TEST_F(DataFolderTest, OneThatWasThereKeepsItsRights) {
  std::filesystem::create_directories(scratch.data());
  ASSERT_EQ(::chmod(scratch.data().c_str(), 0755), 0);
  ASSERT_TRUE(DataFolder::open(scratch.data()));
  EXPECT_EQ(rights(scratch.data()), 0755U);
}

TEST_F(DataFolderTest, OneAtATimeAndTheSecondLearnsWho) {
  {
    const auto first = DataFolder::open(scratch.data()).value();
    EXPECT_EQ(lock_holder(scratch.data()), std::to_string(::getpid()));
    EXPECT_FALSE(DataFolder::try_open(scratch.data()).value());
    const auto second = DataFolder::open(scratch.data());
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("(pid " + std::to_string(::getpid()) + ")"));
  }
  EXPECT_EQ(lock_holder(scratch.data()), "");
  EXPECT_TRUE(DataFolder::open(scratch.data()));
}

TEST_F(DataFolderTest, AFileInItsPlaceIsAnError) {
  std::filesystem::create_directories(std::filesystem::path(scratch.data()).parent_path());
  std::ofstream(scratch.data()) << "x";
  EXPECT_FALSE(DataFolder::open(scratch.data()));
}

TEST_F(DataFolderTest, TheSecretIsMadeOnceAndKept) {
  const auto folder = DataFolder::open(scratch.data()).value();
  EXPECT_EQ(read_secret_key(scratch / "secret.key").value(), std::nullopt);
  const Secret made = folder.secret_key(random).value();
  EXPECT_GE(made.size(), kMinSecret);
  EXPECT_EQ(rights(scratch / "secret.key"), 0600U);
  EXPECT_EQ(folder.secret_key(random).value().reveal(), made.reveal());
}

TEST_F(DataFolderTest, ASecretOfSomebodysOwnIsTakenWithoutItsLineEnd) {
  const auto folder = DataFolder::open(scratch.data()).value();
  std::ofstream(scratch / "secret.key") << std::string(kMinSecret, 's') << "\r\n";
  EXPECT_EQ(folder.secret_key(random).value().reveal(), std::string(kMinSecret, 's'));
  std::ofstream(scratch / "secret.key") << std::string(kMinSecret - 1, 's') << "\n";
  EXPECT_EQ(folder.secret_key(random).error().code, ErrorCode::validation_failed);
}

}  // namespace
}  // namespace medialith::app
