#include "app/control.hpp"

#include <array>
#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include "app/databases.hpp"
#include "app/membership.hpp"
#include "app/server_identity.hpp"
#include "app/testing/scratch_folder.hpp"
#include "blob/testing/fake_s3.hpp"
#include "db/sqlite/sqlite_database.hpp"

namespace medialith::app {
namespace {

using ::testing::HasSubstr;

// ---- the lines ----------------------------------------------------------------------------------------------------

template <class T>
T there_and_back(const T& command) {
  return std::get<T>(decode_command(encode_command(command)).value());
}

TEST(ControlLines, CarryEveryCommand) {
  const auto user = there_and_back(CreateUser{"a\"\n@b", "$argon2id$x", true});
  EXPECT_EQ(user.email, "a\"\n@b");
  EXPECT_EQ(user.password_hash, "$argon2id$x");
  EXPECT_TRUE(user.admin);
  EXPECT_EQ(there_and_back(ListUsers{INT64_MAX}).after, INT64_MAX);
  EXPECT_EQ(there_and_back(AssignLegacy{"c@d"}).to, "c@d");
  const auto key = there_and_back(CreateKey{"e@f", "laptop", domain::Scopes::all});
  EXPECT_EQ(key.user, "e@f");
  EXPECT_EQ(key.name, "laptop");
  EXPECT_EQ(key.scopes, domain::Scopes::all);
  (void)there_and_back(MigrateStatus{});
  (void)there_and_back(ListJobs{});
  EXPECT_EQ(there_and_back(RunJob{"purge-logins"}).kind, "purge-logins");
}

TEST(ControlLines, AreOneLineEach) {
  EXPECT_EQ(encode_command(CreateUser{"a\nb", "", false}).find('\n'), std::string::npos);
  EXPECT_EQ(encode_answer(AdminAnswer{"a\nb\n", 0}).find('\n'), std::string::npos);
}

TEST(ControlLines, RefuseWhatIsNoCommand) {
  for (const char* line : {"", "[]", "{}", "nonsense", R"({"command":"shutDown"})", R"({"command":"listUsers"})",
                           R"({"command":"createUser","email":1,"passwordHash":"","admin":true})"}) {
    const auto command = decode_command(line);
    ASSERT_FALSE(command) << line;
    EXPECT_EQ(command.error().code, ErrorCode::invalid_request) << line;
  }
  // Unknown scopes of a newer program do not turn into rights here.
  const auto key = decode_command(R"({"command":"createKey","user":"u","name":"n","scopes":255})");
  EXPECT_EQ(std::get<CreateKey>(key.value()).scopes, domain::Scopes::all);
}

TEST(ControlLines, CarryAnswersAndErrors) {
  const auto answer = decode_answer(encode_answer(AdminAnswer{"two\nlines\n", 7})).value();
  EXPECT_EQ(answer.text, "two\nlines\n");
  EXPECT_EQ(answer.next, 7);
  const auto error = decode_answer(encode_answer(fail(ErrorCode::email_taken, "It is taken.")));
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message, "It is taken.");
  EXPECT_FALSE(decode_answer("{}"));
  EXPECT_FALSE(decode_answer("hello"));
}

// ---- a server and none --------------------------------------------------------------------------------------------

/// What a server has of all this: the lock, the database, the socket.
class Serving {
 public:
  explicit Serving(const ScratchFolder& scratch)
      : folder_(DataFolder::open(scratch.data()).value()),
        choice_(choose_database(scratch.config()).value()),
        database_(open_database(choice_, {clock_, runtime_, random_}).value()),
        parts_{*database_, choice_, clock_, random_, uuids_, runtime_.work(), scheduler_} {
    runtime_.start();
    control_ = serve_control(runtime_, folder_, parts_, log_).value();
  }
  ~Serving() {
    control_.reset();
    runtime_.stop();
  }
  std::string log() const { return lines_.str(); }

