// The vectors that AWS publishes: the aws-sig-v4-test-suite (service "service") and the examples of the S3 manual
// ("Authenticating Requests: Using the Authorization Header" and "Using Query Parameters").
#include "blob/s3/sigv4.hpp"

#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace medialith::blob::s3 {
namespace {

const Scope kSuite{"us-east-1", "service"};
const Scope kS3{"us-east-1"};
const std::string kNoBody = to_hex(sha256(""));

Credentials suite_credentials() { return {"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")}; }
Credentials manual_credentials() {
  return {"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
}
Time suite_time() { return parse_iso8601("2015-08-30T12:36:00Z").value(); }
Time manual_time() { return parse_iso8601("2013-05-24T00:00:00Z").value(); }

struct Vector {
  std::string name;
  std::string method;
  std::string path;
  std::vector<Parameter> query;
  std::vector<Header> headers;
  std::string signature;
};

void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }

class Suite : public testing::TestWithParam<Vector> {};

TEST_P(Suite, GivesThePublishedSignature) {
  const Vector& vector = GetParam();
  const std::string path = encode_path(vector.path);
  const Signable request{.method = vector.method,
                         .host = "example.amazonaws.com",
                         .path = path,
                         .query = vector.query,
                         .headers = vector.headers,
                         .payload = kNoBody};
  const auto headers = sign(request, suite_credentials(), kSuite, suite_time());
  EXPECT_EQ(headers.front().value, "20150830T123600Z");
  EXPECT_TRUE(headers.back().value.ends_with("Signature=" + vector.signature)) << headers.back().value;
}

INSTANTIATE_TEST_SUITE_P(
    Published, Suite,
    testing::Values(
        Vector{"get_vanilla", "GET", "/", {}, {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        Vector{"post_vanilla", "POST", "/", {}, {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        Vector{"get_utf8", "GET", "/ሴ", {}, {}, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        Vector{"get_space",
               "GET",
               "/example space/",
               {},
               {},
               "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
        Vector{"get_unreserved",
               "GET",
               "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
               {},
               {},
               "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
        Vector{"get_query_order",
               "GET",
               "/",
               {{"Param2", "value2"}, {"Param1", "value1"}},
               {},
               "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        Vector{"get_query_utf8",
               "GET",
               "/",
               {{"ሴ", "bar"}},
               {},
               "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
        Vector{"post_query",
               "POST",
               "/",
               {{"Param1", "value1"}},
               {},
               "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
        Vector{"get_header_value_trim",
               "GET",
               "/",
               {},
               {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}},
               "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        Vector{"get_header_key_duplicate",
               "GET",
               "/",
               {},
               {{"my-header1", "value2"}, {"my-header1", "value2"}, {"my-header1", "value1"}},
               "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        Vector{"get_header_value_order",
               "GET",
               "/",
               {},
               {{"my-header1", "value4"}, {"my-header1", "value1"}, {"my-header1", "value3"}, {"my-header1", "value2"}},
               "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"}),
    [](const auto& info) { return info.param.name; });

TEST(Sign, SendsAndSignsTheSessionToken) {
  Credentials credentials = suite_credentials();
  credentials.session_token = Secret("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267");
  const Signable request{.method = "GET", .host = "example.amazonaws.com", .path = "/", .payload = kNoBody};
  const auto headers = sign(request, credentials, kSuite, suite_time());
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[1].name, "x-amz-security-token");
  EXPECT_EQ(headers[1].value, credentials.session_token.reveal());
  EXPECT_EQ(headers[2].value,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date;x-amz-security-token, "
            "Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

std::string manual_signature(Signable request) {
  request.host = "examplebucket.s3.amazonaws.com";
  request.headers.push_back({"x-amz-content-sha256", std::string(request.payload)});
  const std::string value = sign(request, manual_credentials(), kS3, manual_time()).back().value;
  return value.substr(value.size() - 64);
}

TEST(Sign, FollowsTheManualForAnObjectsRange) {
  EXPECT_EQ(
      manual_signature({.method = "GET", .path = "/test.txt", .headers = {{"range", "bytes=0-9"}}, .payload = kNoBody}),
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Sign, FollowsTheManualForAPut) {
  const std::string hash = to_hex(sha256("Welcome to Amazon S3."));
  const std::string path = encode_path("/test$file.text");
  EXPECT_EQ(manual_signature(
                {.method = "PUT",
                 .path = path,
                 .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                 .payload = hash}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Sign, FollowsTheManualForSubresourcesAndLists) {
  EXPECT_EQ(manual_signature({.method = "GET", .path = "/", .query = {{"lifecycle", ""}}, .payload = kNoBody}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(manual_signature(
                {.method = "GET", .path = "/", .query = {{"max-keys", "2"}, {"prefix", "J"}}, .payload = kNoBody}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Presign, FollowsTheManual) {
  const Signable request{
      .method = "GET", .host = "examplebucket.s3.amazonaws.com", .path = "/test.txt", .payload = kUnsignedPayload};
  EXPECT_EQ(presign(request, manual_credentials(), kS3, manual_time(), std::chrono::hours(24)),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
            "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
            "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Presign, IsCutAtSevenDaysAndCarriesTheToken) {
  Credentials credentials = manual_credentials();
  credentials.session_token = Secret("a+token/");
  const Signable request{.method = "PUT",
                         .host = "b.example",
                         .path = "/k",
                         .headers = {{"content-length", "5"}},
                         .payload = kUnsignedPayload};
  const std::string query = presign(request, credentials, kS3, manual_time(), std::chrono::hours(24 * 30));
  EXPECT_NE(query.find("X-Amz-Expires=604800&"), std::string::npos) << query;
  EXPECT_NE(query.find("X-Amz-Security-Token=a%2Btoken%2F&"), std::string::npos) << query;
  EXPECT_NE(query.find("X-Amz-SignedHeaders=content-length%3Bhost&"), std::string::npos) << query;
}

}  // namespace
}  // namespace medialith::blob::s3
