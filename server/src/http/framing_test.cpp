// R-H1 to R-H4 and R-H8, request by request: what is ambiguous is refused, and no byte of a body is ever a request.
#include "http/connection_test.hpp"

namespace medialith::http {
namespace {

using testing::Answer;
using testing::Wire;

Task<Response> echo(Request& request) {
  Response response;
  Result<std::string> body = co_await testing::read_all(*request.body);
  if (body) {
    response.body = std::move(*body);
  } else {
    response.status = http_status(body.error().code);
    response.body = std::string(wire_name(body.error().code));
  }
  co_return response;
}

Task<Response> hello(Request& request) {
  Response response;
  response.body = "hello " + request.path;
  co_return response;
}

struct Site : Wire {
  Site() {
    route(Method::get, "/hello", hello);
    route(Method::get, "/hello/*", hello);
    route(Method::post, "/hello", hello);
    route(Method::post, "/echo", echo, 1024 * 1024);
  }
};

constexpr std::string_view kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

struct Refused {
  const char* name;
  std::string raw;  // without the smuggled request that follows
  int status = 400;
};

std::string post(std::string_view fields, std::string_view body = "") {
  return "POST /echo HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }

using std::string_literals::operator""s;

std::vector<Refused> two_framings() {
  return {
      {"both", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"both, other order", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
      {"both, other case", post("content-LENGTH: 5\r\ntransfer-ENCODING: CHUNKED\r\n", "0\r\n\r\n")},
      {"both, coding unknown", post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", "hello")},
      {"both, coding obfuscated", post("Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n", "hello")},
      {"both, chunked not last", post("Content-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n", "hello")},
  };
}

std::vector<Refused> lengths() {
  return {
      {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
      {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"list of equal lengths", post("Content-Length: 5,5\r\n", "hello")},
      {"list of equal lengths, spaced", post("Content-Length: 5, 5\r\n", "hello")},
      {"list of lengths", post("Content-Length: 5, 6\r\n", "hello")},
      {"trailing comma", post("Content-Length: 5,\r\n", "hello")},
      {"plus", post("Content-Length: +5\r\n", "hello")},
      {"minus", post("Content-Length: -5\r\n", "hello")},
      {"hexadecimal length", post("Content-Length: 0x5\r\n", "hello")},
      {"fraction", post("Content-Length: 5.0\r\n", "hello")},
      {"exponent", post("Content-Length: 5e0\r\n", "hello")},
      {"inner space", post("Content-Length: 5 5\r\n", "hello")},
      {"no length", post("Content-Length: \r\n", "hello")},
      {"2^64", post("Content-Length: 18446744073709551616\r\n", "hello")},
      {"2^64 + 5", post("Content-Length: 18446744073709551621\r\n", "hello")},
      {"a hundred digits", post("Content-Length: 1" + std::string(100, '0') + "\r\n", "hello")},
      {"quoted length", post("Content-Length: \"5\"\r\n", "hello")},
      {"length with NUL", post("Content-Length: 5\0\r\n"s, "hello")},
      {"length with vertical tab", post("Content-Length: \v5\r\n", "hello")},
  };
}

std::vector<Refused> codings() {
  return {
      {"unknown coding", post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n"), 501},
      {"identity", post("Transfer-Encoding: identity\r\n", "0\r\n\r\n"), 501},
      {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
      {"chunkedx", post("Transfer-Encoding: chunkedx\r\n", "0\r\n\r\n")},
      {"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
      {"chunked in two fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"coding in two fields", post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"chunked not last", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
      {"chunked with parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
      {"quoted coding", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
      {"empty coding", post("Transfer-Encoding: \r\n", "0\r\n\r\n")},
      {"comma before coding", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n")},
      {"coding behind a tab", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n")},
      {"space before colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
      {"tab before colon", post("Content-Length\t: 5\r\n", "hello")},
      {"chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
  };
}

std::vector<Refused> lines() {
  return {
      {"bare LF everywhere", "POST /echo HTTP/1.1\nHost: x\nContent-Length: 5\n\nhello"},
      {"bare LF behind the request line", "POST /echo HTTP/1.1\nHost: x\r\nContent-Length: 5\r\n\r\nhello"},
      {"bare LF in a value", post("X: a\nContent-Length: 5\r\n", "hello")},
      {"bare LF before the end", "POST /echo HTTP/1.1\r\nHost: x\r\n\nContent-Length: 5\r\n\r\n"},
      {"bare CR in a value", post("X: a\rContent-Length: 5\r\n", "hello")},
      {"CR CR LF", post("X: a\r\r\n", "hello")},
      {"folded field", post("X: a\r\n b\r\nContent-Length: 5\r\n", "hello")},
      {"folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
      {"first field folded", "POST /echo HTTP/1.1\r\n Host: x\r\nContent-Length: 5\r\n\r\nhello"},
      {"field without colon", post("Content-Length 5\r\n", "hello")},
      {"empty field name", post(": 5\r\n", "hello")},
      {"NUL in a name", post("X\0: a\r\n"s, "hello")},
      {"NUL in a value", post("X: a\0b\r\n"s, "hello")},
      {"DEL in a value", post("X: a\x7f\r\n", "hello")},
      {"escape in a value", post("X: \x1b[31m\r\n", "hello")},
      {"separator in a name", post("Content(Length): 5\r\n", "hello")},
      {"name beyond ASCII", post("Content-L\xc3\xa9ngth: 5\r\n", "hello")},
  };
}

std::vector<Refused> request_lines() {
  return {
      {"no Host", "POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"},
      {"two Hosts", post("Host: x\r\nContent-Length: 5\r\n", "hello")},
      {"two different Hosts", post("Host: y\r\nContent-Length: 5\r\n", "hello")},
      {"two Hosts in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: x\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"},
      {"empty Host", "GET /hello HTTP/1.1\r\nHost: \r\n\r\n"},
      {"Host with a path", "GET /hello HTTP/1.1\r\nHost: x/y\r\n\r\n"},
      {"Host with user", "GET /hello HTTP/1.1\r\nHost: u@x\r\n\r\n"},
      {"Host with space", "GET /hello HTTP/1.1\r\nHost: x y\r\n\r\n"},
      {"no request line", "\r\n\r\n"},
      {"HTTP/0.9", "GET /hello\r\n\r\n"},
      {"HTTP/1.2", "GET /hello HTTP/1.2\r\nHost: x\r\n\r\n"},
      {"HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"lower-case version", "GET /hello http/1.1\r\nHost: x\r\n\r\n"},
      {"two spaces", "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"tab for space", "GET\t/hello HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"space in target", "GET /hel lo HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"space behind version", "GET /hello HTTP/1.1 \r\nHost: x\r\n\r\n"},
      {"control in target", "GET /hel\x01lo HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"TLS hello", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03"s},
      {"unknown method", "BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"lower-case method", "get /hello HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {"TRACE", "TRACE /hello HTTP/1.1\r\nHost: x\r\n\r\n", 501},
  };
}

std::vector<Refused> over_limits() {
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
  return {
      {"long target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"target over the limit by one", "GET /" + std::string(8192, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"endless target", "GET /" + std::string(60'000, 'a'), 414},
      {"many fields", "GET /hello HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n", 431},
      {"long fields", "GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(16'500, 'a') + "\r\n\r\n", 431},
      {"endless field", "GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(60'000, 'a'), 431},
  };
}

// Refused while the handler reads.
std::vector<Refused> chunks() {
  return {
      {"chunk size not hexadecimal", chunked("g\r\nhello\r\n0\r\n\r\n")},
      {"chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n")},
      {"negative chunk size", chunked("-5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size with plus", chunked("+5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size with space before", chunked(" 5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size with space behind", chunked("5 \r\nhello\r\n0\r\n\r\n")},
      {"empty chunk size", chunked("\r\nhello\r\n0\r\n\r\n")},
      {"chunk size over 64 bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"chunk longer than its size", chunked("5\r\nhello!\r\n0\r\n\r\n")},
      {"chunk ended by bare LF", chunked("5\r\nhello\n0\r\n\r\n")},
      {"chunk size ended by bare LF", chunked("5\nhello\r\n0\r\n\r\n")},
      {"chunk size ended by bare CR", chunked("5\rhello\r\n0\r\n\r\n")},
      {"bare LF in an extension", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")},
      {"bare LF in a quoted extension", chunked("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")},
      {"extension without name", chunked("5;\r\nhello\r\n0\r\n\r\n")},
      {"extension never closed", chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n")},
      {"extension without semicolon", chunked("5 a=b\r\nhello\r\n0\r\n\r\n")},
      {"long extension", chunked("5;a=" + std::string(300, 'b') + "\r\nhello\r\n0\r\n\r\n")},
      {"endless chunk size", chunked(std::string(60'000, '0'))},
      {"long chunk size", chunked(std::string(300, '0') + "5\r\nhello\r\n0\r\n\r\n")},
      {"trailer", chunked("5\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n")},
      {"trailer with framing", chunked("5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n")},
      {"trailer with Host", chunked("5\r\nhello\r\n0\r\nHost: y\r\n\r\n")},
      {"last chunk ended by bare LF", chunked("5\r\nhello\r\n0\n\n")},
      {"garbage behind the last chunk", chunked("5\r\nhello\r\n0\r\nx\r\n")},
  };
}

std::vector<Refused> refused_requests() {
  std::vector<Refused> all;
  for (const auto& group : {two_framings(), lengths(), codings(), lines(), request_lines(), over_limits(), chunks()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

class FramingRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(FramingRefused, IsAnsweredOnceAndNothingBehindItIsARequest) {
  Site site;
  const std::vector<Answer> answers = site.ask(GetParam().raw + std::string(kSmuggled));
  ASSERT_EQ(answers.size(), 1U) << answers.size();
  EXPECT_EQ(answers[0].status, GetParam().status);
  EXPECT_TRUE(answers[0].closes());
  EXPECT_TRUE(answers[0].complete);
  for (const std::string& request : site.seen) EXPECT_EQ(request, "POST /echo");
}

TEST_P(FramingRefused, IsAnsweredTheSameByteByByte) {
  Site site;
  site.stream.read_most = 1;
  const std::vector<Answer> answers = site.ask(GetParam().raw + std::string(kSmuggled));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, GetParam().status);
  EXPECT_TRUE(answers[0].closes());
}

INSTANTIATE_TEST_SUITE_P(All, FramingRefused, ::testing::ValuesIn(refused_requests()), [](const auto& info) {
  std::string name;
  for (const char c : std::string(info.param.name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name + std::to_string(info.index);
});

struct Accepted {
  const char* name;
  std::string raw;
  std::string body;
};

std::vector<Accepted> accepted_requests() {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
  return {
      {"length", post("Content-Length: 5\r\n", "hello"), "hello"},
      {"length with zeros", post("Content-Length: 0005\r\n", "hello"), "hello"},
      {"length zero", post("Content-Length: 0\r\n"), ""},
      {"no body", post(""), ""},
      {"spaces around values", post("Content-Length: \t 5 \t\r\n", "hello"), "hello"},
      {"no space before value", post("Content-Length:5\r\n", "hello"), "hello"},
      {"chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "hello"},
      {"chunk of many", chunked("1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"), "abcdefghijklmnopqrstuvwxyz"},
      {"chunked in capitals", post("Transfer-Encoding: Chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), "hello"},
      {"chunk extensions", chunked("5;a;b=c;d=\"e;\\\"f\"\r\nhello\r\n0;z=1\r\n\r\n"), "hello"},
      {"chunk with leading zeros", chunked("0005\r\nhello\r\n000\r\n\r\n"), "hello"},
      {"no chunks", chunked("0\r\n\r\n"), ""},
      {"chunk with CR LF inside", chunked("4\r\n\r\n0\r\r\n0\r\n\r\n"), "\r\n0\r"},
      {"a body that looks like a request", post("Content-Length: 35\r\n", kSmuggled), std::string(kSmuggled)},
      {"HTTP/1.0 with keep-alive", "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
       "hello"},
      {"absolute target", "POST http://x/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"as many fields as allowed", post(fields, ""), ""},
      {"bytes beyond ASCII in a value", post("X: caf\xc3\xa9\r\nContent-Length: 5\r\n", "hello"), "hello"},
  };
}

class FramingAccepted : public ::testing::TestWithParam<Accepted> {};

TEST_P(FramingAccepted, IsFollowedByTheNextRequest) {
  static_assert(kSmuggled.size() == 35);
  for (const std::size_t read_most : {1U, 2U, 3U, 7U, 65536U}) {
    Site site;
    site.stream.read_most = read_most;
    const std::string next = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::vector<Answer> answers = site.ask(GetParam().raw + next);
    ASSERT_EQ(testing::statuses(answers), (std::vector{200, 200})) << read_most;
    EXPECT_EQ(answers[0].body, GetParam().body);
    EXPECT_EQ(answers[1].body, "hello /hello");
  }
}

TEST_P(FramingAccepted, MayBeCutAnywhere) {
  for (std::size_t cut = 1; cut < GetParam().raw.size(); ++cut) {
    Site site;
    const std::string received = site.exchange({GetParam().raw.substr(0, cut), GetParam().raw.substr(cut)});
    const std::vector<Answer> answers = testing::take_answers(received);
    ASSERT_EQ(testing::statuses(answers), std::vector{200}) << cut;
    EXPECT_EQ(answers[0].body, GetParam().body) << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(All, FramingAccepted, ::testing::ValuesIn(accepted_requests()), [](const auto& info) {
  std::string name;
  for (const char c : std::string(info.param.name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name + std::to_string(info.index);
});

// R-H8: no normalisation.
TEST(Framing, PathsNameOneThingOnly) {
  for (const char* path :
       {"//hello", "/hello/", "/./hello", "/hello/.", "/x/../hello", "/hello.", "/HELLO", "/hello;a"}) {
    Site site;
    const std::vector<Answer> answers = site.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_EQ(answers.size(), 1U);
    const bool below_hello = std::string_view(path).starts_with("/hello/") && std::string_view(path) != "/hello/";
    EXPECT_EQ(answers[0].status, below_hello ? 200 : 404) << path;
    if (below_hello) EXPECT_EQ(answers[0].body, "hello " + std::string(path));
  }
}

TEST(Framing, TargetsThatCannotBeDecodedAre400AndTheConnectionGoesOn) {
  for (const char* target : {"/%", "/%zz", "/a%00b", "/a%2fb", "/a%5cb", "/hello?a=%zz", "/%ff", "hello", "*",
                             "http://other/hello", "/hello#x"}) {
    Site site;
    const std::vector<Answer> answers =
        site.ask("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(testing::statuses(answers), (std::vector{400, 200})) << target;
    EXPECT_EQ(site.operations.at(0), kInvalidTarget) << target;
  }
}

// R-H2.
TEST(Framing, BodiesNobodyReadsAreReadAwayAndTheNextRequestIsItself) {
  const std::string body(60'000, 'b');
  for (const char* method : {"GET", "HEAD", "DELETE", "POST", "OPTIONS"}) {
    for (const char* path : {"/hello", "/nothing"}) {
      Site site;
      const std::string received = site.exchange(
          {std::string(method) + " " + path + " HTTP/1.1\r\nHost: x\r\n" + "Content-Length: 60000\r\n\r\n" + body,
           "GET /hello/next HTTP/1.1\r\nHost: x\r\n\r\n"});
      std::string_view raw = received;
      (void)testing::take_answer(raw, std::string_view(method) == "HEAD");
      const Answer next = testing::take_answer(raw);
      EXPECT_EQ(next.status, 200) << method << path;
      EXPECT_EQ(next.body, "hello /hello/next");
      EXPECT_EQ(site.seen.size(), 2U);
    }
  }
}

TEST(Framing, ALargeBodyNobodyReadsClosesTheConnection) {
  Site site;
  const std::vector<Answer> answers = site.ask("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" +
                                               std::string(70'000, 'b') + std::string(kSmuggled));
  EXPECT_EQ(testing::statuses(answers), std::vector{200});
  EXPECT_TRUE(answers[0].closes());
  EXPECT_EQ(site.seen, std::vector<std::string>{"POST /hello"});
}

TEST(Framing, AChunkedBodyNobodyReadsClosesTheConnection) {
  Site site;
  const std::vector<Answer> answers =
      site.ask("POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
               std::string(kSmuggled));
  EXPECT_EQ(testing::statuses(answers), std::vector{200});
  EXPECT_TRUE(answers[0].closes());
}

}  // namespace
}  // namespace medialith::http
