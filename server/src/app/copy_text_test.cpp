#include "app/copy_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(CopyMeter, SaysEachTenthOnceWhereThereIsNoTerminal) {
  const ManualClock clock;
  CopyMeter meter(clock, CopyMeter::Style::lines);
  std::string text;
  for (std::uint64_t row = 1; row <= 25; ++row) text += meter.show({.table = "users", .done = row, .total = 25});
  text += meter.show({.done = 500'000, .total = 2'000'000});
  text += meter.show({.done = 2'000'000, .total = 2'000'000});
  EXPECT_THAT(text, StartsWith("rows: 10 % of 25\nrows: 20 % of 25\nrows: 30 % of 25\n"));
  EXPECT_THAT(text, HasSubstr("rows: 100 % of 25\nfiles: 20 % of 2.0 MB\nfiles: 100 % of 2.0 MB\n"));
  EXPECT_EQ(meter.end(), "");
}

TEST(CopyMeter, RedrawsABarTenTimesASecondAtMost) {
  ManualClock clock;
  CopyMeter meter(clock, CopyMeter::Style::bar);
  EXPECT_EQ(meter.end(), "") << "nothing was drawn";
  EXPECT_THAT(meter.show({.done = 0, .total = 4'000'000}), HasSubstr("files"));
  EXPECT_EQ(meter.show({.done = 1, .total = 4'000'000}), "");
  clock.advance(std::chrono::seconds(10));
  const std::string bar = meter.show({.done = 1'000'000, .total = 4'000'000});
  EXPECT_THAT(bar, HasSubstr("[#######                       ]  25 %  1.0 MB of 4.0 MB   0:30 left"));
  EXPECT_THAT(bar, StartsWith("\r\x1b[K"));
  EXPECT_THAT(bar, Not(HasSubstr("\n")));
  EXPECT_EQ(meter.end(), "\r\x1b[K");
}

TEST(CopyReportText, NamesWhatIsDamaged) {
  movers::CopyReport report{.tables = {{.table = "users", .rows = 12'345, .added = 1}}, .views = 1};
  report.blobs.sent = 2;
  report.blobs.sent_bytes = 1'500;
  const CopyNames names{"here", "there"};
  EXPECT_THAT(copy_report(report, names, std::chrono::milliseconds(1'234)),
              testing::AllOf(HasSubstr("Copied here to there in 1.2 s"), HasSubstr("12 345"), HasSubstr("2 (1.5 KB)"),
                             Not(HasSubstr("damaged"))));
  report.blobs.damaged.push_back({"users/x", "img_1 \"a\x07.png\"", "the file is missing"});
  EXPECT_THAT(copy_report(report, names, {}),
              testing::AllOf(StartsWith("NOT WHOLLY COPIED: here to there"),
                             HasSubstr("  users/x: the file is missing (asset img_1 \"a?.png\")\n")));
}

}  // namespace
}  // namespace medialith::app