 private:
  SystemClock system_clock_;
  MarkedClock clock_{system_clock_};
  SystemRandom random_;
  UuidMaker uuids_{clock_, random_};
  Metrics metrics_;
  std::ostringstream lines_;
  Logger log_ = Logger::to_stream({}, clock_, lines_);
  DataFolder folder_;
  net::Runtime runtime_{net::RuntimeOptions{.loops = 1, .work_threads = 1, .disk_threads = 1}};
  DatabaseChoice choice_;
  std::unique_ptr<db::Database> database_;
  db::SharedClock shared_clock_{*database_, clock_};
  jobs::Scheduler scheduler_{
      {*database_, shared_clock_, clock_, random_, uuids_, metrics_, log_, identify_server(folder_, random_)},
      housekeeping()};
  AdminParts parts_;
  std::unique_ptr<net::LocalListener> control_;
};

class Commands : public ::testing::Test {
 protected:
  Result<AdminAnswer> run(const AdminCommand& command, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    return run_anywhere(scratch.config(environment), command, patience);
  }
  static CreateUser user(const std::string& email) { return {.email = email, .password_hash = "$argon2id$"}; }
  std::string list() { return run(ListUsers{}).value().text; }

  ScratchFolder scratch;
  Environment environment;
};

TEST_F(Commands, RunInTheServerWhenThereIsOneAndElseHere) {
  {
    const Serving server(scratch);
    EXPECT_TRUE(server_runs(scratch.data()));
    EXPECT_THAT(run(user("a@example.com")).value().text, HasSubstr("Made the user a@example.com"));
    EXPECT_THAT(server.log(), HasSubstr("createUser"));
  }
  EXPECT_FALSE(server_runs(scratch.data()));
  EXPECT_THAT(run(user("b@example.com")).value().text, HasSubstr("b@example.com"));
  EXPECT_THAT(list(), HasSubstr("a@example.com"));
  EXPECT_THAT(list(), HasSubstr("b@example.com"));
  const Serving server(scratch);
  EXPECT_THAT(list(), HasSubstr("b@example.com"));
}

TEST_F(Commands, ErrorsReadTheSameFromBoth) {
  const auto ask = [&] { return run(user("a@example.com")).error().message; };
  ASSERT_TRUE(run(user("a@example.com")));
  const std::string here = ask();
  const Serving server(scratch);
  EXPECT_EQ(ask(), here);
  EXPECT_THAT(here, HasSubstr("There is an account with this email already."));
}

TEST_F(Commands, TwoAtOnceBothSucceed) {
  for (const bool served : {false, true}) {
    std::optional<Serving> server;
    if (served) server.emplace(scratch);
    std::array<bool, 4> made{};
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < made.size(); ++i) {
        threads.emplace_back(
            [&, i] { made[i] = run(user(std::to_string(i) + (served ? "@served" : "@here"))).has_value(); });
      }
    }
    EXPECT_THAT(made, ::testing::Each(true));
  }
  const Serving server(scratch);
  const std::string users = list();
  EXPECT_EQ(std::ranges::count(users, '\n'), 8);
}

TEST_F(Commands, AFolderThatIsHeldWithoutASocketIsNamed) {
  const DataFolder held = DataFolder::open(scratch.data()).value();
  const auto refused = run(user("a@example.com"), std::chrono::milliseconds(1));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("is in use by another medialith"));
}

TEST_F(Commands, ASocketThatAKillLeftIsNoServer) {
  ASSERT_TRUE(run(user("a@example.com")));
  {
    const Serving server(scratch);
    std::filesystem::create_hard_link(scratch / "control.sock", scratch / "kept");
  }
  std::filesystem::rename(scratch / "kept", scratch / "control.sock");
  EXPECT_FALSE(server_runs(scratch.data()));
  EXPECT_THAT(list(), HasSubstr("a@example.com"));
  const Serving server(scratch);
  EXPECT_TRUE(server_runs(scratch.data()));
}

TEST_F(Commands, LookingMakesNothing) {
  const auto refused = run(ListUsers{});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("There is no database"));
  EXPECT_FALSE(std::filesystem::exists(scratch.data()));
}

TEST_F(Commands, TheSchemaIsLeftToAStart) {
  std::filesystem::create_directories(scratch.data());
  {
    const SystemClock clock;
    net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
    const auto older = db::sqlite_migrations().first(1);
    ASSERT_TRUE(
        db::SqliteDatabase::open({.path = scratch / "medialith.db", .migrations = older}, clock, runtime.work()));
  }
  for (const AdminCommand& command : {AdminCommand(ListUsers{}), AdminCommand(user("a@example.com"))}) {
    const auto refused = run(command);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("medialith migrate up"));
  }
  const auto states = migration_states(choose_database(scratch.config()).value()).value();
  ASSERT_GT(states.size(), 1U);
  EXPECT_FALSE(states[1].applied_at);
}

