#include "app/store_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/doctor_bucket.hpp"
#include "app/options.hpp"

namespace medialith::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<StoreChoice> choose(const Environment& environment) {
  return choose_store(Config::load(options(), environment).value());
}
std::string refusal(const Environment& environment) {
  const auto choice = choose(environment);
  return choice ? "chosen: " + choice->name : choice.error().message;
}

TEST(StoreChoice, IsTheFolderUnlessTold) {
  const auto choice = choose({{"MEDIALITH_DATA", "/d"}, {"S3_BUCKET", "pictures"}}).value();
  EXPECT_EQ(choice.kind, StoreKind::disk);
  EXPECT_EQ(choice.name, "/d/blobs");
  EXPECT_THAT(choice.losers, ElementsAre("S3_BUCKET"));
}

TEST(StoreChoice, ReadsBothSpellingsOfS3) {
  for (const bool real : {false, true}) {
    const auto choice = choose({{"ASSET_STORAGE", "s3"},
                                {real ? "S3_BUCKET_NAME" : "S3_BUCKET", "pictures"},
                                {real ? "S3_ACCESS_KEY_ID" : "S3_ACCESS_KEY", "id"},
                                {real ? "S3_SECRET_ACCESS_KEY" : "S3_SECRET_KEY", "key"},
                                {"S3_SESSION_TOKEN", "token"},
                                {"S3_ENDPOINT", "http://minio:9000"},
                                {"S3_PREFIX", "media"}})
                            .value();
    EXPECT_EQ(choice.kind, StoreKind::s3);
    EXPECT_EQ(choice.s3.address.bucket, "pictures");
    EXPECT_EQ(choice.s3.address.region, "us-east-1");
    EXPECT_EQ(choice.s3.address.prefix, "media");
    ASSERT_TRUE(choice.s3.keys);
    EXPECT_EQ(choice.s3.keys->access_key, "id");
    EXPECT_EQ(choice.s3.keys->secret_key.reveal(), "key");
    EXPECT_EQ(choice.s3.keys->session_token.reveal(), "token");
    EXPECT_EQ(choice.name, "pictures at http://minio:9000, under media");
  }
}

TEST(StoreChoice, ReadsR2sNamesBeforeS3s) {
  const auto choice = choose({{"ASSET_STORAGE", "r2"},
                              {"R2_ACCOUNT_ID", "abc"},
                              {"R2_BUCKET_NAME", "pictures"},
                              {"S3_BUCKET", "another"},
                              {"R2_ACCESS_KEY_ID", "id"},
                              {"R2_SECRET_ACCESS_KEY", "key"}})
                          .value();
  EXPECT_EQ(choice.s3.address.endpoint, "https://abc.r2.cloudflarestorage.com");
  EXPECT_EQ(choice.s3.address.region, "auto");
  EXPECT_EQ(choice.s3.address.bucket, "pictures");
  EXPECT_EQ(choice.keys, "R2_ACCESS_KEY_ID");
}

TEST(StoreChoice, MakesSupabasesEndpointOfTheProject) {
  const auto choice = choose({{"ASSET_STORAGE", "supabase"},
                              {"SUPABASE_URL", "https://p.supabase.co/"},
                              {"S3_BUCKET", "pictures"},
                              {"S3_REGION", "eu-central-1"},
                              {"S3_ACCESS_KEY", "id"},
                              {"S3_SECRET_KEY", "key"}})
                          .value();
  EXPECT_EQ(choice.s3.address.endpoint, "https://p.supabase.co/storage/v1/s3");
  EXPECT_EQ(choice.s3.address.region, "eu-central-1");
}

TEST(StoreChoice, FindsTheRegionAtAws) {
  const Environment base = {{"ASSET_STORAGE", "s3"}, {"S3_BUCKET", "pictures"}};
  const auto region = [&](std::string name, std::string value) {
    Environment environment = base;
    environment[std::move(name)] = std::move(value);
    return choose(environment).value().s3.address.region;
  };
  EXPECT_EQ(region("S3_REGION", "eu-west-1"), "eu-west-1");
  EXPECT_EQ(region("AWS_REGION", "eu-west-2"), "eu-west-2");
  EXPECT_EQ(region("S3_ENDPOINT", "https://s3.eu-west-3.amazonaws.com"), "eu-west-3");
  EXPECT_EQ(region("S3_PREFIX", "x"), "us-east-1");
}

