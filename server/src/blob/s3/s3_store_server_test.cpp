// The S3 store over a real gateway: the contract, and what S3 alone does.
#include <fstream>
#include <thread>

#include "base/testing/real_server.hpp"
#include "blob/s3/s3_store.hpp"
#include "blob/testing/s3_fixture.hpp"

namespace medialith::blob {
namespace {

/// One gateway for all tests of this process: it takes ten seconds to start.
const Gateway& gateway() {
  static testing::RealServer server(MEDIALITH_SERVERS_DIR "/rgw.mjs");
  static const Gateway kGateway{server.at("endpoint"), server.at("region"), server.at("accessKey"),
                                server.at("secretKey")};
  return kGateway;
}

S3Options fresh_options() { return s3_options(gateway(), S3Fixture::fresh_prefix()); }

ContractCase plain() {
  return {"rgw", [] { return std::make_unique<S3Fixture>(fresh_options()); }};
}

INSTANTIATE_TEST_SUITE_P(S3, BlobContract, ::testing::Values(plain()), case_name);

std::string message_of(S3Options options) {
  const auto http = http_client::Client::open().value();
  ThreadPool pool(1);
  const SystemClock clock;
  SystemRandom random;
  auto opened = net::run_sync(S3Store::open(std::move(options), {*http, pool, clock, random}));
  return opened ? "opened" : opened.error().message;
}

TEST(S3StoreOverRgw, FindsOutWhatTheGatewayCanDo) {
  S3Fixture fixture(fresh_options());
  const S3Facts& facts = fixture.store().facts();
  EXPECT_TRUE(facts.md5_etags);
  EXPECT_TRUE(facts.conditional_put);
  EXPECT_EQ(facts.versioned, false);
  EXPECT_TRUE(list_all(fixture.store(), "", 10).empty());
}

TEST(S3StoreOverRgw, MakesTheBucketOnlyWhenTold) {
  S3Options options = fresh_options();
  options.address.bucket = "made-by-the-test";
  options.create_bucket = false;
  EXPECT_EQ(message_of(options),
            "There is no bucket `made-by-the-test`. Make it, or set S3_CREATE_BUCKET=true to have it made.");
  options.create_bucket = true;
  EXPECT_EQ(message_of(options), "opened");
  options.create_bucket = false;
  EXPECT_EQ(message_of(options), "opened");
}

TEST(S3StoreOverRgw, SaysThatTheKeysAreWrong) {
  S3Options options = fresh_options();
  options.keys->secret_key = Secret("wrong");
  EXPECT_NE(message_of(options).find("refuses the keys"), std::string::npos) << message_of(options);
}

TEST(S3StoreOverRgw, StoresUnderOnePrefixDoNotSeeAnother) {
  S3Fixture one(fresh_options());
  S3Fixture other(fresh_options());
  ASSERT_TRUE(put(one.store(), "a", pattern(10)));
  ASSERT_TRUE(net::run_sync(one.store().set_store_id("one")));
  EXPECT_TRUE(list_all(other.store(), "", 10).empty());
  EXPECT_EQ(store_id_of(other.store()), "");
  auto staging = net::run_sync(one.store().stage({}));
  ASSERT_TRUE(staging);
  ASSERT_TRUE(net::run_sync((*staging)->write(pattern(11UL << 20))));
  EXPECT_EQ(other.staged(), 0U);
  ASSERT_TRUE(net::run_sync((*staging)->finish()));
  EXPECT_TRUE(net::run_sync((*staging)->commit("b")));
}

/// As it is with what has more than 5 GiB.
TEST(S3StoreOverRgw, CopiesByPartsWhatIsTooLargeForOneCopy) {
  S3Options options = fresh_options();
  options.largest_copy = 6UL << 20;
  options.copy_part_size = 5UL << 20;
  S3Fixture fixture(options);
  const auto bytes = pattern((11UL << 20) + 1);
  ASSERT_TRUE(put(fixture.store(), "a", bytes));
  const auto copied = net::run_sync(fixture.store().copy("a", "b"));
  ASSERT_TRUE(copied) << copied.error().detail;
  EXPECT_EQ(get(fixture.store(), "b"), bytes);
  EXPECT_EQ(code_of(net::run_sync(fixture.store().copy("a", "b"))), ErrorCode::already_exists);
  EXPECT_EQ(code_of(net::run_sync(fixture.store().copy("c", "d"))), ErrorCode::blob_missing);
  EXPECT_EQ(fixture.staged(), 0U);
}

TEST(S3StoreOverRgw, KeepsCorsRules) {
  S3Options options = fresh_options();
  options.address.bucket = "with-cors";
  S3Fixture fixture(options);
  EXPECT_EQ(net::run_sync(fixture.store().cors())->size(), 0U);
  const std::vector<s3::CorsRule> rules = {{{"https://a.example"}, {"GET", "HEAD", "PUT"}, {"*"}, {"ETag"}}};
  const auto kept = net::run_sync(fixture.store().set_cors(rules));
  ASSERT_TRUE(kept) << kept.error().detail;
  const auto found = net::run_sync(fixture.store().cors());
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().origins, rules.front().origins);
}

/// Of this process, in MiB: the most that it ever had in memory since the last call of forget_peak().
std::uint64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib >> 10;
  }
  return 0;
}
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

Task<Result<void>> upload(BlobStore& store, std::span<const std::byte> piece, std::size_t pieces) {
  Expected expected;
  expected.size = piece.size() * pieces;
  CO_TRY_ASSIGN(auto staging, co_await store.stage(expected));
  staging->aim({.key = "large", .read_back = false});
  for (std::size_t i = 0; i < pieces; ++i) CO_TRY(co_await staging->write(piece));
  CO_TRY_ASSIGN(const BlobInfo info, co_await staging->finish());
  if (info.size != *expected.size) co_return fail(ErrorCode::length_mismatch, "too short");
  co_return co_await staging->commit("large");
}

Task<Result<std::uint64_t>> download(BlobStore& store) {
  CO_TRY_ASSIGN(auto reader, co_await store.open("large", {}));
  std::vector<std::byte> piece(256UL << 10);
  std::uint64_t size = 0;
  while (true) {
    CO_TRY_ASSIGN(const std::size_t n, co_await reader->read(piece));
    if (n == 0) co_return size;
    size += n;
  }
}

TEST(S3StoreOverRgw, MemoryStaysBoundedWhileAGigabyteStreamsUpAndDown) {
  constexpr std::size_t kPieces = 4096;
  S3Fixture fixture(fresh_options());
  const auto piece = pattern(256UL << 10);
  forget_peak();
  const std::uint64_t before = peak_memory();
  const auto sent = net::run_sync(upload(fixture.store(), piece, kPieces));
  ASSERT_TRUE(sent) << sent.error().detail;
  EXPECT_EQ(net::run_sync(download(fixture.store())), piece.size() * kPieces);
  EXPECT_LT(peak_memory() - before, 48U) << "MiB more than before";
  ASSERT_TRUE(net::run_sync(fixture.store().remove("large")));
}

}  // namespace
}  // namespace medialith::blob
