#include "web/authenticate.hpp"

#include "db/testing/faulty_database.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "web/testing/fixture.hpp"

namespace medialith::web {
namespace {

TEST(ParseKey, TakesWhatFormatKeyMakes) {
  const BearerKey key{"0190-ab", "secret_with_more_-"};
  EXPECT_EQ(format_key(key), "mlk_0190-ab_secret_with_more_-");
  const auto parsed = parse_key(format_key(key));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->id, key.id);
  EXPECT_EQ(parsed->secret, key.secret);
}

TEST(ParseKey, RefusesTheRest) {
  for (const char* text : {"", "mlk_", "mlk_a", "mlk_a_", "mlk__b", "MLK_a_b", " mlk_a_b", "sk_a_b", "a_b"}) {
    EXPECT_FALSE(parse_key(text)) << text;
  }
  EXPECT_TRUE(parse_key("mlk_a_" + std::string(250, 'x')));
  EXPECT_FALSE(parse_key("mlk_a_" + std::string(251, 'x')));
}

TEST(LoginCookie, IsBoundToTheHostOverHttps) {
  EXPECT_EQ(login_cookie({}, Secret("t")), "medialith=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000");
  const Settings https{.public_url = "https://media.example.com"};
  EXPECT_EQ(login_cookie(https, Secret("t")),
            "__Host-medialith=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure");
  EXPECT_EQ(expired_login_cookie(https), "__Host-medialith=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
}

TEST(AccessToken, IsComparedByItsHash) {
  EXPECT_FALSE(is_access_token({}, "")) << "there is none";
  const Settings settings{.access_token_hash = token_hash("token")};
  EXPECT_TRUE(is_access_token(settings, "token"));
  for (const char* other : {"", "toke", "tokens", "Token"}) EXPECT_FALSE(is_access_token(settings, other)) << other;
}

class Authenticate : public testing::Test {
 protected:
  using Who = Result<std::optional<domain::Principal>>;
  Who ask(std::vector<std::pair<std::string, std::string>> headers) {
    http::Request request;
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    return net::run_sync(authenticate(f_.services, request));
  }
  /// A key of `who`, as it is sent.
  std::string key_of(const domain::Principal& who) {
    const domain::NewApiKey key{f_.scratch.uuids.make(), "n", token_hash("secret"), domain::Scopes::read, {}};
    EXPECT_TRUE(f_.scratch.mutate(who, [&](domain::Mutation& m) { return domain::create_key(m, key); }));
    return format_key({key.id, "secret"});
  }
  static std::pair<std::string, std::string> authorization(const std::string& value) {
    return {"Authorization", value};
  }

  Fixture f_{{.profile = Profile::accounts}};
};

TEST_F(Authenticate, NobodyIsAnonymous) {
  const Who who = ask({});
  ASSERT_TRUE(who);
  EXPECT_FALSE(*who);
}

TEST_F(Authenticate, ACookieIsItsLogin) {
  const std::string token = f_.login_of("ann@example.com");
  const Who who = ask({f_.cookie(token)});
  ASSERT_TRUE(who && *who);
  EXPECT_EQ((*who)->credential, domain::Credential::login);
  const Who unknown = ask({f_.cookie("another")});
  ASSERT_TRUE(unknown) << "an expired cookie is an anonymous request";
  EXPECT_FALSE(*unknown);
  f_.services.settings.public_url = "https://media.example.com";
  EXPECT_FALSE(*ask({{"Cookie", "medialith=" + token}})) << "over https only the bound cookie counts";
}

TEST_F(Authenticate, AKeyIsBearer) {
  const domain::Principal ann = f_.scratch.person("ann@example.com");
  const std::string key = key_of(ann);
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER "}) {
    const Who who = ask({authorization(scheme + key)});
    ASSERT_TRUE(who && *who) << scheme;
    EXPECT_EQ((*who)->user, ann.user);
    EXPECT_EQ((*who)->scopes, domain::Scopes::read);
  }
}

TEST_F(Authenticate, AWrongKeyIsRefusedWhateverElseIsSent) {
  const std::string token = f_.login_of("bob@example.com");
  const std::string key = key_of(f_.scratch.person("ann@example.com"));
  for (const std::string& value :
       {"Bearer " + key + "x", "Bearer " + key.substr(0, key.size() - 1), std::string("Bearer mlk_none_secret"),
        std::string("Bearer "), std::string("Bearer"), std::string("Basic YTpi"), key, "Bearer  " + key}) {
    const Who who = ask({authorization(value), f_.cookie(token)});
    ASSERT_FALSE(who) << value;
    EXPECT_EQ(who.error().code, ErrorCode::unauthenticated);
  }
}

TEST_F(Authenticate, UseIsNotedNowAndThen) {
  const domain::Principal ann = f_.scratch.person("ann@example.com");
  const std::string key = key_of(ann);
  const auto groups = [&] { return f_.scratch.database->stats().writes; };
  const std::uint64_t start = groups();
  ASSERT_TRUE(ask({authorization("Bearer " + key)}));
  EXPECT_EQ(groups(), start + 1);
  ASSERT_TRUE(ask({authorization("Bearer " + key)}));
  EXPECT_EQ(groups(), start + 1) << "once an hour";
  const std::string token = f_.login_of("bob@example.com");
  f_.scratch.clock.advance(std::chrono::days(1) + std::chrono::seconds(1));
  const std::uint64_t later = groups();
  ASSERT_TRUE(*ask({f_.cookie(token)}));
  EXPECT_EQ(groups(), later + 1);
  ASSERT_TRUE(*ask({f_.cookie(token)}));
  EXPECT_EQ(groups(), later + 1) << "once a day";
}

TEST_F(Authenticate, AUseThatCannotBeNotedFailsNoRequest) {
  const std::string key = key_of(f_.scratch.person("ann@example.com"));
  db::FaultyDatabase full(*f_.scratch.database, 1, {.refused = 1000});
  Services services = f_.services_on(full, {.profile = Profile::accounts});
  http::Request request;
  request.headers.add("Authorization", "Bearer " + key);
  const Who who = net::run_sync(authenticate(services, request));
  EXPECT_TRUE(who && *who);
  EXPECT_THAT(f_.log_text.str(), testing::HasSubstr("last_use_not_kept"));
}

TEST_F(Authenticate, TheLocalOwnerIsWhoeverAsksOnThisMachine) {
  f_.services.settings = {};
  f_.add_local();
  const Who who = ask({});
  ASSERT_TRUE(who && *who);
  EXPECT_EQ((*who)->credential, domain::Credential::local);
  EXPECT_FALSE(ask({authorization("Bearer mlk_a_b")})) << "but not with a wrong key";
  f_.services.settings.local_without_login = false;
  EXPECT_FALSE(*ask({}));
}

TEST_F(Authenticate, TheAccessTokenIsTheLocalOwner) {
  f_.services.settings = {.local_without_login = false, .access_token_hash = token_hash("token")};
  EXPECT_FALSE(ask({authorization("Bearer token")})) << "without an owner it opens nothing";
  f_.add_local();
  const Who who = ask({authorization("Bearer token")});
  ASSERT_TRUE(who && *who);
  EXPECT_EQ((*who)->user, f_.services.local->user);
  EXPECT_FALSE(ask({authorization("Bearer tokens")}));
}

TEST(SignInDetails, SayWhatTheConsoleShows) {
  EXPECT_EQ(sign_in_details({.profile = Profile::accounts}),
            R"({"profile":"accounts","registration":false,"login":"password"})");
  EXPECT_EQ(sign_in_details({.profile = Profile::accounts, .registration_open = true}),
            R"({"profile":"accounts","registration":true,"login":"password"})");
  EXPECT_EQ(sign_in_details({.registration_open = true}),
            R"({"profile":"single","registration":false,"login":"token"})");
}

}  // namespace
}  // namespace medialith::web
