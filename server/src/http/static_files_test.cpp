#include "http/static_files.hpp"

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

constexpr EmbeddedFile kFiles[] = {
    {.path = "/assets/app-1f.js",
     .content_type = "text/javascript; charset=utf-8",
     .bytes = "plain",
     .br_bytes = "br",
     .gzip_bytes = "gz",
     .etag = "h1",
     .freshness = Freshness::immutable},
    {.path = "/index.html",
     .content_type = "text/html; charset=utf-8",
     .bytes = "page",
     .br_bytes = {},
     .gzip_bytes = {},
     .etag = "h2"},
};

Request get(std::string_view name = {}, std::string_view value = {}) {
  Request request;
  if (!name.empty()) request.headers.add(name, value);
  return request;
}

std::string header(const Response& response, std::string_view name) {
  return std::string(response.headers.find(name).value_or("-"));
}

TEST(StaticFiles, FindsExactPathsOnly) {
  EXPECT_EQ(find_embedded(kFiles, "/index.html"), &kFiles[1]);
  EXPECT_EQ(find_embedded(kFiles, "/"), nullptr);
  EXPECT_EQ(find_embedded(kFiles, "/assets/../index.html"), nullptr);
  EXPECT_EQ(find_embedded({}, "/index.html"), nullptr);
}

TEST(StaticFiles, SendsTheEncodingThatIsWantedMost) {
  const auto plain = serve_embedded(kFiles[0], get());
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->status, 200);
  EXPECT_EQ(std::get<std::string_view>(plain->body), "plain");
  EXPECT_EQ(header(*plain, "content-encoding"), "-");
  EXPECT_EQ(header(*plain, "etag"), "\"h1\"");
  EXPECT_EQ(header(*plain, "vary"), "Accept-Encoding");
  EXPECT_EQ(header(*plain, "content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header(*plain, "cache-control"), "public, max-age=31536000, immutable");
  const auto br = serve_embedded(kFiles[0], get("Accept-Encoding", "gzip, br"));
  EXPECT_EQ(std::get<std::string_view>(br->body), "br");
  EXPECT_EQ(header(*br, "content-encoding"), "br");
  EXPECT_EQ(header(*br, "etag"), "\"h1-br\"");
  const auto gzip = serve_embedded(kFiles[0], get("Accept-Encoding", "gzip"));
  EXPECT_EQ(std::get<std::string_view>(gzip->body), "gz");
  const auto page = serve_embedded(kFiles[1], get("Accept-Encoding", "gzip, br"));
  EXPECT_EQ(std::get<std::string_view>(page->body), "page");
  EXPECT_EQ(header(*page, "cache-control"), "no-cache");
}

TEST(StaticFiles, AnswersConditions) {
  const auto same = serve_embedded(kFiles[1], get("If-None-Match", "W/\"h2\""));
  EXPECT_EQ(same->status, 304);
  EXPECT_EQ(header(*same, "etag"), "\"h2\"");
  EXPECT_EQ(header(*same, "content-type"), "-");
  EXPECT_EQ(serve_embedded(kFiles[1], get("If-None-Match", "\"h1\""))->status, 200);
  const auto failed = serve_embedded(kFiles[1], get("If-Match", "\"h1\""));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::precondition_failed);
}

}  // namespace
}  // namespace medialith::http
