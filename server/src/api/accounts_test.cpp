// Accounts and keys through their routes, on a real database, without sockets.
#include <algorithm>

#include "api/auth.hpp"
#include "api/generations.hpp"
#include "api/keys.hpp"
#include "api/me.hpp"
#include "api/replay.hpp"
#include "api/system.hpp"
#include "db/testing/run_all.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "web/testing/fixture.hpp"

namespace medialith::api {
namespace {

using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using web::Call;
using web::Reply;

class AccountRoutes : public testing::Test {
 protected:
  explicit AccountRoutes(web::Settings settings = {.profile = web::Profile::accounts, .registration_open = true})
      : f_(std::move(settings)) {
    web::Routes routes(f_.services, f_.router, native_wire());
    add_auth_routes(routes);
    add_me_routes(routes);
    add_key_routes(routes);
    add_generation_routes(routes);
  }
  Reply post(std::string target, std::string body, std::vector<std::pair<std::string, std::string>> headers = {},
             std::string address = "192.0.2.1") {
    return f_.send({.method = Method::post,
                    .target = std::move(target),
                    .body = std::move(body),
                    .headers = std::move(headers),
                    .address = std::move(address)});
  }
  Reply sign_up(const std::string& email = "ann@example.com") {
    return post("/v1/auth/register", R"({"email":")" + email + R"(","password":"correct horse"})");
  }
  Reply login(const std::string& email, const std::string& password, const std::string& address = "192.0.2.1") {
    return post("/v1/auth/login", R"({"email":")" + email + R"(","password":")" + password + R"("})", {}, address);
  }
  /// What Set-Cookie sets, as a Cookie field.
  static std::pair<std::string, std::string> cookie_of(const Reply& reply) {
    const std::string set = reply.header("Set-Cookie");
    return {"Cookie", set.substr(0, set.find(';'))};
  }
  Reply me(std::vector<std::pair<std::string, std::string>> headers) {
    return f_.send({.target = "/v1/me", .headers = std::move(headers), .address = "192.0.2.1"});
  }
  static std::pair<std::string, std::string> bearer(const std::string& key) {
    return {"Authorization", "Bearer " + key};
  }
  static std::vector<std::string> paths(const Reply& reply) {
    std::vector<std::string> found;
    const json::Document document = reply.json();
    const auto fields = document.root().find("fields");
    if (!fields) return found;
    for (const json::View field : fields->children()) found.emplace_back(field.find("path")->text());
    return found;
  }

