#include "app/banner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::app {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

BannerFacts local() {
  return {.start = std::chrono::milliseconds(62),
          .listen = "127.0.0.1:0",
          .port = 8787,
          .data = "/home/me/medialith/data",
          .items = 12'418,
          .free_bytes = 212'300'000'000};
}

TEST(Banner, OfThisMachineShowsWhatCanBeCopied) {
  const std::string text = banner(local());
  EXPECT_THAT(text, HasSubstr("ready in 62 ms"));
  EXPECT_THAT(text, HasSubstr("  Open     http://127.0.0.1:8787  "));
  EXPECT_THAT(text, HasSubstr("this machine only, no login"));
  EXPECT_THAT(text, HasSubstr("http://127.0.0.1:8787/docs"));
  EXPECT_THAT(text, HasSubstr("  Data     /home/me/medialith/data   12 418 items   212 GB free\n"));
  EXPECT_THAT(text, HasSubstr("curl "));
  EXPECT_THAT(text, Not(HasSubstr("Careful")));
  EXPECT_THAT(text, Not(HasSubstr("ssh")));
}

TEST(Banner, CountsItemsOnlySoFar) {
  BannerFacts facts = local();
  facts.items = 10'000;
  facts.more_items = true;
  EXPECT_THAT(banner(facts), HasSubstr("10 000+ items"));
}

TEST(Banner, NamesTheTunnelOverSsh) {
  BannerFacts facts = local();
  facts.over_ssh = true;
  EXPECT_THAT(banner(facts), HasSubstr("ssh -L 8787:127.0.0.1:8787"));
}

TEST(Banner, WarnsOfAFileSystemThatForgets) {
  BannerFacts facts = local();
  facts.file_system_warning = "It lives in memory.";
  EXPECT_THAT(banner(facts), HasSubstr("Careful: It lives in memory."));
}

TEST(Banner, ShowsANewTokenOnceAndOtherwiseAsksForIt) {
  BannerFacts facts = local();
  facts.local_only = false;
  facts.listen = "0.0.0.0:8787";
  EXPECT_THAT(banner(facts), HasSubstr("asks for the access token"));
  EXPECT_THAT(banner(facts), Not(HasSubstr("curl")));
  const Secret token(std::string_view("tok"));
  facts.access_token = &token;
  EXPECT_THAT(banner(facts), HasSubstr("/#token=tok"));
}

TEST(Banner, WithAccountsTellsHowTheFirstAdminIsMade) {
  BannerFacts facts = local();
  facts.single = false;
  facts.local_only = false;
  EXPECT_THAT(banner(facts), HasSubstr("asks for a login"));
  const Secret token(std::string_view("set-up"));
  facts.setup_token = &token;
  EXPECT_THAT(banner(facts), HasSubstr("  Open     http://127.0.0.1:8787/#setup=set-up\n"));
}

TEST(Banner, ShowsTheAddressThatOthersReach) {
  BannerFacts facts = local();
  facts.local_only = false;
  facts.listen = "0.0.0.0:8787";
  facts.outward_address = "192.168.1.5";
  facts.base_path = "/storage";
  EXPECT_THAT(banner(facts), HasSubstr("  Open     http://192.168.1.5:8787/storage "));
  facts.public_url = "https://media.example.com/storage";
  EXPECT_THAT(banner(facts), HasSubstr("  Open     https://media.example.com/storage "));
  EXPECT_THAT(banner(facts), HasSubstr("  API      http://192.168.1.5:8787/storage/v1 "));
}

TEST(OutwardAddress, IsAnAddress) { EXPECT_THAT(outward_address(), MatchesRegex("[0-9]+(\\.[0-9]+){3}")); }

TEST(KeptLine, NamesFileSizeAndTime) {
  EXPECT_EQ(kept_line({.name = "fox.png", .size = 1'900'000, .took = std::chrono::milliseconds(38)}),
            "  kept · fox.png · 1.9 MB · 38 ms\n");
  EXPECT_EQ(kept_line({.name = "fox.png", .size = 999, .duplicate = true}),
            "  already here · fox.png · 999 bytes · 0 ms\n");
}

TEST(KeptLine, CannotDriveATerminal) {
  const std::string line = kept_line({.name = "a\x1b[2J\xc2\x9b"
                                              "31mü\x7f",
                                      .size = 1});
  EXPECT_THAT(line, HasSubstr("a?[2J?31mü?"));
}

}  // namespace
}  // namespace medialith::app
