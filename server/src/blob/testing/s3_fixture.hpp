// An S3 store over a given gateway, in a prefix of its own, and what a test wants to know of it.
#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "blob/s3/s3_store.hpp"
#include "blob/testing/contract_suite.hpp"
#include "blob/testing/disk_fixture.hpp"
#include "blob/testing/thread_pool.hpp"

namespace medialith::blob {

/// Where a gateway is and who may use it.
struct Gateway {
  std::string endpoint;
  std::string region;
  std::string access_key;
  std::string secret_key;
};

/// The smallest parts that S3 takes, so that a test goes by parts with few bytes. Waits between tries are short, so
/// that a test of failures takes no longer than one of success.
inline S3Options s3_options(const Gateway& gateway, std::string prefix) {
  return {.address = {.endpoint = gateway.endpoint,
                      .region = gateway.region,
                      .bucket = "medialith-test",
                      .prefix = std::move(prefix)},
          .keys = s3::Credentials{.access_key = gateway.access_key, .secret_key = Secret(gateway.secret_key)},
          .create_bucket = true,
          .part_size = 5ULL << 20,
          .direct_part_size = 5ULL << 20,
          .retry = {.first_wait = std::chrono::milliseconds(1), .longest_wait = std::chrono::milliseconds(20)}};
}

class S3Fixture final : public StoreUnderTest {
 public:
  explicit S3Fixture(S3Options options) : http_(http_client::Client::open().value()) {
    options.staging_folder = folder_.path().string();
    auto opened = net::run_sync(S3Store::open(std::move(options), parts()));
    if (!opened) throw std::runtime_error(opened.error().message + " " + opened.error().detail);
    store_ = std::move(*opened);
  }
  ~S3Fixture() override { pool_.drain(); }

  /// A prefix that no other test of this process has.
  static std::string fresh_prefix() {
    static std::atomic<int> next{0};
    return fmt::format("test-{}/store", next++);
  }

  S3Store& store() override { return *store_; }
  ThreadPool& pool() { return pool_; }
  SystemClock& clock() { return clock_; }
  http_client::Client& http() { return *http_; }
  s3::Parts parts() { return {.http = *http_, .disk = pool_, .clock = clock_, .random = random_}; }

  /// Uploads under way and objects in incoming/, once the pool has come to rest. Finding them removes them.
  std::size_t staged() override {
    pool_.drain();
    const auto swept = net::run_sync(store_->sweep_staging(clock_.now() + std::chrono::hours(1)));
    if (!swept) throw std::runtime_error(swept.error().detail);
    return *swept;
  }

 private:
  TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<http_client::Client> http_;
  ThreadPool pool_;
  std::unique_ptr<S3Store> store_;
};

}  // namespace medialith::blob
