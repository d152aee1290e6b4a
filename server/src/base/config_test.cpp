#include "base/config.hpp"

#include <array>

#include "base/config_value.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace medialith {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array kOptions = {
    Option{.name = "MEDIALITH_DATA", .flag = "--data", .fallback = "./data", .group = "Basics", .doc = "Folder."},
    Option{.name = "MEDIALITH_PROFILE",
           .flag = "--profile",
           .type = OptionType::choice,
           .fallback = "single",
           .choices = "single|accounts",
           .group = "Basics",
           .doc = "Who may enter."},
    Option{.name = "HOSTED_MODE", .type = OptionType::boolean, .fallback = "false", .group = "Basics", .doc = "Old."},
    Option{.name = "MEDIALITH_MAX_FILE_SIZE",
           .flag = "--max-file-size",
           .type = OptionType::size,
           .fallback = "10GiB",
           .min = 1024,
           .max = 1LL << 50,
           .group = "Limits",
           .doc = "Largest | file."},
    Option{
        .name = "MEDIALITH_GC_GRACE", .type = OptionType::duration, .fallback = "24h", .group = "Limits", .doc = "G."},
    Option{
        .name = "MEDIALITH_WORKERS", .type = OptionType::integer, .min = 1, .max = 64, .group = "Limits", .doc = "W."},
    Option{.name = "MEDIALITH_ALLOWED_ORIGINS", .type = OptionType::list, .group = "Limits", .doc = "O."},
    Option{.name = "MEDIALITH_SECRET", .secret = true, .group = "Limits", .doc = "S."},
};

std::vector<std::string> errors(const Environment& environment, std::vector<FlagValue> flags = {}) {
  const auto config = Config::load(kOptions, environment, flags);
  std::vector<std::string> out;
  if (config) return out;
  EXPECT_EQ(config.error().code, ErrorCode::validation_failed);
  for (const FieldError& field : config.error().fields) out.push_back(field.code + ": " + field.message);
  return out;
}

TEST(Config, FallsBackWithoutAnySource) {
  const Config config = Config::load(kOptions, {}).value();
  EXPECT_EQ(config.text("MEDIALITH_DATA"), "./data");
  EXPECT_EQ(config.text("MEDIALITH_PROFILE"), "single");
  EXPECT_FALSE(config.boolean("HOSTED_MODE"));
  EXPECT_EQ(config.size("MEDIALITH_MAX_FILE_SIZE"), 10ULL << 30);
  EXPECT_EQ(config.duration("MEDIALITH_GC_GRACE"), std::chrono::hours(24));
  EXPECT_FALSE(config.has("MEDIALITH_WORKERS"));
  EXPECT_TRUE(config.list("MEDIALITH_ALLOWED_ORIGINS").empty());
  EXPECT_TRUE(config.secret("MEDIALITH_SECRET").empty());
}

TEST(Config, PrefersFlagsToTheEnvironmentAndLaterFlagsToEarlierOnes) {
  const std::vector<FlagValue> flags = {{"--data", "/a"}, {"--data", "/b"}};
  const Config config =
      Config::load(kOptions, {{"MEDIALITH_DATA", "/env"}, {"MEDIALITH_GC_GRACE", "0s"}, {"HOSTED_MODE", "TRUE"}}, flags)
          .value();
  EXPECT_EQ(config.text("MEDIALITH_DATA"), "/b");
  EXPECT_EQ(config.source("MEDIALITH_DATA"), Source::flag);
  EXPECT_EQ(config.duration("MEDIALITH_GC_GRACE"), milliseconds(0));
  EXPECT_EQ(config.source("MEDIALITH_GC_GRACE"), Source::environment);
  EXPECT_TRUE(config.boolean("HOSTED_MODE"));
}

TEST(Config, CountsAnEmptyVariableAsUnset) {
  const Config config = Config::load(kOptions, {{"MEDIALITH_DATA", ""}, {"MEDIALITH_WORKERS", ""}}).value();
  EXPECT_EQ(config.text("MEDIALITH_DATA"), "./data");
  EXPECT_EQ(config.source("MEDIALITH_DATA"), Source::fallback);
  EXPECT_FALSE(config.has("MEDIALITH_WORKERS"));
}

TEST(Config, ReportsAllErrorsAtOnce) {
  EXPECT_THAT(errors({{"MEDIALITH_MAX_FILE_SIZ", "1"},
                      {"MEDIALITH_GC_GRACE", "24"},
                      {"MEDIALITH_WORKERS", "65"},
                      {"MEDIALITH_PROFILE", "both"},
                      {"HOSTED_MODE", "maybe"},
                      {"PATH", "/bin"}},
                     {{"--max-file-size", "1"}, {"--nonsense", ""}}),
              ElementsAre("unknown: There is no option MEDIALITH_MAX_FILE_SIZ. Did you mean MEDIALITH_MAX_FILE_SIZE?",
                          "unknown: There is no option --nonsense.",
                          "invalid: MEDIALITH_PROFILE must be one of single, accounts, not \"both\".",
                          "invalid: HOSTED_MODE must be true or false, not \"maybe\".",
                          "out_of_range: --max-file-size must be between 1KiB and 1024TiB, not \"1\".",
                          "invalid: MEDIALITH_GC_GRACE must be a duration such as 30d, 24h, 15m or 0s, not \"24\".",
                          "out_of_range: MEDIALITH_WORKERS must be between 1 and 64, not \"65\"."));
}

