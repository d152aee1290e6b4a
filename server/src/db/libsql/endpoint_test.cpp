#include "db/libsql/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::db {
namespace {

std::string url_of(std::string_view url) {
  const auto endpoint = parse_libsql_url(url, Secret());
  return endpoint ? endpoint->url : "refused: " + endpoint.error().message;
}

TEST(LibsqlUrl, BecomesHttp) {
  EXPECT_EQ(url_of("libsql://db-me.turso.io"), "https://db-me.turso.io");
  EXPECT_EQ(url_of("libsql://db-me.turso.io/"), "https://db-me.turso.io");
  EXPECT_EQ(url_of("libsql://127.0.0.1:8080?tls=0"), "http://127.0.0.1:8080");
  EXPECT_EQ(url_of("libsql://[::1]:8080/?tls=1"), "https://[::1]:8080");
  EXPECT_EQ(url_of("http://localhost:8080"), "http://localhost:8080");
  EXPECT_EQ(url_of("https://example.com/databases/one//"), "https://example.com/databases/one");
}

TEST(LibsqlUrl, MayHaveTheToken) {
  const auto endpoint = parse_libsql_url("libsql://db.turso.io?authToken=theirs", Secret("other"));
  EXPECT_EQ(endpoint.value().auth_token.reveal(), "theirs");
  EXPECT_EQ(parse_libsql_url("libsql://db.turso.io", Secret("other")).value().auth_token.reveal(), "other");
}

TEST(LibsqlUrl, RefusesTheRestWithoutRepeatingIt) {
  for (const char* url : {"", "libsql:", "postgres://h/d", "file:///a", "libsql://", "libsql:///path", "http://?tls=0",
                          "libsql://h?tls=2", "libsql://h?tls", "http://h?tls=0", "libsql://h?secret=1",
                          "libsql://me:secret@h", "libsql://h#secret", "libsql://h/a secret"}) {
    const auto endpoint = parse_libsql_url(url, Secret());
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().code, ErrorCode::invalid_request);
    EXPECT_THAT(endpoint.error().message, ::testing::Not(::testing::HasSubstr("secret@")));
  }
}

TEST(LibsqlUrl, IsKnownByItsScheme) {
  EXPECT_TRUE(is_libsql_url("libsql://h"));
  EXPECT_TRUE(is_libsql_url("http://h"));
  EXPECT_TRUE(is_libsql_url("https://h"));
  EXPECT_FALSE(is_libsql_url("postgres://h"));
  EXPECT_FALSE(is_libsql_url("/a/file.db"));
}

}  // namespace
}  // namespace medialith::db
