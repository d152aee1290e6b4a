#include "blob/s3/address.hpp"

#include <gtest/gtest.h>

namespace medialith::blob::s3 {
namespace {

std::string url_of(const AddressSettings& settings, std::string_view key) {
  const auto address = Address::make(settings);
  return address ? address->url(address->path(address->object(key)), "") : address.error().message;
}

TEST(Address, NamesTheBucketInTheHostAtAwsAndInThePathElsewhere) {
  EXPECT_EQ(url_of({.region = "eu-west-1", .bucket = "pictures"}, "a/b.png"),
            "https://pictures.s3.eu-west-1.amazonaws.com/a/b.png");
  EXPECT_EQ(url_of({.region = "cn-north-1", .bucket = "pictures"}, "a"),
            "https://pictures.s3.cn-north-1.amazonaws.com.cn/a");
  EXPECT_EQ(
      url_of({.endpoint = "https://s3.eu-west-1.amazonaws.com/", .region = "eu-west-1", .bucket = "pictures"}, "a"),
      "https://pictures.s3.eu-west-1.amazonaws.com/a");
  EXPECT_EQ(url_of({.endpoint = "http://127.0.0.1:9000", .region = "us-east-1", .bucket = "pictures"}, "a/b.png"),
            "http://127.0.0.1:9000/pictures/a/b.png");
  EXPECT_EQ(url_of({.endpoint = "https://x.supabase.co/storage/v1/s3", .region = "r", .bucket = "pictures"}, "a"),
            "https://x.supabase.co/storage/v1/s3/pictures/a");
}

TEST(Address, StyleCanBeForced) {
  EXPECT_EQ(url_of({.region = "eu-west-1", .bucket = "pictures", .style = Style::path}, "a"),
            "https://s3.eu-west-1.amazonaws.com/pictures/a");
  EXPECT_EQ(url_of({.endpoint = "https://minio.example:9000",
                    .region = "us-east-1",
                    .bucket = "pictures",
                    .style = Style::virtual_host},
                   "a"),
            "https://pictures.minio.example:9000/a");
}

TEST(Address, ABucketThatIsNoHostLabelStaysInThePath) {
  EXPECT_EQ(url_of({.region = "us-east-1", .bucket = "my.pictures"}, "a"),
            "https://s3.us-east-1.amazonaws.com/my.pictures/a");
}

TEST(Address, LeavesOutTheSchemesOwnPort) {
  EXPECT_EQ(url_of({.endpoint = "https://h:443", .region = "r", .bucket = "bucket"}, "a"), "https://h/bucket/a");
  EXPECT_EQ(url_of({.endpoint = "http://h:80", .region = "r", .bucket = "bucket"}, "a"), "http://h/bucket/a");
  EXPECT_EQ(url_of({.endpoint = "http://h:443", .region = "r", .bucket = "bucket"}, "a"), "http://h:443/bucket/a");
}

TEST(Address, PutsThePrefixBeforeEveryKeyAndTakesItOff) {
  for (const char* prefix : {"media/one", "media/one/"}) {
    const auto address =
        Address::make({.endpoint = "http://h", .region = "r", .bucket = "bucket", .prefix = prefix}).value();
    EXPECT_EQ(address.object("a"), "media/one/a");
    EXPECT_EQ(address.key_of("media/one/a/b"), "a/b");
    EXPECT_EQ(address.key_of("media/another"), std::nullopt);
    EXPECT_EQ(address.copy_source(address.object("a b")), "bucket/media/one/a%20b");
  }
}

TEST(Address, ThePathOfTheBucketItself) {
  EXPECT_EQ(Address::make({.region = "r", .bucket = "bucket"}).value().path(""), "/");
  EXPECT_EQ(Address::make({.endpoint = "http://h", .region = "r", .bucket = "bucket"}).value().path(""), "/bucket");
}

TEST(Address, RefusesWhatNamesNothing) {
  for (const char* endpoint :
       {"minio:9000", "ftp://h", "https://", "http:///x", "http://u@h", "http://h?x", "http://h h"}) {
    EXPECT_FALSE(Address::make({.endpoint = endpoint, .region = "r", .bucket = "bucket"})) << endpoint;
  }
  for (const char* bucket : {"", "ab", "a/b", "a b", "ä-ä"}) {
    EXPECT_FALSE(Address::make({.region = "r", .bucket = bucket})) << bucket;
  }
  for (const char* prefix : {"/a", "a//b", "a b", "a%2f", "ä"}) {
    EXPECT_FALSE(Address::make({.region = "r", .bucket = "bucket", .prefix = prefix})) << prefix;
  }
}

}  // namespace
}  // namespace medialith::blob::s3
