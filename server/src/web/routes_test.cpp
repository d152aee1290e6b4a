// What every route has in common, with routes of the tests' own.
#include "db/testing/passing_database.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "web/testing/fixture.hpp"

namespace medialith::web {
namespace {

using http::Access;
using http::Method;
using http::Scope;
using testing::ElementsAre;
using testing::HasSubstr;

/// Counts what is read outside of a write.
class CountedReads final : public db::PassingDatabase {
 public:
  using PassingDatabase::PassingDatabase;
  Task<Result<void>> run_read(db::ReadKind kind, ReadFn fn) override {
    ++count;
    return inner().run_read(kind, std::move(fn));
  }

  std::uint64_t count = 0;
};

class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    Routes routes(counted_, f_.router, {.replay = render, .present = present_error});
    const auto echo = [this](Context& context) { return answer(context); };
    routes.add({.method = Method::get,
                .pattern = "/open",
                .operation = "open",
                .access = Access::open,
                .parameters = {{"q", "query", "string", ""}, {"tag", "query", "string", "", true}}},
               echo);
    routes.add({.method = Method::get, .pattern = "/read", .operation = "read", .scope = Scope::read}, echo);
    routes.add({.method = Method::get,
                .pattern = "/admin",
                .operation = "admin",
                .access = Access::admin,
                .scope = Scope::admin},
               echo);
    routes.add({.method = Method::get, .pattern = "/signed", .operation = "signed", .access = Access::signed_url},
               echo);
    const http::BodyPolicy json{.kind = http::BodyKind::json, .max_bytes = 1000};
    const auto effect = [this](Context& context) { return change(context); };
    routes.add({.method = Method::post,
                .pattern = "/things",
                .operation = "createThing",
                .scope = Scope::write,
                .body = json,
                .mutation = true},
               effect);
    routes.add({.method = Method::post,
                .pattern = "/secrets",
                .operation = "createSecret",
                .scope = Scope::write,
                .body = json,
                .mutation = true,
                .shows_secret = true},
               effect);
    routes.add({.method = Method::post,
                .pattern = "/anonymous",
                .operation = "anonymous",
                .access = Access::open,
                .body = json,
                .mutation = true},
               echo);
    const auto refuse = [](Context&) -> Task<Result<http::Response>> {
      co_return fail(ErrorCode::not_found, "There is no such thing.");
    };
    routes.add({.method = Method::post, .pattern = "/refused", .operation = "refused", .body = json, .mutation = true},
               refuse);
    routes.add(
        {.method = Method::post, .pattern = "/unwritten", .operation = "unwritten", .body = json, .mutation = true},
        echo);
    const auto moody = [this, refuse](Context& context) { return refuse_ ? refuse(context) : change(context); };
    routes.add({.method = Method::post, .pattern = "/moody", .operation = "moody", .body = json, .mutation = true},
               moody);
    const auto unseen = [this](Context& context) { return change_unseen(context); };
    routes.add({.method = Method::post, .pattern = "/unseen", .operation = "unseen", .body = json, .mutation = true},
               unseen);
    const auto unknown = [](Context&) -> Task<Result<http::Response>> {
      co_return fail(ErrorCode::outcome_unknown, "Nobody knows.");
    };
    routes.add({.method = Method::post, .pattern = "/unknown", .operation = "unknown", .body = json, .mutation = true},
               unknown);
    routes.add({.method = Method::post,
                .pattern = "/unknown-secrets",
                .operation = "unknownSecret",
                .body = json,
                .mutation = true,
                .shows_secret = true},
               unknown);
    routes.add({.method = Method::post, .pattern = "/broken", .operation = "broken", .access = Access::open},
               [](Context&) -> Task<Result<http::Response>> {
                 co_return fail(ErrorCode::internal, "Something broke.", "the disk said no");
               });
  }

  Task<Result<http::Response>> answer(Context& context) {
    ++calls_;
    anonymous_ = !context.principal;
    co_return json_response(200, R"({"ok":true})");
  }
  /// An effect of which the answer cannot be shown.
  Task<Result<http::Response>> change_unseen(Context& context) {
    CO_TRY_ASSIGN(http::Response kept, co_await change(context));
    if (context.replay) co_return kept;
    co_return fail(ErrorCode::unavailable, "The database cannot answer at the moment. Try again.");
  }
  /// An effect that a retry must not have twice.
  Task<Result<http::Response>> change(Context& context) {
    auto run = [&](db::Transaction& tx) -> Result<std::optional<domain::Replay>> {
      domain::Mutation mutation(tx, context.who(), context.key(), context.services.clock.now());
      TRY_ASSIGN(auto replay, mutation.ask());
      if (!replay) mutation.answer(201, "thing", "t1");
      return replay;
    };
    CO_TRY_ASSIGN(context.replay, co_await context.services.database.write(run));
    context.settled = true;
    if (context.replay) co_return co_await render(context, *context.replay);
    ++calls_;
    co_return json_response(201, R"({"id":"t1"})");
  }
  static Task<Result<http::Response>> render(Context&, const domain::Replay& replay) {
    http::Response response = json_response(replay.status, R"({"id":")" + replay.object_id + R"("})");
    response.headers.set("Idempotency-Replayed", "true");
    co_return response;
  }

