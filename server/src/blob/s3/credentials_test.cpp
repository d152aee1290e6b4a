#include "blob/s3/credentials.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <semaphore>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "blob/testing/disk_fixture.hpp"
#include "blob/testing/thread_pool.hpp"
#include "http_client/testing/peer.hpp"

namespace medialith::blob::s3 {
namespace {

using http_client::testing::Peer;
using http_client::testing::Visit;

std::string keys_json(const std::string& id, Time expires) {
  return fmt::format(R"({{"AccessKeyId":"{}","SecretAccessKey":"secret","Token":"token","Expiration":"{}"}})", id,
                     to_iso8601(expires));
}

/// Answers like the endpoints of EC2, ECS and STS; `broken` makes it answer 500.
class Endpoints {
 public:
  Endpoints() : peer([this](Visit& visit) { return answer(visit); }) {}

  std::string url(const std::string& path = "") const { return peer.url(path); }

  ManualClock clock;
  std::atomic<bool> broken = false;
  std::atomic<int> given = 0;  ///< keys given out
  /// The next who wants keys of the instance waits from `holding` until let_go().
  std::atomic<bool> hold_next = false;
  std::binary_semaphore holding{0};
  void let_go() { held_(Result<void>()); }
  Peer peer;

 private:
  Task<bool> answer(Visit& visit) {
    const std::string line(visit.request_line());
    const std::string body = co_await visit.body();
    if (broken) co_return co_await visit.answer(500, "");
    if (line.starts_with("PUT /latest/api/token ")) {
      if (hold_next.exchange(false)) {
        auto hold = [this](net::Completion go_on) {
          held_ = std::move(go_on);
          holding.release();
        };
        (void)co_await net::await_completion(std::move(hold));
      }
      co_return co_await visit.answer(200, "a-token");
    }
    if (line.starts_with("GET /latest/")) {
      const bool has_token = visit.head().contains("x-aws-ec2-metadata-token: a-token");
      if (!has_token) co_return co_await visit.answer(401, "");
      if (line.contains("/security-credentials/ ")) co_return co_await visit.answer(200, "the role\n");
      if (!line.contains("/security-credentials/the%20role ")) co_return co_await visit.answer(404, "");
      co_return co_await visit.answer(200, keys("instance"));
    }
    if (line.starts_with("GET /container")) {
      if (!visit.head().contains("authorization: from-file")) co_return co_await visit.answer(401, "");
      co_return co_await visit.answer(200, keys("container"));
    }
    if (!line.starts_with("POST / ") || body != kForm) co_return co_await visit.answer(400, body);
    ++given;
    co_return co_await visit.answer(200, role());
  }

  std::string keys(const std::string& id) {
    return keys_json(fmt::format("{}-{}", id, ++given), clock.now() + std::chrono::hours(1));
  }
  std::string role() const {
    return fmt::format(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>role-{}</AccessKeyId>"
        "<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{}</Expiration>"
        "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
        given.load(), to_iso8601(clock.now() + std::chrono::hours(1)));
  }
  net::Completion held_;
  static constexpr std::string_view kForm =
      "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=medialith&"
      "Version=2011-06-15&WebIdentityToken=web.token";
};

class RoleCredentialsTest : public testing::Test {
 protected:
  RoleCredentials make(RoleSettings settings) {
    return {std::move(settings), "us-east-1", RoleCredentials::Parts{*http_, pool_, endpoints_.clock}};
  }
  std::string file(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }

  Endpoints endpoints_;
  TemporaryFolder folder_;
  ThreadPool pool_{1};
  std::unique_ptr<http_client::Client> http_ = http_client::Client::open().value();
};

TEST_F(RoleCredentialsTest, AreTheInstances) {
  auto source = make({.instance_endpoint = endpoints_.url()});
  const auto keys = net::run_sync(source.get());
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->access_key, "instance-1");
  EXPECT_EQ(keys->secret_key.reveal(), "secret");
  EXPECT_EQ(keys->session_token.reveal(), "token");
}

TEST_F(RoleCredentialsTest, AreTheContainersWhenItNamesAnEndpoint) {
  auto source = make({.container_uri = endpoints_.url("/container"),
                      .container_token_file = file("token", "from-file\n"),
                      .instance_endpoint = endpoints_.url()});
  const auto keys = net::run_sync(source.get());
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->access_key, "container-1");
}

TEST_F(RoleCredentialsTest, AreThoseOfAWebIdentityBeforeAllOthers) {
  auto source = make({.role_arn = "arn:aws:iam::1:role/r",
                      .web_identity_file = file("web", "web.token"),
                      .sts_endpoint = endpoints_.url(""),
                      .container_uri = endpoints_.url("/container")});
  const auto keys = net::run_sync(source.get());
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->access_key, "role-1");
  EXPECT_EQ(keys->session_token.reveal(), "token");
}

TEST_F(RoleCredentialsTest, AreFetchedAnewBeforeTheyExpire) {
  auto source = make({.instance_endpoint = endpoints_.url()});
  ASSERT_TRUE(net::run_sync(source.get()));
  endpoints_.clock.advance(std::chrono::minutes(54));
  EXPECT_EQ(net::run_sync(source.get())->access_key, "instance-1");
  endpoints_.clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(net::run_sync(source.get())->access_key, "instance-2");
}

TEST_F(RoleCredentialsTest, WhileOneFetchesNewOnesTheOthersUseTheOld) {
  auto source = make({.instance_endpoint = endpoints_.url()});
  ASSERT_TRUE(net::run_sync(source.get()));
  endpoints_.clock.advance(std::chrono::minutes(56));
  endpoints_.hold_next = true;
  std::string fetched;
  {
    const std::jthread one([&] { fetched = net::run_sync(source.get())->access_key; });
    EXPECT_TRUE(endpoints_.holding.try_acquire_for(std::chrono::seconds(10)));
    EXPECT_EQ(net::run_sync(source.get())->access_key, "instance-1");
    endpoints_.let_go();
  }
  EXPECT_EQ(fetched, "instance-2");
  EXPECT_EQ(endpoints_.given, 2);
}

TEST_F(RoleCredentialsTest, AreUsedUntilTheyExpireWhenNoNewOnesCome) {
  auto source = make({.instance_endpoint = endpoints_.url()});
  ASSERT_TRUE(net::run_sync(source.get()));
  endpoints_.broken = true;
  endpoints_.clock.advance(std::chrono::minutes(58));
  EXPECT_EQ(net::run_sync(source.get())->access_key, "instance-1");
  endpoints_.clock.advance(std::chrono::minutes(3));
  const auto gone = net::run_sync(source.get());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::unavailable);
}

TEST_F(RoleCredentialsTest, AFileThatIsNotThereIsSaid) {
  auto source = make({.web_identity_file = "/nowhere/token"});
  const auto keys = net::run_sync(source.get());
  ASSERT_FALSE(keys);
  EXPECT_NE(keys.error().detail.find("/nowhere/token"), std::string::npos);
}

}  // namespace
}  // namespace medialith::blob::s3
