#include "blob/s3/messages.hpp"

#include <gtest/gtest.h>

namespace medialith::blob::s3 {
namespace {

TEST(Messages, ReadAnError) {
  const auto error = parse_error(
      "\n <?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please &amp; less</Message>"
      "<Region>eu-west-1</Region></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "SlowDown");
  EXPECT_EQ(error->message, "Please & less");
  EXPECT_EQ(error->region, "eu-west-1");
  for (const char* other : {"", "nonsense", "<CopyObjectResult/>", "<Error>", "<html><Error/></html>"}) {
    EXPECT_FALSE(parse_error(other)) << other;
  }
}

TEST(Messages, ReadWhatAnUploadIsToldWith) {
  EXPECT_EQ(parse_upload_id("<InitiateMultipartUploadResult xmlns=\"x\"><UploadId>2~a/b</UploadId>"
                            "</InitiateMultipartUploadResult>"),
            "2~a/b");
  EXPECT_EQ(parse_etag("<CopyObjectResult><ETag>&quot;abc&quot;</ETag></CopyObjectResult>", "CopyObjectResult"), "abc");
  EXPECT_FALSE(parse_upload_id("<InitiateMultipartUploadResult/>"));
  EXPECT_FALSE(parse_etag("<CopyObjectResult/>", "CopyObjectResult"));
  EXPECT_FALSE(parse_etag("<Error><Code>InternalError</Code></Error>", "CopyObjectResult"));
}

TEST(Messages, ReadAListAndItsContinuation) {
  const auto list = parse_objects(
      "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>next</NextContinuationToken>"
      "<Contents><Key>a%2Fb+c</Key><Size>5</Size><LastModified>2026-11-21T09:36:00.000Z</LastModified></Contents>"
      "<Contents><Key>d</Key><Size>0</Size><LastModified>2026-11-21T09:36:00Z</LastModified></Contents>"
      "</ListBucketResult>");
  ASSERT_TRUE(list) << list.error().detail;
  ASSERT_EQ(list->objects.size(), 2U);
  EXPECT_EQ(list->objects[0].key, "a/b c");
  EXPECT_EQ(list->objects[0].size, 5U);
  EXPECT_EQ(list->objects[1].key, "d");
  EXPECT_EQ(list->continuation, "next");
}

TEST(Messages, RefuseAListThatCannotBeTrusted) {
  EXPECT_FALSE(parse_objects("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));
  EXPECT_FALSE(parse_objects("<ListBucketResult><Contents><Key>a</Key><Size>-5</Size></Contents></ListBucketResult>"));
  EXPECT_FALSE(
      parse_objects("<ListBucketResult><Contents><Key>a</Key><Size>5</Size><LastModified>yesterday</LastModified>"
                    "</Contents></ListBucketResult>"));
  // A document that ends too early is no list that ends early.
  EXPECT_FALSE(parse_objects("<ListBucketResult><IsTruncated>false</IsTruncated>"));
}

TEST(Messages, DoNotExpandEntities) {
  const auto error = parse_error(
      "<!DOCTYPE Error [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>"
      "<Error><Code>&b;</Code><Message>&c;</Message></Error>");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "&b;");
  EXPECT_EQ(error->message, "&c;");
}

TEST(Messages, ReadUploadsAndParts) {
  const auto uploads = parse_uploads(
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
      "<NextUploadIdMarker>u</NextUploadIdMarker><Upload><Key>a</Key><UploadId>1</UploadId>"
      "<Initiated>2026-11-21T09:36:00Z</Initiated></Upload></ListMultipartUploadsResult>");
  ASSERT_TRUE(uploads);
  ASSERT_EQ(uploads->uploads.size(), 1U);
  EXPECT_EQ(uploads->uploads[0].upload_id, "1");
  EXPECT_EQ(uploads->next_key, "k");
  EXPECT_EQ(uploads->next_upload_id, "u");
  const auto parts = parse_parts(
      "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>7</PartNumber><ETag>\"e\"</ETag>"
      "<Size>9</Size></Part></ListPartsResult>");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->parts.size(), 1U);
  EXPECT_EQ(parts->parts[0].number, 7U);
  EXPECT_EQ(parts->parts[0].etag, "e");
  EXPECT_EQ(parts->parts[0].size, 9U);
  EXPECT_TRUE(parts->next_marker.empty());
}

TEST(Messages, AListOfUploadsGoesOnBehindANameThatWasEncoded) {
  const auto uploads = parse_uploads(
      "<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextKeyMarker>a%2Bb+c</NextKeyMarker></ListMultipartUploadsResult>");
  ASSERT_TRUE(uploads);
  EXPECT_EQ(uploads->next_key, "a+b c");
  EXPECT_FALSE(
      parse_uploads("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>"));
}

TEST(Messages, WriteBodies) {
  const std::vector<Part> parts = {{1, "a<b", 5}, {2, "c", 6}};
  EXPECT_EQ(complete_body(parts),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Part><PartNumber>1</PartNumber><ETag>\"a&lt;b\"</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>\"c\"</ETag></Part></CompleteMultipartUpload>");
  EXPECT_EQ(create_bucket_body("us-east-1"), "");
  EXPECT_TRUE(create_bucket_body("eu-west-1").contains("<LocationConstraint>eu-west-1</LocationConstraint>"));
  const std::vector<CorsRule> rules = {{{"https://a.example"}, {"GET", "PUT"}, {"*"}, {"ETag"}}};
  const auto again = parse_cors(cors_body(rules));
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 1U);
  EXPECT_EQ((*again)[0].origins, rules[0].origins);
  EXPECT_EQ((*again)[0].methods, rules[0].methods);
  EXPECT_EQ((*again)[0].headers, rules[0].headers);
  EXPECT_EQ((*again)[0].exposed, rules[0].exposed);
}

TEST(Messages, TakeTheQuotesOffAnETag) {
  EXPECT_EQ(bare_etag("\"abc\""), "abc");
  EXPECT_EQ(bare_etag("W/\"abc\""), "abc");
  EXPECT_EQ(bare_etag("abc"), "abc");
  EXPECT_EQ(bare_etag("\""), "\"");
}

}  // namespace
}  // namespace medialith::blob::s3