  Reply get(const std::string& target, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return f_.send({.target = target, .headers = std::move(headers)});
  }
  Reply post(const std::string& target, std::string body,
             std::vector<std::pair<std::string, std::string>> headers = {}) {
    return f_.send({.method = Method::post, .target = target, .body = std::move(body), .headers = std::move(headers)});
  }
  Reply keyed(const std::string& key, std::string body = "{}", const std::string& target = "/things") {
    return post(target, std::move(body), {ann_, {"Idempotency-Key", key}});
  }
  std::pair<std::string, std::string> key_with(domain::Scopes scopes) {
    const domain::Principal who = f_.scratch.person("key" + std::to_string(++people_) + "@example.com");
    const domain::NewApiKey key{f_.scratch.uuids.make(), "n", token_hash("secret"), scopes, {}};
    EXPECT_TRUE(f_.scratch.mutate(who, [&](domain::Mutation& m) { return domain::create_key(m, key); }));
    return {"Authorization", "Bearer " + format_key({key.id, "secret"})};
  }

  void sign_out(const std::string& email) {
    f_.scratch
        .write([&](db::Transaction& tx) -> Result<void> {
          tx.later({"DELETE FROM {logins} WHERE user_rid = (SELECT rid FROM {users} WHERE email_key = $1)",
                    std::string_view(email)});
          return {};
        })
        .value();
  }
  Fixture f_{{.profile = Profile::accounts}};
  CountedReads reads_{*f_.scratch.database};
  Services counted_ = f_.services_on(reads_, f_.services.settings);
  const std::string token_ = f_.login_of("ann@example.com");
  const std::string ann_hash_ = token_hash(token_);
  const std::pair<std::string, std::string> ann_ = f_.cookie(token_);
  int calls_ = 0;
  int people_ = 0;
  bool anonymous_ = false;
  bool refuse_ = false;
};

// ---- who may ------------------------------------------------------------------------------------------------------

TEST_F(RoutesTest, AnOpenRouteTakesAnybody) {
  EXPECT_EQ(get("/open").status, 200);
  EXPECT_TRUE(anonymous_);
  EXPECT_EQ(get("/open", {ann_}).status, 200);
  EXPECT_FALSE(anonymous_);
  EXPECT_EQ(get("/open", {{"Authorization", "Bearer mlk_a_b"}}).status, 200);
  EXPECT_TRUE(anonymous_) << "a wrong key is nobody";
}

TEST_F(RoutesTest, AUserRouteWantsAUserAndScopes) {
  const Reply anonymous = get("/read");
  EXPECT_EQ(anonymous.status, 401);
  EXPECT_EQ(anonymous.member("code"), "UNAUTHENTICATED");
  EXPECT_EQ(get("/read", {ann_}).status, 200);
  EXPECT_EQ(get("/read", {{"Authorization", "Bearer mlk_a_b"}}).status, 401);
  EXPECT_EQ(get("/read", {key_with(domain::Scopes::read)}).status, 200);
  const Reply refused = get("/read", {key_with(domain::Scopes::write)});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.member("code"), "INSUFFICIENT_SCOPE");
  EXPECT_EQ(post("/things", "{}", {key_with(domain::Scopes::read)}).status, 403);
}

TEST_F(RoutesTest, AnAdminRouteWantsAnAdmin) {
  EXPECT_EQ(get("/admin").status, 401);
  const Reply refused = get("/admin", {ann_});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.member("code"), "FORBIDDEN");
  EXPECT_EQ(get("/admin", {f_.cookie(f_.login_of("root@example.com", true))}).status, 200);
  EXPECT_EQ(calls_, 1);
}

TEST_F(RoutesTest, ASignedLinkSaysAllByItself) {
  EXPECT_EQ(get("/signed?exp=1&sig=x", {ann_}).status, 200);
  EXPECT_TRUE(anonymous_) << "a cookie that comes with it changes nothing";
  EXPECT_EQ(get("/signed", {ann_}).status, 200);
  EXPECT_FALSE(anonymous_);
}