  web::Fixture f_;
};

TEST_F(AccountRoutes, RegisterMakesAUserAndSignsItIn) {
  const Reply made = post("/v1/auth/register",
                          R"({"email":" Ann@Example.com ","password":"correct horse","name":"Ann","userId":"x"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.member("email"), "Ann@Example.com");
  EXPECT_EQ(made.member("name"), "Ann");
  EXPECT_EQ(made.member("kind"), "person");
  EXPECT_EQ(made.member("admin"), "false");
  EXPECT_EQ(made.member("profile"), "accounts");
  EXPECT_EQ(made.member("scopes"), R"(["read","write","import"])");
  EXPECT_EQ(made.member("createdAt"), to_iso8601(f_.scratch.clock.now()));
  EXPECT_THAT(made.body, Not(HasSubstr("correct horse")));
  EXPECT_THAT(made.header("Set-Cookie"), HasSubstr("; HttpOnly; SameSite=Lax; Max-Age=2592000"));
  EXPECT_EQ(made.header("Cache-Control"), "no-store");
  const Reply who = me({cookie_of(made)});
  EXPECT_EQ(who.status, 200);
  EXPECT_EQ(who.body, made.body);
}

TEST_F(AccountRoutes, RegisterRefusesWhatIsNoAccount) {
  const auto refused = [&](const char* body) {
    f_.scratch.clock.advance(std::chrono::minutes(1));  // the rate limit is another test's
    const Reply reply = post("/v1/auth/register", body);
    EXPECT_EQ(reply.status, 400) << body;
    return paths(reply);
  };
  EXPECT_THAT(refused("{}"), ElementsAre("email", "password"));
  EXPECT_THAT(refused(R"({"email":"a@b.c","password":"seven77"})"), ElementsAre("password"));
  EXPECT_THAT(refused(R"({"email":"a@b.c","password":"correct horse","admin":true})"), ElementsAre("admin"));
  for (const char* email : {"none", "@b.c", "a@", "a@b@c", "a b@c.d", "a@b\\n.c"}) {
    const std::string body = std::string(R"({"email":")") + email + R"(","password":"correct horse"})";
    EXPECT_THAT(refused(body.c_str()), ElementsAre("email")) << email;
  }
  const std::string long_email = R"({"email":")" + std::string(250, 'a') + R"(@b.cd","password":"correct horse"})";
  EXPECT_THAT(refused(long_email.c_str()), ElementsAre("email"));
  std::string wide;
  for (int i = 0; i < 600; ++i) wide += "é";
  const std::string long_password = R"({"email":"a@b.c","password":")" + wide + R"("})";
  EXPECT_THAT(refused(long_password.c_str()), ElementsAre("password")) << "1200 bytes";
  EXPECT_EQ(f_.scratch.number("SELECT count(*) FROM {users}"), 0);
}

TEST_F(AccountRoutes, RegisterIsClosedUnlessOpened) {
  f_.services.settings.registration_open = false;
  const Reply closed = sign_up();
  EXPECT_EQ(closed.status, 403);
  EXPECT_EQ(closed.member("code"), "REGISTRATION_CLOSED");
  f_.services.settings.registration_open = true;
  ASSERT_EQ(sign_up().status, 201);
  const Reply taken = sign_up("ANN@example.com");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.member("code"), "EMAIL_TAKEN");
  EXPECT_EQ(taken.header("Set-Cookie"), "");
}

TEST_F(AccountRoutes, LoginAnswersTheUserAndTellsNobodyApart) {
  const Reply made = sign_up();
  const Reply in = login("ANN@example.com", "correct horse");
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(in.body, made.body);
  EXPECT_NE(in.header("Set-Cookie"), made.header("Set-Cookie")) << "each login is its own";
  EXPECT_EQ(me({cookie_of(in)}).status, 200);
  const Reply wrong = login("ann@example.com", "incorrect horse");
  const Reply unknown = login("bob@example.com", "incorrect horse");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.member("code"), "WRONG_CREDENTIALS");
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(wrong.header("Set-Cookie"), "");
  EXPECT_EQ(wrong.headers.size(), unknown.headers.size());
}

TEST_F(AccountRoutes, LoginWantsOneKindOfCredentials) {
  EXPECT_THAT(paths(post("/v1/auth/login", "{}")), ElementsAre("email"));
  EXPECT_THAT(paths(post("/v1/auth/login", R"({"email":"a@b.c"})")), ElementsAre("password"));
  EXPECT_THAT(paths(post("/v1/auth/login", R"({"token":"x","email":"a@b.c","password":"y"})")), ElementsAre("token"));
  const Reply token = post("/v1/auth/login", R"({"token":"x"})");
  EXPECT_EQ(token.status, 401) << "there is none in this profile";
  EXPECT_EQ(token.member("code"), "WRONG_CREDENTIALS");
}

TEST_F(AccountRoutes, ADisabledAccountHasWrongCredentials) {
  ASSERT_EQ(sign_up().status, 201);
  auto disable = [](db::Transaction& tx) -> Result<void> { return tx.ask({{"UPDATE {users} SET disabled_at = 1"}}); };
  ASSERT_TRUE(f_.scratch.write(disable));
  EXPECT_EQ(login("ann@example.com", "correct horse").member("code"), "WRONG_CREDENTIALS");
}

TEST_F(AccountRoutes, ALoginEndsTheOneTheBrowserHad) {
  ASSERT_EQ(sign_up().status, 201);
  const Reply first = login("ann@example.com", "correct horse");
  const Reply other = login("ann@example.com", "correct horse");
  const Reply second = post("/v1/auth/login", R"({"email":"ann@example.com","password":"correct horse"})",
                            {cookie_of(first), {"Idempotency-Key", "k"}});
  ASSERT_EQ(second.status, 200);
  EXPECT_EQ(me({cookie_of(first)}).status, 401);
  EXPECT_EQ(me({cookie_of(second)}).status, 200);
  EXPECT_EQ(me({cookie_of(other)}).status, 200) << "logins elsewhere stay";
  const Reply third = post("/v1/auth/login", R"({"email":"ann@example.com","password":"correct horse"})",
                           {cookie_of(second), {"Idempotency-Key", "k"}});
  EXPECT_NE(third.header("Set-Cookie"), second.header("Set-Cookie")) << "a login is never replayed";
}

TEST_F(AccountRoutes, LogoutEndsTheLoginAndTheCookie) {
  const Reply in = sign_up();
  const Reply out = post("/v1/auth/logout", "", {cookie_of(in)});
  EXPECT_EQ(out.status, 204);
  EXPECT_THAT(out.header("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(me({cookie_of(in)}).status, 401);
  EXPECT_EQ(post("/v1/auth/logout", "", {cookie_of(in)}).status, 204);
  EXPECT_EQ(post("/v1/auth/logout", "").status, 204);
}

TEST_F(AccountRoutes, TooManyWrongPasswordsWait) {
  const Reply signed_up = sign_up();
  f_.scratch.clock.advance(std::chrono::minutes(1));
  f_.services.settings.profile = web::Profile::single;  // without the limit on an address's mutations
  for (int i = 0; i < 20; ++i) ASSERT_EQ(login("ann@example.com", "wrong").status, 401) << i;
  const Reply refused = login("Ann@example.com", "correct horse");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.member("code"), "RATE_LIMITED");
  EXPECT_EQ(refused.header("Retry-After"), "3");
  EXPECT_EQ(login("ann@example.com", "correct horse", "192.0.2.2").status, 200) << "another address";
  EXPECT_EQ(login("bob@example.com", "wrong").status, 401) << "another account";
  EXPECT_EQ(me({cookie_of(signed_up)}).status, 200) << "whoever is signed in stays so";
  f_.scratch.clock.advance(std::chrono::seconds(3));
  EXPECT_EQ(login("ann@example.com", "correct horse").status, 200);
}

TEST_F(AccountRoutes, RightPasswordsAreNotCounted) {
  ASSERT_EQ(sign_up().status, 201);
  f_.services.settings.profile = web::Profile::single;
  for (int i = 0; i < 30; ++i) ASSERT_EQ(login("ann@example.com", "correct horse").status, 200) << i;
}

TEST_F(AccountRoutes, AWeakerHashIsMadeAnew) {
  ASSERT_EQ(sign_up().status, 201);
  const auto stored = [&] {
    auto look = [](db::Connection& c) { return domain::find_password_identity(c, "ann@example.com"); };
    return f_.scratch.read(look).value()->password_hash;
  };
  const std::string weak = stored();
  f_.passwords = PasswordHasher::make({.passes = 2, .memory_bytes = std::size_t{128} * 1024}).value();
  EXPECT_EQ(login("ann@example.com", "wrong").status, 401);
  EXPECT_EQ(stored(), weak);
  ASSERT_EQ(login("ann@example.com", "correct horse").status, 200);
  EXPECT_THAT(stored(), HasSubstr("m=128,t=2"));
  const std::string strong = stored();
  ASSERT_EQ(login("ann@example.com", "correct horse").status, 200);
  EXPECT_EQ(stored(), strong);
}

Task<void> answer_into(web::Fixture& fixture, Call call, int& status) {
  const Reply reply = co_await fixture.answer(std::move(call));
  status = reply.status;
}

TEST_F(AccountRoutes, AStormOfLoginsIsRefusedNotQueued) {
  ASSERT_EQ(sign_up().status, 201);
  f_.services.settings.profile = web::Profile::single;
  // Costly enough that no hash ends before the last of the requests has come.
  f_.passwords = PasswordHasher::make({.passes = 2, .memory_bytes = std::size_t{16} << 20U}).value();
  std::vector<int> statuses(100);
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    Call call{.method = Method::post,
              .target = "/v1/auth/login",
              .body = R"({"email":"someone)" + std::to_string(i) + R"(@example.com","password":"wrong"})"};
    tasks.push_back(answer_into(f_, std::move(call), statuses[i]));
  }
  db::run_all(std::move(tasks));
  const auto refused = std::ranges::count(statuses, 503);
  EXPECT_EQ(std::ranges::count(statuses, 401) + refused, 100);
  EXPECT_GT(refused, 0);
  EXPECT_GE(std::ranges::count(statuses, 401), static_cast<std::ptrdiff_t>(web::kHashesWaiting));
}

// ---- set-up -------------------------------------------------------------------------------------------------------

class Setup : public AccountRoutes {
 protected:
  Setup() {
    f_.services.settings.registration_open = false;
    auto put = [this](db::Transaction& tx) -> Result<void> {
      domain::put_setup_token(tx, web::token_hash("the token"), f_.scratch.clock.now());
      return {};
    };
    EXPECT_TRUE(f_.scratch.write(put));
  }
  Reply set_up(const std::string& token, const std::string& email = "root@example.com") {
    return post("/v1/auth/setup",
                R"({"token":")" + token + R"(","email":")" + email + R"(","password":"correct horse"})");
  }
};

TEST_F(Setup, TheTokenMakesTheFirstAdminOnce) {
  EXPECT_EQ(set_up("another").member("code"), "WRONG_CREDENTIALS");
  EXPECT_EQ(set_up("the token", "none").status, 400) << "a mistake does not use it up";
  const Reply made = set_up("the token");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.member("admin"), "true");
  EXPECT_EQ(made.member("scopes"), R"(["read","write","import","admin"])");
  EXPECT_EQ(me({cookie_of(made)}).status, 200);
  EXPECT_EQ(set_up("the token", "second@example.com").status, 401);
  EXPECT_EQ(f_.scratch.number("SELECT count(*) FROM {users}"), 1);
}

TEST_F(Setup, GuessesAreLimited) {
  f_.services.settings.profile = web::Profile::single;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(set_up("guess").status, 401) << i;
  EXPECT_EQ(set_up("the token").status, 429);
}

// ---- the access token of profile `single` ---------------------------------------------------------------------------

class AccessToken : public AccountRoutes {
 protected:
  AccessToken() : AccountRoutes({.local_without_login = false, .access_token_hash = web::token_hash("the token")}) {
    f_.add_local();
  }
};

TEST_F(AccessToken, IsBearerAndLogin) {
  EXPECT_EQ(me({}).status, 401);
  EXPECT_EQ(me({bearer("another")}).status, 401);
  const Reply direct = me({bearer("the token")});
  EXPECT_EQ(direct.status, 200);
  EXPECT_EQ(direct.member("kind"), "local");
  EXPECT_EQ(direct.member("email"), "null");
  const Reply in = post("/v1/auth/login", R"({"token":"the token"})");
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(in.body, direct.body);
  EXPECT_EQ(me({cookie_of(in)}).body, direct.body);
  const Reply kept = post("/v1/generations", R"({"modelId":"flux"})", {cookie_of(in)});
  EXPECT_EQ(kept.status, 201);
}

TEST_F(AccessToken, GuessesAreLimited) {
  for (int i = 0; i < 20; ++i) ASSERT_EQ(post("/v1/auth/login", R"({"token":"guess"})").status, 401) << i;
  EXPECT_EQ(post("/v1/auth/login", R"({"token":"the token"})").status, 429);
  EXPECT_EQ(me({bearer("the token")}).status, 200);
}

TEST_F(AccessToken, NobodyRegisters) {
  f_.services.settings.registration_open = true;
  EXPECT_EQ(sign_up().member("code"), "REGISTRATION_CLOSED");
}

// ---- me -----------------------------------------------------------------------------------------------------------

TEST_F(AccountRoutes, TheDetailsOf401TellHowToSignIn) {
  const Reply anonymous = me({});
  EXPECT_EQ(anonymous.status, 401);
  EXPECT_EQ(anonymous.member("code"), "UNAUTHENTICATED");
  EXPECT_EQ(anonymous.member("details"), R"({"profile":"accounts","registration":true,"login":"password"})");
  EXPECT_EQ(anonymous.header("WWW-Authenticate"), "Bearer");
  f_.services.settings = {.registration_open = true, .local_without_login = false};
  EXPECT_EQ(me({}).member("details"), R"({"profile":"single","registration":false,"login":"token"})");
}

TEST_F(AccountRoutes, TheLocalOwnerNeedsNoLogin) {
  f_.services.settings = {};
  f_.add_local();
  const Reply who = me({});
  EXPECT_EQ(who.status, 200);
  EXPECT_EQ(who.member("kind"), "local");
  EXPECT_EQ(who.member("profile"), "single");
}

// ---- keys ---------------------------------------------------------------------------------------------------------

TEST_F(AccountRoutes, AKeyIsShownOnceAndWorks) {
  const Reply in = sign_up();
  const auto cookie = cookie_of(in);
  const Reply made = post("/v1/keys", R"({"name":"laptop","userId":"x"})", {cookie, {"Idempotency-Key", "k"}});
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string key = made.member("key");
  EXPECT_THAT(key, StartsWith("mlk_" + made.member("id") + "_"));
  EXPECT_EQ(made.member("name"), "laptop");
  EXPECT_EQ(made.member("scopes"), R"(["read","write"])");
  EXPECT_EQ(made.member("expiresAt"), "null");
  EXPECT_EQ(made.member("createdAt"), to_iso8601(f_.scratch.clock.now()));

  const Reply again = post("/v1/keys", R"({"name":"laptop"})", {cookie, {"Idempotency-Key", "k"}});
  EXPECT_EQ(again.status, 201);
  EXPECT_NE(again.member("key"), key) << "a secret is never replayed";

  const Reply who = me({bearer(key)});
  EXPECT_EQ(who.status, 200);
  EXPECT_EQ(who.member("id"), in.member("id"));
  EXPECT_EQ(who.member("scopes"), R"(["read","write"])");
  EXPECT_EQ(me({bearer(key + "x"), cookie}).status, 401) << "a wrong key never falls back to a cookie";

  const Reply list = f_.send({.target = "/v1/keys", .headers = {cookie}});
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.member("nextCursor"), "null");
  EXPECT_THAT(list.member("items"), HasSubstr(R"("name":"laptop")"));
  EXPECT_THAT(list.member("items"), HasSubstr(R"("lastUsedAt":")" + to_iso8601(f_.scratch.clock.now())));
  EXPECT_THAT(list.body, Not(HasSubstr("mlk_")));

  const Call remove{.method = Method::delete_, .target = "/v1/keys/" + made.member("id"), .headers = {cookie}};
  EXPECT_EQ(f_.send(remove).status, 204);
  EXPECT_EQ(f_.send(remove).status, 404);
  EXPECT_EQ(me({bearer(key)}).status, 401);
}

TEST_F(AccountRoutes, DeletingAKeyCanBeRetried) {
  const auto cookie = cookie_of(sign_up());
  const std::string id = post("/v1/keys", R"({"name":"laptop"})", {cookie}).member("id");
  const Call remove{
      .method = Method::delete_, .target = "/v1/keys/" + id, .headers = {cookie, {"Idempotency-Key", "k"}}};
  EXPECT_EQ(f_.send(remove).status, 204);
  const Reply again = f_.send(remove);
  EXPECT_EQ(again.status, 204);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
}

TEST_F(AccountRoutes, AKeyDoesNoMoreThanItsScopes) {
  const auto cookie = cookie_of(sign_up());
  const std::string reader = post("/v1/keys", R"({"name":"r","scopes":["read"]})", {cookie}).member("key");
  const std::string writer = post("/v1/keys", R"({"name":"w","scopes":["write"]})", {cookie}).member("key");
  const auto create = [&](const std::string& key) {
    return post("/v1/generations", R"({"modelId":"flux"})", {bearer(key)});
  };
  const auto list = [&](const std::string& key) {
    return f_.send({.target = "/v1/generations", .headers = {bearer(key)}});
  };
  EXPECT_EQ(create(reader).status, 403);
  EXPECT_EQ(create(reader).member("code"), "INSUFFICIENT_SCOPE");
  EXPECT_EQ(list(reader).status, 200);
  EXPECT_EQ(create(writer).status, 201);
  EXPECT_EQ(list(writer).status, 403);
}

TEST_F(AccountRoutes, NobodyHandsOnMoreThanTheyHave) {
  const auto cookie = cookie_of(sign_up());
  const auto make = [&](const std::string& scopes, const std::pair<std::string, std::string>& by) {
    return post("/v1/keys", R"({"name":"n","scopes":)" + scopes + "}", {by});
  };
  const Reply refused = make(R"(["admin"])", cookie);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.member("code"), "INSUFFICIENT_SCOPE");
  EXPECT_EQ(make(R"(["read","write","import"])", cookie).status, 201);
  const auto writer = bearer(make(R"(["write"])", cookie).member("key"));
  EXPECT_EQ(make(R"(["read"])", writer).status, 403);
  EXPECT_EQ(make(R"(["write"])", writer).status, 201);
  EXPECT_EQ(post("/v1/keys", R"({"name":"n"})", {writer}).status, 403) << "read and write by default";
  const auto reader = bearer(make(R"(["read"])", cookie).member("key"));
  EXPECT_EQ(make(R"(["read"])", reader).status, 403) << "making keys is writing";
}

