#include "app/options.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/data_folder.hpp"

namespace medialith::app {
namespace {

using ::testing::HasSubstr;

Config load(const Environment& environment) { return Config::load(options(), environment).value(); }
Result<DatabaseChoice> choose(const Environment& environment) { return choose_database(load(environment)); }

TEST(Options, AnUnknownNameOfOursIsRefusedWithTheNearest) {
  const auto config = Config::load(options(), {{"MEDIALITH_LISTN", "x"}, {"SOMEBODY_ELSES", "y"}});
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().fields.size(), 1U);
  EXPECT_EQ(config.error().fields[0].path, "MEDIALITH_LISTN");
  EXPECT_THAT(config.error().fields[0].message, HasSubstr("Did you mean MEDIALITH_LISTEN?"));
}

TEST(Options, EveryBadValueIsReportedAtOnce) {
  const auto config = Config::load(
      options(),
      {{"MEDIALITH_MAX_FILE_SIZE", "many"}, {"HOSTED_MODE", "perhaps"}, {"NEXT_PUBLIC_STORAGE_BACKEND", "oracle"}});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().fields.size(), 3U);
}

struct Choice {
  const char* why;
  Environment environment;
  const char* chosen_by;
  const char* path;
  std::vector<std::string> losers = {};
};

TEST(Options, TheDatabaseIsChosenInOrder) {
  const std::string postgres = "postgres://db/app";
  const std::vector<Choice> choices = {
      {"nothing is set", {{"MEDIALITH_DATA", "/d"}}, "default", "/d/medialith.db"},
      {"ours goes first",
       {{"MEDIALITH_DATABASE", "/a.db"}, {"SQLITE_PATH", "/b.db"}, {"DATABASE_URL", postgres}},
       "MEDIALITH_DATABASE",
       "/a.db",
       {"DATABASE_URL", "SQLITE_PATH"}},
      {"a URL of a file",
       {{"SQLITE_URL", "file:/c.db"}, {"SQLITE_PATH", "/b.db"}},
       "SQLITE_URL",
       "/c.db",
       {"SQLITE_PATH"}},
      {"a URL of a file with an authority", {{"SQLITE_URL", "file:///c.db?cache=shared"}}, "SQLITE_URL", "/c.db"},
      {"the backend leaves out PostgreSQL",
       {{"NEXT_PUBLIC_STORAGE_BACKEND", "sqlite"}, {"DATABASE_URL", postgres}, {"SQLITE_PATH", "/b.db"}},
       "SQLITE_PATH",
       "/b.db",
       {"DATABASE_URL"}},
      {"a file by Turso's name",
       {{"TURSO_DATABASE_URL", "file:/t.db"}, {"SQLITE_URL", "file:/c.db"}},
       "TURSO_DATABASE_URL",
       "/t.db",
       {"SQLITE_URL"}},
      {"the backend sqlite alone",
       {{"MEDIALITH_DATA", "/d"}, {"NEXT_PUBLIC_STORAGE_BACKEND", "sqlite"}},
       "default",
       "/d/medialith.db"},
      {"localStorage is as good as not set",
       {{"NEXT_PUBLIC_STORAGE_BACKEND", "localStorage"}, {"SQLITE_PATH", "/b.db"}},
       "SQLITE_PATH",
       "/b.db"},
      {"an empty variable is unset", {{"MEDIALITH_DATABASE", ""}, {"SQLITE_PATH", "/b.db"}}, "SQLITE_PATH", "/b.db"},
  };
  for (const Choice& expected : choices) {
    const auto choice = choose(expected.environment);
    ASSERT_TRUE(choice) << expected.why << ": " << choice.error().message;
    EXPECT_EQ(choice->chosen_by, expected.chosen_by) << expected.why;
    EXPECT_EQ(choice->path, expected.path) << expected.why;
    EXPECT_EQ(choice->losers, expected.losers) << expected.why;
  }
}