// ---- parameters and bodies ------------------------------------------------------------------------------------------

TEST_F(RoutesTest, UnknownAndRepeatedParametersAreNamed) {
  EXPECT_EQ(get("/open?q=1&tag=a&tag=b&userId=x&userId=y").status, 200);
  const Reply reply = get("/open?q=1&q=1&limit=5&Tag=x");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.member("code"), "VALIDATION_FAILED");
  std::vector<std::string> found;
  const json::Document document = reply.json();
  for (const json::View field : document.root().find("fields")->children()) {
    found.push_back(std::string(field.find("path")->text()) + " " + std::string(field.find("code")->text()));
  }
  EXPECT_THAT(found, ElementsAre("q repeated", "limit unknown", "Tag unknown"));
}

TEST_F(RoutesTest, ABodyIsJsonOfADeclaredTypeAndSize) {
  const auto code = [&](std::string body, const std::string& type) {
    return post("/things", std::move(body), {ann_, {"Content-Type", type}}).member("code");
  };
  EXPECT_EQ(code("{}", "application/json"), "");
  EXPECT_EQ(code("{}", "application/json; charset=UTF-8"), "");
  EXPECT_EQ(code("{}", "application/json; charset=latin1"), "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(code("{}", "text/plain"), "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(code("{", "application/json"), "MALFORMED_JSON");
  EXPECT_EQ(code(std::string(65, '[') + std::string(65, ']'), "application/json"), "MALFORMED_JSON");
  EXPECT_EQ(code("\"" + std::string(998, 'x') + "\"", "application/json"), "");
  EXPECT_EQ(code("\"" + std::string(999, 'x') + "\"", "application/json"), "BODY_TOO_LARGE");
  Call chunked{.method = Method::post, .target = "/things", .headers = {ann_}, .chunked = true};
  chunked.body = "\"" + std::string(999, 'x') + "\"";
  EXPECT_EQ(f_.send(chunked).status, 413);
}

TEST_F(RoutesTest, NothingIsReadForSomebodyUnknown) {
  const Reply reply = post("/things", std::string(2000, 'x'));
  EXPECT_EQ(reply.status, 401);
}

// ---- idempotency ----------------------------------------------------------------------------------------------------

TEST_F(RoutesTest, ARetryIsAnsweredWithoutASecondEffect) {
  const Reply first = keyed("k", R"({"a":1})");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(first.header("Idempotency-Replayed"), "");
  const Reply again = keyed("k", R"({"a":1})");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(calls_, 1);
}

TEST_F(RoutesTest, AKeyOfAnotherRequestIsRefused) {
  ASSERT_EQ(keyed("k", R"({"a":1})").status, 201);
  const Reply body = keyed("k", R"({"a":2})");
  EXPECT_EQ(body.status, 422);
  EXPECT_EQ(body.member("code"), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(keyed("k", R"({"a":1})", "/things?userId=x").status, 422) << "the query is part of the request";
  EXPECT_EQ(calls_, 1);
  const auto bob = f_.cookie(f_.login_of("bob@example.com"));
  EXPECT_EQ(post("/things", R"({"a":2})", {bob, {"Idempotency-Key", "k"}}).status, 201) << "keys are per owner";
}

TEST_F(RoutesTest, AKeyWhoseRequestIsAtWorkIsToldToWait) {
  auto look = [](db::Connection& c) { return domain::find_password_identity(c, "ann@example.com"); };
  const domain::UserRid ann = f_.scratch.read(look).value()->user.rid;
  {
    const InFlight::Hold hold = f_.in_flight.try_hold(ann.value, "k");
    ASSERT_TRUE(hold);
    const Reply reply = keyed("k");
    EXPECT_EQ(reply.status, 409);
    EXPECT_EQ(reply.member("code"), "IDEMPOTENCY_IN_FLIGHT");
    EXPECT_EQ(reply.header("Retry-After"), "1");
    EXPECT_EQ(calls_, 0);
    EXPECT_EQ(keyed("another").status, 201);
  }
  EXPECT_EQ(keyed("k").status, 201);
  EXPECT_TRUE(f_.in_flight.try_hold(ann.value, "k")) << "a finished request holds nothing";
}

TEST_F(RoutesTest, AKeyHasAForm) {
  EXPECT_EQ(keyed(std::string(255, 'k')).status, 201);
  for (const std::string& key : {std::string(), std::string(256, 'k'), std::string("a b"), std::string("\xC3\xA9")}) {
    const Reply reply = keyed(key);
    EXPECT_EQ(reply.status, 400) << key;
    EXPECT_THAT(reply.body, HasSubstr(R"("path":"Idempotency-Key")"));
  }
}

TEST_F(RoutesTest, ASecretIsNeverReplayed) {
  EXPECT_EQ(keyed("k", "{}", "/secrets").header("Idempotency-Replayed"), "");
  EXPECT_EQ(keyed("k", "{}", "/secrets").header("Idempotency-Replayed"), "");
  EXPECT_EQ(calls_, 2);
  EXPECT_EQ(f_.scratch.number("SELECT count(*) FROM {idempotency}"), 0);
}

// ---- trips --------------------------------------------------------------------------------------------------------

TEST_F(RoutesTest, WhoIsKnownCostsAMutationNoReadBeforeItsWrite) {
  ASSERT_EQ(keyed("first").status, 201);
  const std::uint64_t before = reads_.count;
  EXPECT_EQ(keyed("second").status, 201);
  EXPECT_EQ(keyed("second").header("Idempotency-Replayed"), "true");
  EXPECT_EQ(reads_.count, before);
  EXPECT_EQ(get("/read", {ann_}).status, 200);
  EXPECT_EQ(reads_.count, before + 1) << "what is only read is read by somebody who stands";
  f_.scratch.clock.advance(kPrincipalKnown);
  EXPECT_EQ(keyed("third").status, 201);
  EXPECT_EQ(reads_.count, before + 2);
}

TEST_F(RoutesTest, WhoWasKnownIsLookedUpBeforeAnythingIsRefusedOrLeftAsItWas) {
  ASSERT_EQ(post("/things", "{}", {ann_}).status, 201);
  EXPECT_EQ(post("/refused", "{}", {ann_}).status, 404);
  EXPECT_EQ(post("/unwritten", "{}", {ann_}).status, 200);
  const domain::Principal ann = f_.known.find(ann_hash_).value();
  sign_out("ann@example.com");
  for (const char* target : {"/things", "/refused", "/unwritten"}) {
    // As on a server that has looked before another one signed her out.
    f_.known.keep(ann_hash_, ann);
    EXPECT_EQ(post(target, "{}", {ann_}).status, 401) << target;
    f_.known.keep(ann_hash_, ann);
    EXPECT_EQ(keyed("k", "{}", target).status, 401) << target;
    f_.known.keep(ann_hash_, ann);
    EXPECT_EQ(post(target, "not JSON", {ann_}).status, 401) << target;
  }
  EXPECT_EQ(f_.scratch.number("SELECT count(*) FROM {idempotency}"), 0);
}

TEST_F(RoutesTest, ARefusedRetryIsAnsweredAsItsFirstTryWas) {
  refuse_ = false;
  ASSERT_EQ(keyed("k", "{}", "/moody").status, 201);
  refuse_ = true;
  const Reply again = keyed("k", "{}", "/moody");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(keyed("k", R"({"a":1})", "/moody").status, 422);
  EXPECT_EQ(keyed("new", "{}", "/moody").status, 404);
}

TEST_F(RoutesTest, AKeyAndACookieOfOneTextAreNotTheSame) {
  ASSERT_EQ(post("/things", "{}", {ann_}).status, 201);
  EXPECT_EQ(post("/things", "{}", {{"Authorization", "Bearer " + token_}}).status, 401);
}

// ---- rate limits ----------------------------------------------------------------------------------------------------

TEST_F(RoutesTest, MutationsOfAUserAreLimited) {
  for (int i = 0; i < 200; ++i) ASSERT_EQ(post("/things", "{}", {ann_}).status, 201) << i;
  const Reply refused = post("/things", "{}", {ann_});
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.member("code"), "RATE_LIMITED");
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(get("/read", {ann_}).status, 200) << "reads never";
  const auto bob = f_.cookie(f_.login_of("bob@example.com"));
  const Reply other = post("/things", "{}", {bob});
  EXPECT_EQ(other.status, 201);
  EXPECT_EQ(other.header("RateLimit"), "limit=200, remaining=199, reset=1");
  f_.scratch.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(post("/things", "{}", {ann_}).status, 201);
}

TEST_F(RoutesTest, AKeyHasALimitOfItsOwn) {
  const auto first = key_with(domain::Scopes::write);
  const auto second = key_with(domain::Scopes::write);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(post("/things", "{}", {first}).status, 201) << i;
  EXPECT_EQ(post("/things", "{}", {first}).status, 429);
  EXPECT_EQ(post("/things", "{}", {second}).status, 201);
}

TEST_F(RoutesTest, AnAddressWithoutAUserIsLimited) {
  const auto from = [&](const std::string& address) {
    return f_.send({.method = Method::post, .target = "/anonymous", .body = "{}", .address = address}).status;
  };
  for (int i = 0; i < 20; ++i) ASSERT_EQ(from("192.0.2.1"), 200) << i;
  EXPECT_EQ(from("192.0.2.1"), 429);
  EXPECT_EQ(from("192.0.2.2"), 200);
}

TEST_F(RoutesTest, ARetryThatIsOnlyAnsweredIsNotCounted) {
  ASSERT_EQ(keyed("k").header("RateLimit"), "limit=200, remaining=199, reset=1");
  EXPECT_EQ(keyed("k").header("RateLimit"), "");
  EXPECT_EQ(keyed("other").header("RateLimit"), "limit=200, remaining=198, reset=1");
  for (int i = 0; i < 198; ++i) ASSERT_EQ(post("/things", "{}", {ann_}).status, 201) << i;
  EXPECT_EQ(post("/things", "{}", {ann_}).status, 429);
  EXPECT_EQ(keyed("k").status, 201);
}

TEST_F(RoutesTest, ProfileSingleHasNoLimits) {
  counted_.settings = {};
  f_.add_local();
  counted_.local = f_.services.local;
  for (int i = 0; i < 250; ++i) ASSERT_EQ(post("/things", "{}").status, 201) << i;
  EXPECT_EQ(post("/things", "{}").header("RateLimit"), "");
}

// ---- errors ---------------------------------------------------------------------------------------------------------

TEST_F(RoutesTest, AnErrorIsJsonWithCodeAndRequest) {
  const Reply reply = get("/read");
  EXPECT_EQ(reply.header("Content-Type"), "application/json");
  EXPECT_EQ(reply.header("Cache-Control"), "no-store");
  EXPECT_EQ(reply.header("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(reply.body,
            R"({"error":"Sign in, or send a key as bearer token.","code":"UNAUTHENTICATED","requestId":"request-1",)"
            R"("details":{"profile":"accounts","registration":false,"login":"password"}})");
}

TEST_F(RoutesTest, AFailureIsLoggedAndKeepsItsDetailToItself) {
  const Reply reply = post("/broken", "");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body, R"({"error":"Something broke.","code":"INTERNAL","requestId":"request-1"})");
  EXPECT_THAT(f_.log_text.str(), HasSubstr("the disk said no"));
  EXPECT_THAT(f_.log_text.str(), HasSubstr("request-1"));
  EXPECT_THAT(f_.log_text.str(), HasSubstr("broken"));
}

TEST_F(RoutesTest, AnUnknownOutcomeIsAskedForAgainOnlyWithAKeyThatCounts) {
  const Reply settled = keyed("k", "{}", "/unknown");
  EXPECT_EQ(settled.status, 503);
  EXPECT_EQ(settled.member("code"), "OUTCOME_UNKNOWN");
  EXPECT_EQ(settled.header("Retry-After"), "1");
  EXPECT_EQ(post("/unknown", "{}", {ann_}).header("Retry-After"), "");
  EXPECT_EQ(keyed("k", "{}", "/unknown-secrets").header("Retry-After"), "");
}

TEST_F(RoutesTest, WhatWasKeptAndCannotBeShownIsNotCalledUndone) {
  const Reply reply = keyed("k", "{}", "/unseen");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.member("code"), "OUTCOME_UNKNOWN");
  EXPECT_EQ(keyed("k", "{}", "/unseen").header("Idempotency-Replayed"), "true");
}

TEST(IfMatch, NamesAVersion) {
  const auto version = [](const std::string& value) {
    http::Request request;
    if (!value.empty()) request.headers.add("If-Match", value);
    return if_match_version(request);
  };
  EXPECT_EQ(version("").value(), std::nullopt);
  EXPECT_EQ(version("*").value(), std::nullopt);
  EXPECT_EQ(version(version_etag(7)).value(), 7);
  for (const char* value : {"7", "\"x\"", "\"7x\"", "W/\"7\"", "\"7\", \"8\"", "\"\"", "\"99999999999999999999\""}) {
    const auto refused = version(value);
    ASSERT_FALSE(refused) << value;
    EXPECT_EQ(refused.error().code, ErrorCode::precondition_failed);
  }
}

}  // namespace
}  // namespace medialith::web