TEST_F(AccountRoutes, AKeyIsCheckedBeforeItIsMade) {
  const auto cookie = cookie_of(sign_up());
  const auto refused = [&](const char* body) {
    const Reply reply = post("/v1/keys", body, {cookie});
    EXPECT_EQ(reply.status, 400) << reply.body;
    return paths(reply);
  };
  EXPECT_THAT(refused("{}"), ElementsAre("name"));
  EXPECT_THAT(refused(R"({"name":"","scopes":["read","root"]})"), ElementsAre("name", "scopes[1]"));
  EXPECT_THAT(refused(R"({"name":"n","scopes":[]})"), ElementsAre("scopes"));
  EXPECT_THAT(refused(R"({"name":"n","expiresAt":"soon"})"), ElementsAre("expiresAt"));
  EXPECT_THAT(refused(R"({"name":"n","expiresAt":"2020-01-01T00:00:00Z"})"), ElementsAre("expiresAt"));
  EXPECT_THAT(refused(R"({"name":"n","key":"mlk_mine"})"), ElementsAre("key"));
}

TEST_F(AccountRoutes, AKeyExpires) {
  const auto cookie = cookie_of(sign_up());
  const std::string end = to_iso8601(f_.scratch.clock.now() + std::chrono::hours(1));
  const Reply made = post("/v1/keys", R"({"name":"n","expiresAt":")" + end + R"("})", {cookie});
  EXPECT_EQ(made.member("expiresAt"), end);
  EXPECT_EQ(me({bearer(made.member("key"))}).status, 200);
  f_.scratch.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(me({bearer(made.member("key"))}).status, 401);
}

