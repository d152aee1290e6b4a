#include "http/multipart.hpp"

#include <random>

#include <gtest/gtest.h>

namespace medialith::http {
namespace {

using namespace std::string_literals;

constexpr std::string_view kType = "multipart/form-data; boundary=xYz";

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Every event as text: "[name|filename|type]data." and "$" at the end, "!" and the error's code where it failed.
std::string run(std::string_view type, const std::vector<std::string_view>& pieces, MultipartLimits limits = {}) {
  auto parser = MultipartParser::create(type, limits);
  if (!parser) return "!" + std::string(wire_name(parser.error().code));
  std::string log;
  std::size_t fed = 0;
  while (true) {
    const auto event = parser->next();
    if (!event) return log + "!" + std::string(wire_name(event.error().code));
    switch (event->kind) {
      case MultipartParser::Kind::need_input: {
        if (fed < pieces.size()) {
          parser->feed(bytes(pieces[fed++]));
          break;
        }
        const auto end = parser->finish();
        return end ? log : log + "!" + std::string(wire_name(end.error().code));
      }
      case MultipartParser::Kind::part_begin: {
        const PartHead& part = parser->part();
        log += "[" + part.name + "|" + part.filename.value_or("-") + "|" + part.content_type + "]";
        break;
      }
      case MultipartParser::Kind::data:
        EXPECT_FALSE(event->data.empty());
        log.append(reinterpret_cast<const char*>(event->data.data()), event->data.size());
        break;
      case MultipartParser::Kind::part_end:
        log += ".";
        break;
      case MultipartParser::Kind::end:
        log += "$";
        break;
    }
  }
}

std::string run(std::string_view body, MultipartLimits limits = {}) { return run(kType, {body}, limits); }

std::string part(std::string_view head, std::string_view data) {
  return "--xYz\r\n" + std::string(head) + "\r\n\r\n" + std::string(data) + "\r\n";
}

TEST(Multipart, ReadsWhatABrowserSends) {
  const std::string body = part("Content-Disposition: form-data; name=\"generationId\"", "gen_1") +
                           part(
                               "Content-Disposition: form-data; name=\"file\"; filename=\"kätz \\\"1\\\".png\"\r\n"
                               "Content-Type: image/png",
                               "\x89PNG\r\n\x1a\n") +
                           "--xYz--\r\n";
  EXPECT_EQ(run(body), "[generationId|-|]gen_1.[file|kätz \"1\".png|image/png]\x89PNG\r\n\x1a\n.$");
}

TEST(Multipart, KeepsBytesThatLookLikeABoundary) {
  const std::string data = "\r\n--xY\r\r\n--xyz\r\n-\r\n\r\n--\n--xYz--xYz\r";
  EXPECT_EQ(run(part("Content-Disposition: form-data; name=a", data) + "--xYz--"), "[a|-|]" + data + ".$");
}

TEST(Multipart, ReadsEdgeForms) {
  const std::string head = "Content-Disposition: form-data; name=a";
  EXPECT_EQ(run(part(head, "") + "--xYz--"), "[a|-|].$");
  EXPECT_EQ(run("--xYz--"), "$");
  EXPECT_EQ(run("\r\n--xYz--\r\n"), "$");
  EXPECT_EQ(run("preamble\r\nmore\r\n" + part(head, "1") + "--xYz--\r\nepilogue\r\n--xYz"), "[a|-|]1.$");
  EXPECT_EQ(run("--xYz \t\r\n" + head + "\r\n\r\n1\r\n--xYz--"), "[a|-|]1.$");
  EXPECT_EQ(run(part("content-disposition:form-data;name=a\r\nX-Other: \"\r\nContent-Transfer-Encoding: Binary", "1") +
                "--xYz--"),
            "[a|-|]1.$");
  EXPECT_EQ(run("multipart/form-data; charset=utf-8; boundary=\"a b:'()+_,-./=?\"",
                {"--a b:'()+_,-./=?\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--a b:'()+_,-./=?--"}),
            "[a|-|]1.$");
}

TEST(Multipart, DecodesFileNames) {
  const auto name = [](std::string_view parameters) {
    return run(part("Content-Disposition: form-data; name=f; " + std::string(parameters), "") + "--xYz--");
  };
  EXPECT_EQ(name("filename=plain.png"), "[f|plain.png|].$");
  EXPECT_EQ(name("filename=\"C:\\dir\\a.png\""), "[f|C:\\dir\\a.png|].$");
  EXPECT_EQ(name("filename=\"a\\\\b\""), "[f|a\\b|].$");
  EXPECT_EQ(name("filename=\"a;b=c.png\""), "[f|a;b=c.png|].$");
  EXPECT_EQ(name("filename=\"../../etc/x\""), "[f|../../etc/x|].$");
  EXPECT_EQ(name("filename=\"\""), "[f||].$");
  EXPECT_EQ(name("filename=old; filename*=UTF-8''%e2%82%ac%20rates"), "[f|€ rates|].$");
  EXPECT_EQ(name("filename*=utf-8'en'a%2Fb"), "[f|a/b|].$");
  for (const auto* bad : {"filename*=UTF-8''%ED%A0%80", "filename*=UTF-8''%C0%AF", "filename*=UTF-8''%0d%0aX",
                          "filename*=UTF-8''%00", "filename*=UTF-8''%zz", "filename*=UTF-8''%4", "filename*=UTF-8",
                          "filename*=iso-8859-1''a", "filename=\"\xff\"", "filename=\"\xed\xb0\x80\"",
                          "filename=\"a\tb\"", "filename=\"\x7f\"", "filename=\"\xc2\x85\"", "filename=\"open",
                          "filename=\"a\"b.png\"", "filename=a; filename=b", "filename=a b", "filename"}) {
    EXPECT_EQ(name(bad), "!INVALID_REQUEST") << bad;
  }
}

TEST(Multipart, RefusesMalformedBodies) {
  const std::string head = "Content-Disposition: form-data; name=a";
  const std::pair<std::string, const char*> cases[] = {
      {"--xYzw\r\n" + head + "\r\n\r\n", "!INVALID_REQUEST"},
      {"--xYz\n" + head + "\n\n", "!INVALID_REQUEST"},
      {"--xYz-\r\n", "!INVALID_REQUEST"},
      {"--xYz\r\r\n", "!INVALID_REQUEST"},
      {"--xYz\r\n\r\ndata\r\n--xYz--", "!INVALID_REQUEST"},
      {part("X: y", ""), "!INVALID_REQUEST"},
      {part("Content-Disposition: attachment; name=a", ""), "!INVALID_REQUEST"},
      {part("Content-Disposition: form-data", ""), "!INVALID_REQUEST"},
      {part("Content-Disposition: form-data; name=\"\xff\"", ""), "!INVALID_REQUEST"},
      {part(head + "\r\n" + head, ""), "!INVALID_REQUEST"},
      {part(head + "\r\n folded", ""), "!INVALID_REQUEST"},
      {part(head + "\r\nX : y", ""), "!INVALID_REQUEST"},
      {part(head + "\r\nX: a\rb", ""), "!INVALID_REQUEST"},
      {part(head + "\r\nX: a\nb", ""), "!INVALID_REQUEST"},
      {part(head + "\r\nContent-Transfer-Encoding: base64", ""), "!INVALID_REQUEST"},
  };
  for (const auto& [body, result] : cases) EXPECT_EQ(run(body), result) << body;
}

TEST(Multipart, ACutBodyIsAnErrorWhereverItWasCut) {
  const std::string body = part("Content-Disposition: form-data; name=a", "data") + "--xYz--";
  for (std::size_t length = 0; length < body.size(); ++length) {
    const std::string log = run(std::string_view(body).substr(0, length));
    EXPECT_TRUE(log.ends_with("!LENGTH_MISMATCH")) << length << " " << log;
    EXPECT_FALSE(log.contains('$'));
  }
}

TEST(Multipart, HoldsItsLimits) {
  const std::string one = part("Content-Disposition: form-data; name=a", "");
  std::string many;
  for (int i = 0; i < 64; ++i) many += one;
  EXPECT_TRUE(run(many + "--xYz--").ends_with(".$"));
  EXPECT_TRUE(run(many + one + "--xYz--").ends_with("!INVALID_REQUEST"));
  const std::string fill(8 * 1024, 'x');
  EXPECT_EQ(run(part("Content-Disposition: form-data; name=a\r\nX: " + fill, "")), "!INVALID_REQUEST");
  EXPECT_EQ(run(fill + "x"), "!INVALID_REQUEST");
  EXPECT_EQ(run("--xYz--" + fill), "$");
  EXPECT_EQ(run("--xYz--" + fill + "x"), "$!INVALID_REQUEST");
  EXPECT_EQ(run("--xYz" + std::string(8 * 1024 + 1, ' ')), "!INVALID_REQUEST");
}

TEST(Multipart, ChecksTheContentType) {
  const auto code = [](std::string_view type) {
    const auto parser = MultipartParser::create(type);
    return parser ? std::string("ok") : std::string(wire_name(parser.error().code));
  };
  EXPECT_EQ(code("Multipart/Form-Data; Boundary=" + std::string(70, 'b')), "ok");
  EXPECT_EQ(code("multipart/form-data; boundary=" + std::string(71, 'b')), "INVALID_REQUEST");
  EXPECT_EQ(code("multipart/form-data"), "INVALID_REQUEST");
  EXPECT_EQ(code("multipart/form-data; boundary=\"\""), "INVALID_REQUEST");
  EXPECT_EQ(code("multipart/form-data; boundary=\"a \""), "INVALID_REQUEST");
  EXPECT_EQ(code("multipart/form-data; boundary=\"a\rb\""), "INVALID_REQUEST");
  EXPECT_EQ(code("multipart/mixed; boundary=a"), "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(code("application/json"), "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(code(""), "UNSUPPORTED_MEDIA_TYPE");
}

TEST(Multipart, ACutAtAnyByteGivesTheSameEvents) {
  const std::string body = "pre\r\n" + part("Content-Disposition: form-data; name=a", "\r\n--xY\r\n--x\r\r\n") +
                           part("Content-Disposition: form-data; name=b; filename=c\r\nContent-Type: t/u", "") +
                           "--xYz--\r\npost";
  const std::string whole = run(body);
  ASSERT_TRUE(whole.ends_with("$")) << whole;
  const std::string_view view = body;
  for (std::size_t i = 0; i <= body.size(); ++i) {
    EXPECT_EQ(run(kType, {view.substr(0, i), view.substr(i)}), whole) << i;
    for (std::size_t j = i; j <= body.size(); ++j) {
      ASSERT_EQ(run(kType, {view.substr(0, i), view.substr(i, j - i), view.substr(j)}), whole) << i << " " << j;
    }
  }
}

TEST(Multipart, RandomPartsComeBackHoweverTheyAreCut) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  // An alphabet of what a delimiter is made of, so that near misses are the rule.
  const std::string_view alphabet = "\r\n-xYz";
  for (int round = 0; round < 2000; ++round) {
    std::string body;
    std::string expected;
    for (std::size_t i = below(4); i > 0; --i) {
      std::string data;
      for (std::size_t length = below(40); length > 0; --length) data += alphabet[below(alphabet.size())];
      if (("\r\n" + data + "\r\n").contains("\r\n--xYz")) continue;
      body += part("Content-Disposition: form-data; name=a", data);
      expected += "[a|-|]" + data + ".";
    }
    body += "--xYz--";
    std::vector<std::string_view> pieces;
    for (std::string_view rest = body; !rest.empty();) {
      const std::size_t length = 1 + below(std::min<std::size_t>(rest.size(), 12));
      pieces.push_back(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    ASSERT_EQ(run(kType, pieces), expected + "$");
  }
}

}  // namespace
}  // namespace medialith::http
