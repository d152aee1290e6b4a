#include "http/cors.hpp"

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

using Fields = std::vector<std::pair<const char*, const char*>>;

Origins make(std::string_view listen = "127.0.0.1:8787",
             std::string_view public_url = "https://media.example.com/storage") {
  static const std::vector<std::string> kAllowed = {"https://app.example.com", "http://App.test:3000/"};
  auto origins = Origins::create({.listen = listen, .public_url = public_url, .allowed = kAllowed});
  EXPECT_TRUE(origins);
  return *origins;
}

Request request(Method method, const Fields& fields, const char* host = "127.0.0.1:8787") {
  Request result;
  result.method = method;
  result.host = host;
  for (const auto& [name, value] : fields) result.headers.add(name, value);
  return result;
}

std::string header(const Headers& headers, std::string_view name) {
  return std::string(headers.find(name).value_or("-"));
}

TEST(Origins, RefusesWhatIsNoOrigin) {
  for (const std::string bad : {"*", "null", "app.example.com", "ftp://a.test", "https://", "https://a.test/path",
                                "https://u@a.test", "https://a.test:99999", "https://a test", "https://*.a.test", ""}) {
    const std::vector<std::string> allowed = {bad};
    const auto origins = Origins::create({.listen = "127.0.0.1:1", .public_url = "", .allowed = allowed});
    ASSERT_FALSE(origins) << bad;
    EXPECT_TRUE(origins.error().message.contains("'" + bad + "'"));
  }
  EXPECT_FALSE(Origins::create({.listen = "127.0.0.1:1", .public_url = "media.example.com", .allowed = {}}));
  EXPECT_FALSE(Origins::create({.listen = "127.0.0.1:1", .public_url = "https://a.test/?x", .allowed = {}}));
}

TEST(Origins, KnowsItsHosts) {
  const Origins origins = make();
  for (const auto* host :
       {"localhost", "LOCALHOST:1", "localhost.:80", "a.b.localhost:3000", "127.0.0.1:8787", "127.255.0.9",
        "[::1]:8787", "[::1]", "media.example.com", "Media.Example.com:8443", "app.example.com", "app.test:3000"}) {
    EXPECT_TRUE(origins.knows_host(host)) << host;
  }
  for (const auto* host : {"",
                           ":8787",
                           "evil.test",
                           "localhost.evil.test",
                           "127.0.0.1.evil.test",
                           "127.1",
                           "xlocalhost",
                           "[::2]",
                           "192.168.1.5:8787",
                           "media.example.com.evil.test",
                           "localhost:port",
                           "localhost:99999",
                           "localhost:",
                           "[::1",
                           "[::1]x",
                           "evil.test@localhost",
                           "user@localhost",
                           "@y,.localhost",
                           "[]",
                           "[",
                           "[::1%lo]"}) {
    EXPECT_FALSE(origins.knows_host(host)) << host;
  }
}

TEST(Origins, KnowsTheAddressItListensOn) {
  EXPECT_TRUE(make("192.168.1.5:8787").knows_host("192.168.1.5:8787"));
  EXPECT_FALSE(make("192.168.1.5:8787").knows_host("192.168.1.6:8787"));
  for (const auto* every : {"0.0.0.0:8787", "[::]:8787", ":8787"}) {
    EXPECT_TRUE(make(every).knows_host("192.168.1.6:8787")) << every;
    EXPECT_TRUE(make(every).knows_host("[fd00::1]:8787")) << every;
    EXPECT_FALSE(make(every).knows_host("evil.test:8787")) << every;
    EXPECT_FALSE(make(every).knows_host("1.2.3.4.evil.test")) << every;
    EXPECT_FALSE(make(every).knows_host("0x7f.1")) << every;
  }
}

