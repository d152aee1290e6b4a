#include "base/log.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <type_traits>

#include <unistd.h>

#include "base/json.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith {
namespace {

static_assert(!std::is_constructible_v<LogField, std::string_view, Secret>);
static_assert(!std::is_constructible_v<LogField, std::string_view, const Secret&>);
static_assert(std::is_constructible_v<LogField, std::string_view, int>);

class LoggerTest : public testing::Test {
 protected:
  Logger make(const LogSettings& settings) { return Logger::to_stream(settings, clock_, out_); }
  std::string taken() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }
  ManualClock clock_{Time{1'795'253'760'123}};
  std::ostringstream out_;
};

TEST_F(LoggerTest, WritesOneJsonObjectALine) {
  const Logger log = make({.format = LogFormat::json});
  log.info("upload_kept", {{"asset", "img_1"}, {"bytes", std::uint64_t{5}}, {"delta", -1}, {"ok", true}, {"ms", 1.5}});
  EXPECT_EQ(taken(),
            R"({"time":"2026-11-21T09:36:00.123Z","level":"info","event":"upload_kept","asset":"img_1","bytes":5,)"
            R"("delta":-1,"ok":true,"ms":1.5})"
            "\n");
}

TEST_F(LoggerTest, WritesReadableText) {
  const Logger log = make({.format = LogFormat::text});
  log.warn("disk_slow", {{"path", "/a b"}, {"empty", ""}, {"took", std::chrono::microseconds(2500)}, {"q", "a=b"}});
  EXPECT_EQ(taken(), "2026-11-21T09:36:00.123Z WARN  disk_slow path=\"/a b\" empty=\"\" took=2.5 q=\"a=b\"\n");
}

TEST_F(LoggerTest, CarriesTheRequestId) {
  const Logger log = make({});
  const Logger request = log.for_request("r-1");
  request.info("a");
  EXPECT_THAT(taken(), testing::HasSubstr(R"("requestId":"r-1")"));
  log.info("a");
  EXPECT_THAT(taken(), testing::Not(testing::HasSubstr("requestId")));
}

TEST_F(LoggerTest, NoValueForgesALineOrDrivesATerminal) {
  const std::string evil =
      "x\n2026 ERROR fake \x1b[2J \x7f \xc2\x9b"
      "31m \xff \r";
  for (const LogFormat format : {LogFormat::json, LogFormat::text}) {
    make({.format = format}).info("e", {{"value", evil}});
    const std::string line = taken();
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    for (const char c : {'\x1b', '\r', '\x7f', '\xff', '\x9b'}) EXPECT_EQ(line.find(c), std::string::npos) << line;
    if (format == LogFormat::json) EXPECT_TRUE(json::Document::parse(line)) << line;
  }
}

TEST_F(LoggerTest, KeepsTextInAnyLanguage) {
  make({.format = LogFormat::json}).info("e", {{"name", "кот 猫 😀"}});
  EXPECT_THAT(taken(), testing::HasSubstr(R"("name":"кот 猫 😀")"));
}

TEST_F(LoggerTest, DropsWhatIsBelowItsLevel) {
  const Logger log = make({.format = LogFormat::json, .level = LogLevel::warn});
  log.debug("a");
  log.info("a");
  EXPECT_EQ(taken(), "");
  EXPECT_FALSE(log.enabled(LogLevel::info));
  log.error("a", {{"key", "value"}});
  EXPECT_THAT(taken(), testing::HasSubstr(R"("event":"a","key":"value"})"));
}

TEST_F(LoggerTest, WritesTheWholeOfAnError) {
  make({}).error("blob_lost", make_error(ErrorCode::blob_missing, "The file is gone.", "ENOENT"), {{"blob", "b"}});
  EXPECT_THAT(taken(), testing::HasSubstr(
                           R"("blob":"b","code":"BLOB_MISSING","message":"The file is gone.","detail":"ENOENT"})"));
}

TEST_F(LoggerTest, RotatesAFile) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("log_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto path = folder / "server.log";
  {
    const Logger log = Logger::to_file({}, clock_, {.path = path, .max_bytes = 200, .max_files = 1}).value();
    for (int i = 0; i < 5; ++i) log.warn("line", {{"i", i}});
    std::ifstream in(path);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    EXPECT_THAT(text, testing::HasSubstr(R"("i":4)"));
    EXPECT_TRUE(std::filesystem::exists(folder / "server.1.log"));
    EXPECT_FALSE(std::filesystem::exists(folder / "server.2.log"));
  }
  std::filesystem::remove_all(folder);
}

TEST_F(LoggerTest, SaysWhyAFileCannotBeOpened) {
  const auto log = Logger::to_file({}, clock_, {.path = "/proc/nowhere/server.log"});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace medialith