TEST_F(AccountRoutes, AnotherUsersKeysAreNone) {
  const auto ann = cookie_of(sign_up());
  const auto bob = cookie_of(sign_up("bob@example.com"));
  const std::string id = post("/v1/keys", R"({"name":"n"})", {ann}).member("id");
  const Reply foreign = f_.send({.method = Method::delete_, .target = "/v1/keys/" + id, .headers = {bob}});
  const Reply none = f_.send({.method = Method::delete_, .target = "/v1/keys/none", .headers = {bob}});
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(foreign.body, none.body);
  EXPECT_EQ(f_.send({.target = "/v1/keys", .headers = {bob}}).member("items"), "[]");
}

// ---- the owner is who is signed in ----------------------------------------------------------------------------------

TEST_F(AccountRoutes, AUserIdThatIsSentIsIgnored) {
  const Reply ann = sign_up();
  const Reply bob = sign_up("bob@example.com");
  const std::string victim = bob.member("id");
  const Reply made =
      post("/v1/generations?userId=" + victim, R"({"id":"g1","modelId":"flux","userId":")" + victim + "\"}",
           {cookie_of(ann), {"X-User-Id", victim}, {"userId", victim}});
  ASSERT_EQ(made.status, 201) << made.body;
  const auto list = [&](const Reply& who) {
    return f_.send({.target = "/v1/generations?userId=" + victim, .headers = {cookie_of(who)}}).member("items");
  };
  EXPECT_THAT(list(ann), HasSubstr(R"("id":"g1")"));
  EXPECT_EQ(list(bob), "[]");
}

TEST(Components, EveryRouteNamesSchemasThatThereAre) {
  web::Fixture f({});
  web::Routes routes(f.services, f.router, native_wire());
  add_auth_routes(routes);
  add_me_routes(routes);
  add_key_routes(routes);
  std::vector<std::string> names = {"Error"};
  for (const http::ComponentSchema& schema : component_schemas()) names.push_back(schema.name);
  for (const http::Route& route : f.router.routes()) {
    if (!route.body.schema.empty()) EXPECT_THAT(names, testing::Contains(route.body.schema));
    for (const http::ResponseDoc& response : route.responses) {
      if (!response.schema.empty()) EXPECT_THAT(names, testing::Contains(response.schema));
    }
  }
}

}  // namespace
}  // namespace medialith::api
