#include "app/environment_file.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/testing/scratch_folder.hpp"

namespace medialith::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

class EnvironmentFile : public ::testing::Test {
 protected:
  EnvironmentFile() { std::filesystem::create_directories(scratch.data()); }
  Result<Environment> read(const std::string& text) {
    std::ofstream(scratch / "env", std::ios::binary) << text;
    return read_environment_file(scratch / "env");
  }
  ScratchFolder scratch;
};

TEST_F(EnvironmentFile, GivesNamesTheirValuesAsTheyStand) {
  const auto environment = read("A=1\n\n# B=2\n  C= spaced=\nexport D='a # b'\nE=\"q\"\r\nF=\n_g9=$A'\nA=last");
  ASSERT_TRUE(environment) << environment.error().message;
  EXPECT_THAT(*environment, ElementsAre(Pair("A", "last"), Pair("C", " spaced="), Pair("D", "a # b"), Pair("E", "q"),
                                        Pair("F", ""), Pair("_g9", "$A'")));
}

TEST_F(EnvironmentFile, NamesTheLineThatIsNoneAndKeepsItsTextToItself) {
  for (const char* text : {"A=1\nhunter2\n", "A=1\n=hunter2", "A=1\n9A=hunter2", "A=1\nA B=hunter2"}) {
    const auto environment = read(text);
    ASSERT_FALSE(environment) << text;
    EXPECT_THAT(environment.error().message, HasSubstr("line 2"));
    EXPECT_THAT(environment.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST_F(EnvironmentFile, HasToBeThereAndSmall) {
  EXPECT_FALSE(read_environment_file(scratch / "nowhere"));
  EXPECT_TRUE(read("A=" + std::string(65'534, 'x')));
  EXPECT_FALSE(read("A=" + std::string(65'535, 'x')));
}

}  // namespace
}  // namespace medialith::app