TEST(CrossSite, FollowsTheTable) {
  const Origins origins = make();
  struct Case {
    Method method;
    Fields fields;
    bool allowed;
    Credential credential = Credential::ambient;
  };
  const Case cases[] = {
      {Method::post, {}, true},
      {Method::post, {{"Sec-Fetch-Site", "same-origin"}}, true},
      {Method::post, {{"Sec-Fetch-Site", "none"}}, true},
      {Method::post, {{"Sec-Fetch-Site", "cross-site"}}, false},
      {Method::post, {{"Sec-Fetch-Site", "same-site"}}, false},
      {Method::post, {{"Sec-Fetch-Site", "junk"}}, false},
      {Method::post, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://app.example.com"}}, true},
      {Method::post, {{"Sec-Fetch-Site", "same-site"}, {"Origin", "https://media.example.com"}}, true},
      {Method::put, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.test"}}, false},
      {Method::patch, {{"Origin", "https://evil.test"}}, false},
      {Method::delete_, {{"Origin", "null"}}, false},
      {Method::post, {{"Origin", ""}}, false},
      {Method::post, {{"Origin", "https://app.example.com"}}, true},
      {Method::post, {{"Origin", "http://app.test:3000"}}, true},
      {Method::post, {{"Origin", "http://app.test"}}, false},
      {Method::post, {{"Origin", "http://app.example.com"}}, false},
      {Method::post, {{"Origin", "https://app.example.com.evil.test"}}, false},
      {Method::post, {{"Origin", "https://evilapp.example.com"}}, false},
      {Method::post, {{"Origin", "http://127.0.0.1:8787"}}, true},
      {Method::post, {{"Origin", "http://127.0.0.1:3000"}}, false},
      {Method::post, {{"Origin", "https://127.0.0.1:8787"}}, false},
      {Method::post, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://127.0.0.1:8787"}}, false},
      {Method::post, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.test"}}, true, Credential::carried},
      {Method::get, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.test"}}, true},
      {Method::head, {{"Sec-Fetch-Site", "cross-site"}}, true},
  };
  for (const Case& c : cases) {
    std::string text(method_name(c.method));
    for (const auto& [name, value] : c.fields) text += std::string(" ") + name + ": " + value;
    const auto result = origins.check_cross_site(request(c.method, c.fields), c.credential);
    EXPECT_EQ(result.has_value(), c.allowed) << text;
    if (!result) EXPECT_EQ(result.error().code, ErrorCode::cross_site);
  }
}

TEST(Cors, OnlyAllowedOriginsMayRead) {
  const Origins origins = make();
  Headers allowed;
  origins.add_cors(request(Method::get, {{"Origin", "https://app.example.com"}}), allowed);
  EXPECT_EQ(header(allowed, "access-control-allow-origin"), "https://app.example.com");
  EXPECT_EQ(header(allowed, "access-control-allow-credentials"), "true");
  EXPECT_EQ(header(allowed, "vary"), "Origin");
  for (const auto* name : {"ETag", "Link", "Retry-After", "X-Request-Id", "RateLimit"}) {
    EXPECT_TRUE(header(allowed, "access-control-expose-headers").contains(name)) << name;
  }
  for (const Fields& fields : {Fields{},
                               {{"Origin", "null"}},
                               {{"Origin", "https://evil.test"}},
                               {{"Origin", "*"}},
                               {{"Origin", "https://app.example.com.evil.test"}},
                               {{"Origin", "HTTPS://APP.EXAMPLE.COM"}}}) {
    Headers refused;
    refused.add("Vary", "Accept-Encoding");
    origins.add_cors(request(Method::get, fields), refused);
    EXPECT_EQ(header(refused, "access-control-allow-origin"), "-");
    EXPECT_EQ(header(refused, "vary"), "Accept-Encoding, Origin");
  }
}

TEST(Cors, AnswersPreflights) {
  const Origins origins = make();
  const Request asked = request(Method::options, {{"Origin", "https://app.example.com"},
                                                  {"Access-Control-Request-Method", "PUT"},
                                                  {"Access-Control-Request-Headers", "authorization,if-match, b@d"}});
  ASSERT_TRUE(is_preflight(asked));
  const Method methods[] = {Method::get, Method::put};
  const auto answer = origins.answer_preflight(asked, methods);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(header(answer->headers, "access-control-allow-origin"), "https://app.example.com");
  EXPECT_EQ(header(answer->headers, "access-control-allow-credentials"), "true");
  EXPECT_EQ(header(answer->headers, "access-control-allow-methods"), "GET, PUT");
  EXPECT_EQ(header(answer->headers, "access-control-allow-headers"), "authorization, if-match");
  EXPECT_EQ(header(answer->headers, "vary"), "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  for (const auto* origin : {"null", "https://evil.test", "https://app.example.com.evil.test"}) {
    const auto refused = origins.answer_preflight(request(Method::options, {{"Origin", origin}}), methods);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::origin_not_allowed);
  }
  EXPECT_FALSE(is_preflight(request(Method::options, {{"Origin", "https://app.example.com"}})));
  EXPECT_FALSE(is_preflight(request(Method::get, {{"Origin", "a"}, {"Access-Control-Request-Method", "PUT"}})));
}

TEST(Vary, IsAddedOnce) {
  Headers headers;
  add_vary(headers, "Origin");
  add_vary(headers, "origin");
  add_vary(headers, "Accept");
  EXPECT_EQ(header(headers, "vary"), "Origin, Accept");
  headers.set("Vary", "*");
  add_vary(headers, "Origin");
  EXPECT_EQ(header(headers, "vary"), "*");
}

}  // namespace
}  // namespace medialith::http