TEST(Config, StopsAtAnUnknownNameWhateverItsValue) {
  EXPECT_EQ(errors({{"MEDIALITH_UNHEARD_OF", ""}}).size(), 1U);
  EXPECT_TRUE(errors({{"SOMETHING_ELSE", "x"}}).empty());
}

TEST(Config, ExplainsWhereAValueComesFromWithoutSecrets) {
  const std::vector<FlagValue> flags = {{"--data", "/flag"}};
  const Config config =
      Config::load(kOptions, {{"MEDIALITH_SECRET", "hunter2"}, {"MEDIALITH_DATA", "/env"}}, flags).value();
  EXPECT_EQ(config.secret("MEDIALITH_SECRET").reveal(), "hunter2");
  const auto rows = config.explain();
  ASSERT_EQ(rows.size(), kOptions.size());
  EXPECT_EQ(rows[0].value, "/flag");
  EXPECT_EQ(rows[0].flag, "--data");
  EXPECT_TRUE(rows[0].overrides_environment);
  EXPECT_EQ(rows[5].source, Source::unset);
  EXPECT_EQ(rows[7].value, "[secret]");
  EXPECT_EQ(rows[7].source, Source::environment);
}

TEST(ConfigDeathTest, RefusesTheWrongQuestion) {
  const Config config = Config::load(kOptions, {}).value();
  EXPECT_DEATH(config.text("MEDIALITH_NOPE"), "no such option");
  EXPECT_DEATH(config.integer("MEDIALITH_DATA"), "another type");
  EXPECT_DEATH(config.integer("MEDIALITH_WORKERS"), "no value");
  EXPECT_DEATH(config.text("MEDIALITH_SECRET"), "is a secret");
}

TEST(Config, CopiesTheEnvironmentOfAProcess) {
  const std::array<const char*, 4> variables = {"A=1", "B=x=y", "broken", nullptr};
  EXPECT_EQ(read_environment(variables.data()), (Environment{{"A", "1"}, {"B", "x=y"}}));
}

TEST(Config, WritesItsReference) {
  const std::string text = configuration_reference(kOptions);
  EXPECT_THAT(text, HasSubstr("\n## Limits\n\n| Variable | Flag | Value | Default | What it does |\n|---|"));
  EXPECT_THAT(text, HasSubstr("| `MEDIALITH_MAX_FILE_SIZE` | `--max-file-size` | size, at least 1KiB, at most 1024TiB "
                              "| `10GiB` | Largest \\| file. |\n"));
  EXPECT_THAT(text, HasSubstr("| `MEDIALITH_PROFILE` | `--profile` | `single` or `accounts` | `single` |"));
  EXPECT_THAT(text, HasSubstr("| `MEDIALITH_SECRET` |  | secret text |  | S. |"));
}

TEST(ConfigValue, ReadsSizes) {
  EXPECT_EQ(parse_size("0"), 0);
  EXPECT_EQ(parse_size("500"), 500);
  EXPECT_EQ(parse_size("10GiB"), 10LL << 30);
  EXPECT_EQ(parse_size("1 kb"), 1000);
  EXPECT_EQ(parse_size("2TIB"), 2LL << 40);
  for (const std::string_view text : {"", "-1", "1.5GB", "GiB", "1XB", "1GiB2", "10000000TiB", "1 G", " 1"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(ConfigValue, ReadsDurations) {
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
  EXPECT_EQ(parse_duration("1h30m"), std::chrono::minutes(90));
  EXPECT_EQ(parse_duration("1h 30m"), std::chrono::minutes(90));
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("30D"), std::nullopt);
  for (const std::string_view text : {"", "0", "1y", "-1s", "s", "1h30", "99999999999999d"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(ConfigValue, ReadsLists) {
  EXPECT_THAT(parse_list(" a, b,,c  d,"), ElementsAre("a", "b", "c", "d"));
  EXPECT_TRUE(parse_list(" , ").empty());
}

RC_GTEST_PROP(ConfigValue, ReadsBackWhatItPrints, ()) {
  const auto number = *rc::gen::inRange<std::int64_t>(0, 1LL << 50);
  const auto exponent = *rc::gen::inRange<int>(0, 12);
  const std::int64_t size = (number >> exponent) << exponent;
  RC_ASSERT(parse_size(print_size(size)) == size);
  RC_ASSERT(parse_duration(print_duration(milliseconds(size))) == milliseconds(size));
}

}  // namespace
}  // namespace medialith