TEST(StoreChoice, TakesARoleWhereThereIsNoKey) {
  const Environment base = {{"ASSET_STORAGE", "s3"}, {"S3_BUCKET", "pictures"}};
  const auto with = [&](std::string name, std::string value) {
    Environment environment = base;
    environment[std::move(name)] = std::move(value);
    return choose(environment).value();
  };
  EXPECT_EQ(choose(base).value().keys, "the instance's role");
  EXPECT_EQ(with("AWS_WEB_IDENTITY_TOKEN_FILE", "/t").keys, "the role of AWS_WEB_IDENTITY_TOKEN_FILE");
  const auto container = with("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x");
  EXPECT_EQ(container.keys, "the container's role");
  EXPECT_EQ(container.s3.role.container_uri, "http://169.254.170.2/v2/x");
  EXPECT_FALSE(container.s3.keys);
  Environment keys = base;
  keys["AWS_ACCESS_KEY_ID"] = "id";
  keys["AWS_SECRET_ACCESS_KEY"] = "key";
  EXPECT_EQ(choose(keys).value().keys, "AWS_ACCESS_KEY_ID");
}

TEST(StoreChoice, ForcesTheStyle) {
  const Environment base = {{"ASSET_STORAGE", "s3"}, {"S3_BUCKET", "pictures"}};
  EXPECT_EQ(choose(base).value().s3.address.style, std::nullopt);
  Environment forced = base;
  forced["S3_FORCE_PATH_STYLE"] = "true";
  EXPECT_EQ(choose(forced).value().s3.address.style, blob::s3::Style::path);
  forced["S3_FORCE_PATH_STYLE"] = "false";
  EXPECT_EQ(choose(forced).value().s3.address.style, blob::s3::Style::virtual_host);
}

TEST(StoreChoice, NamesTheVariableThatIsMissing) {
  EXPECT_EQ(refusal({{"ASSET_STORAGE", "s3"}}), "ASSET_STORAGE is s3, and the bucket is not known: set S3_BUCKET.");
  EXPECT_EQ(refusal({{"ASSET_STORAGE", "r2"}, {"R2_BUCKET_NAME", "pictures"}}),
            "ASSET_STORAGE is r2, and the endpoint is not known: set R2_ACCOUNT_ID or R2_ENDPOINT.");
  EXPECT_EQ(refusal({{"ASSET_STORAGE", "supabase"}, {"S3_BUCKET", "pictures"}}),
            "ASSET_STORAGE is supabase, and the endpoint is not known: set SUPABASE_URL or S3_ENDPOINT.");
  EXPECT_EQ(refusal({{"ASSET_STORAGE", "s3"}, {"S3_BUCKET", "pictures"}, {"S3_ENDPOINT", "http://minio:9000"}}),
            "ASSET_STORAGE is s3, and the key is not known: set S3_ACCESS_KEY and S3_SECRET_KEY.");
  EXPECT_EQ(refusal({{"ASSET_STORAGE", "s3"}, {"S3_BUCKET", "pictures"}, {"S3_ACCESS_KEY", "id"}}),
            "S3_ACCESS_KEY is set, S3_SECRET_KEY is not: a key has both.");
  EXPECT_THAT(refusal({{"ASSET_STORAGE", "s3"},
                       {"S3_BUCKET", "pictures"},
                       {"S3_ENDPOINT", "minio:9000"},
                       {"S3_ACCESS_KEY", "id"},
                       {"S3_SECRET_KEY", "key"}}),
              HasSubstr("minio:9000"));
}

TEST(Cors, IsNeededForOtherOriginsOnly) {
  web::Settings settings;
  EXPECT_FALSE(needed_cors(settings));
  settings.allowed_origins = {"http://localhost:3000"};
  settings.public_url = "https://media.example/storage";
  const auto rule = needed_cors(settings);
  ASSERT_TRUE(rule);
  EXPECT_THAT(rule->origins, ElementsAre("http://localhost:3000", "https://media.example"));
}

TEST(Cors, OneRuleMustAllowAllOfIt) {
  const blob::s3::CorsRule needed{{"https://a", "https://b"}, {"GET", "PUT"}, {"*"}, {"ETag"}};
  EXPECT_TRUE(allows({needed}, needed));
  EXPECT_TRUE(allows({{{"*"}, {"GET", "PUT", "HEAD"}, {"*"}, {"ETag"}}}, needed));
  EXPECT_FALSE(allows({}, needed));
  EXPECT_FALSE(allows({{{"https://a"}, {"GET", "PUT"}, {"*"}, {"ETag"}}}, needed));
  EXPECT_FALSE(allows({{{"*"}, {"GET"}, {"*"}, {"ETag"}}, {{"*"}, {"PUT"}, {"*"}, {"ETag"}}}, needed));
  EXPECT_FALSE(allows({{{"*"}, {"GET", "PUT"}, {"content-type"}, {"ETag"}}}, needed));
  EXPECT_FALSE(allows({{{"*"}, {"GET", "PUT"}, {"*"}, {}}}, needed));
}

}  // namespace
}  // namespace medialith::app