TEST_F(Commands, AFileOfSomebodyElsesIsLeftAlone) {
  std::filesystem::create_directories(scratch.data());
  std::ofstream(scratch / "medialith.db") << "my diary";
  const auto refused = run(user("a@example.com"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was not made by Medialith"));
  std::ostringstream text;
  text << std::ifstream(scratch / "medialith.db").rdbuf();
  EXPECT_EQ(text.str(), "my diary");
}

// ---- what they do -------------------------------------------------------------------------------------------------

TEST_F(Commands, WithoutAPasswordATokenForTheFirstAdmin) {
  CreateUser admin{.email = "a@example.com", .password_hash = "", .admin = true};
  EXPECT_THAT(run(admin).value().text, HasSubstr("/#setup="));
  EXPECT_EQ(list(), "") << "nobody was made";
  admin.password_hash = "$argon2id$";
  EXPECT_THAT(run(admin).value().text, HasSubstr("Made the admin"));
  admin.password_hash.clear();
  EXPECT_THAT(run(admin).error().message, HasSubstr("There is an admin already"));
  EXPECT_THAT(run(CreateUser{.email = "b@example.com"}).error().message, HasSubstr("--password-stdin"));
  EXPECT_FALSE(run(user("no address")));
}

TEST_F(Commands, KeysHaveNoMoreScopesThanTheirOwner) {
  ASSERT_TRUE(run(user("a@example.com")));
  const auto key = run(CreateKey{.user = "a@example.com", .name = "laptop"});
  EXPECT_THAT(key.value().text, ::testing::StartsWith("mlk_"));
  EXPECT_FALSE(run(CreateKey{.user = "a@example.com", .name = "x", .scopes = domain::Scopes::admin}));
  EXPECT_FALSE(run(CreateKey{.user = "a@example.com", .name = ""}));
  EXPECT_THAT(run(CreateKey{.user = "b@example.com", .name = "x"}).error().message, HasSubstr("There is no user"));
}

TEST_F(Commands, MigrationsAreListed) {
  ASSERT_TRUE(run(user("a@example.com")));
  EXPECT_THAT(run(MigrateStatus{}).value().text, HasSubstr("0001 init"));
  EXPECT_THAT(run(MigrateStatus{}).value().text, HasSubstr("applied 20"));
}

TEST_F(Commands, JobsAreRunAndListed) {
  ASSERT_TRUE(run(user("a@example.com")));
  EXPECT_EQ(run(ListJobs{}).value().text, "No server has run here yet.\n");
  for (const bool served : {false, true}) {
    std::optional<Serving> server;
    if (served) server.emplace(scratch);
    EXPECT_THAT(run(RunJob{"purge-logins"}).value().text, ::testing::StartsWith("purge-logins dealt with 0 in "));
    EXPECT_THAT(run(RunJob{"purge-login"}).error().message, HasSubstr("There is no job purge-login here"));
  }
  const std::string jobs = run(ListJobs{}).value().text;
  EXPECT_THAT(jobs, HasSubstr("purge-idempotency   pending    last -"));
  EXPECT_THAT(jobs, ::testing::ContainsRegex("purge-logins  +completed  last 20[^ ]+ +done 0 +due 20[^ ]+ +runs 2"));
}

TEST_F(Commands, JobsOverABucketRunHereToo) {
  blob::FakeS3 fake;
  const blob::Gateway gateway = fake.gateway();
  const blob::S3Options options = blob::s3_options(gateway, "");
  const blob::S3Fixture bucket(options);  // makes it
  ASSERT_TRUE(run(user("a@example.com")));
  environment = {{"ASSET_STORAGE", "s3"},
                 {"S3_ENDPOINT", gateway.endpoint},
                 {"S3_REGION", gateway.region},
                 {"S3_BUCKET", options.address.bucket},
                 {"S3_ACCESS_KEY", gateway.access_key},
                 {"S3_SECRET_KEY", gateway.secret_key}};
  const auto done = run(RunJob{"abort-multiparts"});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->text, ::testing::StartsWith("abort-multiparts dealt with 0 in "));
}

TEST(Scopes, AreReadFromWords) {
  EXPECT_EQ(parse_scopes("read").value(), domain::Scopes::read);
  EXPECT_EQ(parse_scopes("write,read").value(), domain::Scopes::read | domain::Scopes::write);
  for (const char* wrong : {"", "read,", ",", "READ", "read, write", "root"})
    EXPECT_FALSE(parse_scopes(wrong)) << wrong;
}

}  // namespace
}  // namespace medialith::app