TEST(Options, TheUrlSaysWhichEngine) {
  const std::vector<std::pair<std::string, DatabaseEngine>> urls = {{"postgres://db/app", DatabaseEngine::postgres},
                                                                    {"postgresql://db/app", DatabaseEngine::postgres},
                                                                    {"libsql://db.turso.io", DatabaseEngine::libsql},
                                                                    {"https://db.turso.io", DatabaseEngine::libsql},
                                                                    {"http://127.0.0.1:8080", DatabaseEngine::libsql},
                                                                    {"file:/a.db", DatabaseEngine::sqlite},
                                                                    {"a.db", DatabaseEngine::sqlite}};
  for (const auto& [url, engine] : urls) {
    for (const char* name : {"MEDIALITH_DATABASE", "DATABASE_URL", "TURSO_DATABASE_URL"}) {
      const auto choice = choose({{name, url}, {"SQLITE_PATH", "/b.db"}});
      ASSERT_TRUE(choice) << url;
      EXPECT_EQ(choice->engine, engine) << url;
      EXPECT_EQ(choice->url.reveal(), choice->is_file() ? "" : url);
    }
  }
}

TEST(Options, TheNameOfADatabaseTellsNoSecret) {
  EXPECT_EQ(choose({{"DATABASE_URL", "postgres://app:p@ss@db:5432/app?sslmode=require&password=x"}})->name,
            "postgres://db:5432/app");
  EXPECT_EQ(choose({{"DATABASE_URL", "postgres://db/app"}})->name, "postgres://db/app");
  EXPECT_EQ(choose({{"DATABASE_URL", "postgres://app:p?ss@db/app"}})->name, "postgres://…");
  EXPECT_EQ(choose({{"TURSO_DATABASE_URL", "libsql://db.turso.io?authToken=x"}})->name, "libsql://db.turso.io");
}

TEST(Options, ADatabaseThatThisProgramCannotUseIsRefused) {
  for (const char* name : {"MEDIALITH_DATABASE", "DATABASE_URL"}) {
    const auto choice = choose({{name, "mysql://app:secret@db/app"}, {"SQLITE_PATH", "/b.db"}});
    ASSERT_FALSE(choice) << name;
    EXPECT_THAT(choice.error().message, AllOf(HasSubstr(name), Not(HasSubstr("secret"))));
  }
  EXPECT_FALSE(choose({{"NEXT_PUBLIC_STORAGE_BACKEND", "postgres"}, {"SQLITE_PATH", "/b.db"}}));
}

TEST(Options, TheSecretIsOursBeforeTheAppsAndLongEnough) {
  const std::string one(kMinSecret, 'a');
  const std::string other(kMinSecret, 'b');
  EXPECT_EQ(configured_secret(load({})).value(), std::nullopt);
  EXPECT_EQ(configured_secret(load({{"MEDIALITH_SECRET", one}, {"AUTH_SECRET", other}})).value()->reveal(), one);
  EXPECT_EQ(configured_secret(load({{"AUTH_SECRET", other}})).value()->reveal(), other);
  const auto refused = configured_secret(load({{"AUTH_SECRET", "short"}}));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("AUTH_SECRET"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("short")));
}

TEST(Options, OnlyThisMachineNeedsNoLogin) {
  EXPECT_TRUE(web_settings(load({})).local_without_login);
  EXPECT_TRUE(web_settings(load({{"MEDIALITH_LISTEN", "[::1]:80"}})).local_without_login);
  EXPECT_FALSE(web_settings(load({{"MEDIALITH_LISTEN", "0.0.0.0:80"}})).local_without_login);
  EXPECT_FALSE(web_settings(load({{"HOSTED_MODE", "true"}})).local_without_login);
}

// The reference is written by `make docs`; a change of an option without it would tell people wrong.
TEST(Options, TheCommittedReferenceIsCurrent) {
  std::ostringstream committed;
  committed << std::ifstream(MEDIALITH_CONFIGURATION_REFERENCE).rdbuf();
  EXPECT_EQ(committed.str(), configuration_reference(options())) << "run: make docs";
}

}  // namespace
}  // namespace medialith::app
