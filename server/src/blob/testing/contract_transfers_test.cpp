// The contract of what goes by parts, and of what goes past this server.
#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "blob/testing/contract_suite.hpp"
#include "http_client/client.hpp"

namespace medialith::blob {
namespace {

constexpr const char* kKey = "users/0190c0de-0000-7000-8000-000000000001/2026/11/a.png";
constexpr const char* kOther = "users/0190c0de-0000-7000-8000-000000000001/2026/12/b.png";
/// More than two parts of any store, which are of 5 MiB or more.
constexpr std::size_t kLarge = (11UL << 20) + 1;
constexpr std::chrono::minutes kValid{10};
constexpr std::chrono::hours kHour{1};

std::span<const std::byte> part_of(std::span<const std::byte> bytes, std::size_t begin, std::size_t length) {
  const auto rest = bytes.subspan(std::min(begin, bytes.size()));
  return rest.first(std::min(length, rest.size()));
}

Result<std::unique_ptr<Staging>> stage_all(BlobStore& store, std::span<const std::byte> bytes, Expected expected,
                                           const std::optional<Aim>& aim) {
  TRY_ASSIGN(auto staging, net::run_sync(store.stage(expected)));
  constexpr std::size_t kSlice = 300'000;
  for (std::size_t at = 0; at < bytes.size(); at += kSlice) {
    TRY(net::run_sync(staging->write(part_of(bytes, at, kSlice))));
    if (at == 0 && aim) staging->aim(*aim);
  }
  return staging;
}

/// Makes a request as a client that was given it would.
int send(const SignedRequest& request, std::span<const std::byte> body) {
  const auto client = http_client::Client::open();
  if (!client) return 0;
  // The length is the body's: libcurl says it by itself.
  const auto answer = net::run_sync(
      (*client)->send({.method = request.method, .url = request.url, .headers = {}, .body = body}, 1 << 20));
  return answer ? answer->head.status : 0;
}

int send_part(DirectTransfers& direct, const DirectUpload& upload, std::uint32_t number,
              std::span<const std::byte> bytes) {
  const auto request = net::run_sync(direct.sign_part(upload, number, kValid));
  return request ? send(*request, part_of(bytes, (number - 1) * upload.part_size, upload.part_size)) : 0;
}

void send_parts(DirectTransfers& direct, const DirectUpload& upload, std::span<const std::byte> bytes) {
  for (std::uint32_t number = 1; number <= upload.parts(); ++number) {
    EXPECT_EQ(send_part(direct, upload, number, bytes), 200) << number;
  }
}

}  // namespace

TEST_P(BlobContract, LargeUploadsComeBackWholeHoweverTheyWereAimed) {
  const std::vector<std::optional<Aim>> aims = {std::nullopt, Aim{kKey}, Aim{kKey, false}, Aim{kOther}};
  for (std::size_t i = 0; i < aims.size(); ++i) {
    SCOPED_TRACE(i);
    const auto bytes = pattern(kLarge, i);
    Expected expected;
    if (i % 2 == 0) expected.size = bytes.size();
    auto staging = stage_all(store(), bytes, expected, aims[i]);
    ASSERT_TRUE(staging) << staging.error().detail;
    const auto info = net::run_sync((*staging)->finish());
    ASSERT_TRUE(info) << info.error().detail;
    EXPECT_EQ(info->size, bytes.size());
    EXPECT_EQ(info->sha256, sha256(bytes));
    EXPECT_TRUE(list_all(store(), "", 10).empty());
    if (!aims[i] || aims[i]->read_back) {
      const auto middle = net::run_sync((*staging)->read_back(6'000'000, 100'000));
      ASSERT_TRUE(middle) << middle.error().detail;
      EXPECT_TRUE(std::ranges::equal(*middle, part_of(bytes, 6'000'000, 100'000)));
    }
    const auto committed = net::run_sync((*staging)->commit(kKey));
    ASSERT_TRUE(committed) << committed.error().detail;
    EXPECT_EQ(list_all(store(), "", 10), std::vector<std::string>{kKey});
    EXPECT_EQ(get(store(), kKey), bytes);
    EXPECT_EQ(get(store(), kKey, {kLarge - 5, 10}), std::vector(bytes.end() - 5, bytes.end()));
    staging->reset();
    EXPECT_EQ(under_test().staged(), 0U);
    ASSERT_TRUE(net::run_sync(store().remove(kKey)));
  }
}

TEST_P(BlobContract, LargeUploadsNeverOverwrite) {
  const auto first = pattern(1000, 1);
  for (const auto& aim : {std::optional<Aim>(), std::optional(Aim{kKey})}) {
    ASSERT_TRUE(put(store(), kKey, first));
    auto staging = stage_all(store(), pattern(kLarge, 2), {}, aim);
    ASSERT_TRUE(staging);
    ASSERT_TRUE(net::run_sync((*staging)->finish()));
    EXPECT_EQ(code_of(net::run_sync((*staging)->commit(kKey))), ErrorCode::already_exists);
    staging->reset();
    EXPECT_EQ(get(store(), kKey), first);
    EXPECT_EQ(under_test().staged(), 0U);
    ASSERT_TRUE(net::run_sync(store().remove(kKey)));
  }
}

TEST_P(BlobContract, CutLargeUploadsLeaveNothing) {
  for (const bool finished : {false, true}) {
    auto staging = stage_all(store(), pattern(kLarge), {}, Aim{kKey});
    ASSERT_TRUE(staging);
    if (finished) {
      ASSERT_TRUE(net::run_sync((*staging)->finish()));
    }
    staging->reset();
    EXPECT_EQ(under_test().staged(), 0U);
    EXPECT_TRUE(list_all(store(), "", 10).empty());
  }
}

TEST_P(BlobContract, CopiesLargeBlobs) {
  const auto bytes = pattern(kLarge);
  ASSERT_TRUE(put(store(), kKey, bytes));
  const auto copied = net::run_sync(store().copy(kKey, kOther));
  ASSERT_TRUE(copied) << copied.error().detail;
  EXPECT_EQ(get(store(), kOther), bytes);
  EXPECT_EQ(code_of(net::run_sync(store().copy(kKey, kOther))), ErrorCode::already_exists);
  EXPECT_EQ(under_test().staged(), 0U);
}

TEST_P(BlobContract, SweepsOnlyWhatIsOld) {
  const SystemClock clock;
  auto staging = stage_all(store(), pattern(kLarge), {}, Aim{kKey});
  ASSERT_TRUE(staging);
  EXPECT_EQ(net::run_sync(store().sweep_staging(clock.now() - kHour)), 0U);
  ASSERT_TRUE(net::run_sync((*staging)->finish()));
  const auto committed = net::run_sync((*staging)->commit(kKey));
  ASSERT_TRUE(committed) << committed.error().detail;
  // What is committed is nobody's leftover, however old.
  EXPECT_EQ(net::run_sync(store().sweep_staging(clock.now() + kHour)), 0U);
  EXPECT_EQ(net::run_sync(store().stat(kKey)), kLarge);
}

TEST_P(BlobContract, TransfersDirectlyIfItSaysSo) {
  EXPECT_EQ(store().capabilities().presigned, store().direct() != nullptr);
}

TEST_P(BlobContract, DirectDownloadsShowWhatTheyAreTold) {
  DirectTransfers* const direct = store().direct();
  if (direct == nullptr) return;  // what it says of itself is tested above
  const auto bytes = pattern(100'000);
  ASSERT_TRUE(put(store(), kKey, bytes));
  const Presented presented{"image/png", "attachment; filename=\"a b.png\"; filename*=UTF-8''%C3%A4.png", "private"};
  const auto url = net::run_sync(direct->sign_get(kKey, presented, kValid));
  ASSERT_TRUE(url) << url.error().detail;
  const auto client = http_client::Client::open();
  ASSERT_TRUE(client);
  const auto answer = net::run_sync((*client)->send({.url = *url}, 1 << 20));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->head.status, 200);
  EXPECT_EQ(answer->head.header("content-type"), presented.content_type);
  EXPECT_EQ(answer->head.header("content-disposition"), presented.content_disposition);
  EXPECT_EQ(answer->head.header("cache-control"), presented.cache_control);
  EXPECT_EQ(answer->body, text_of(bytes));
  // Another name under the same signature is not granted.
  std::string forged = *url;
  forged.replace(forged.find("a.png"), 5, "b.png");
  const auto refused = net::run_sync((*client)->send({.url = forged}, 1 << 20));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->head.status, 403);
}

TEST_P(BlobContract, DirectUploadsAreVerifiedAndCopied) {
  DirectTransfers* const direct = store().direct();
  if (direct == nullptr) return;
  for (const std::size_t size : {0UL, 1'000UL, kLarge}) {
    SCOPED_TRACE(size);
    const auto bytes = pattern(size, size);
    const auto upload = net::run_sync(direct->begin(size));
    ASSERT_TRUE(upload) << upload.error().detail;
    EXPECT_EQ(upload->parts() > 1, size == kLarge);
    EXPECT_EQ(code_of(net::run_sync(direct->accept(*upload, {}))), ErrorCode::blob_missing);
    send_parts(*direct, *upload, bytes);
    auto staging = net::run_sync(direct->accept(*upload, {.sha256 = sha256(bytes)}));
    ASSERT_TRUE(staging) << staging.error().message << staging.error().detail;
    const auto info = net::run_sync((*staging)->finish());
    ASSERT_TRUE(info);
    EXPECT_EQ(info->size, size);
    EXPECT_EQ(info->sha256, sha256(bytes));
    EXPECT_TRUE(std::ranges::equal((*staging)->head(), part_of(bytes, 0, 65'536)));
    const auto tail = net::run_sync((*staging)->read_back(size / 2, size));
    ASSERT_TRUE(tail);
    EXPECT_TRUE(std::ranges::equal(*tail, part_of(bytes, size / 2, size)));
    EXPECT_TRUE(list_all(store(), "", 10).empty());
    const auto committed = net::run_sync((*staging)->commit(kKey));
    ASSERT_TRUE(committed) << committed.error().detail;
    EXPECT_EQ(get(store(), kKey), bytes);
    ASSERT_TRUE(net::run_sync(direct->drop(*upload)));
    ASSERT_TRUE(net::run_sync(direct->drop(*upload)));
    EXPECT_EQ(under_test().staged(), 0U);
    ASSERT_TRUE(net::run_sync(store().remove(kKey)));
  }
}

TEST_P(BlobContract, DirectUploadsAreHeldToWhatWasGranted) {
  DirectTransfers* const direct = store().direct();
  if (direct == nullptr) return;
  const auto bytes = pattern(1'000);
  const auto upload = net::run_sync(direct->begin(bytes.size()));
  ASSERT_TRUE(upload);
  const auto request = net::run_sync(direct->sign_part(*upload, 1, kValid));
  ASSERT_TRUE(request);
  EXPECT_EQ(send(*request, pattern(1'001)), 403);
  EXPECT_EQ(send(*request, bytes), 200);
  EXPECT_FALSE(net::run_sync(direct->sign_part(*upload, 2, kValid)));
  auto other = net::run_sync(direct->accept(*upload, {.sha256 = sha256(std::string_view("else"))}));
  ASSERT_TRUE(other);
  EXPECT_EQ(code_of(net::run_sync((*other)->finish())), ErrorCode::digest_mismatch);
  EXPECT_EQ(code_of(net::run_sync(direct->accept(*upload, {.max_size = 999}))), ErrorCode::file_too_large);
  // The URL may still be written to after the bytes were looked at: then they are not the ones that were.
  auto staging = net::run_sync(direct->accept(*upload, {}));
  ASSERT_TRUE(staging);
  ASSERT_TRUE(net::run_sync((*staging)->finish()));
  EXPECT_EQ(send(*request, pattern(1'000, 2)), 200);
  EXPECT_EQ(code_of(net::run_sync((*staging)->commit(kKey))), ErrorCode::blob_corrupt);
  EXPECT_TRUE(list_all(store(), "", 10).empty());
  EXPECT_EQ(under_test().staged(), 1U);
}

TEST_P(BlobContract, DirectUploadsThatNobodyClaimsAreSwept) {
  DirectTransfers* const direct = store().direct();
  if (direct == nullptr) return;
  const auto small = net::run_sync(direct->begin(10));
  const auto large = net::run_sync(direct->begin(kLarge));
  ASSERT_TRUE(small && large);
  send_parts(*direct, *small, pattern(10));
  EXPECT_EQ(send_part(*direct, *large, 1, pattern(kLarge)), 200);
  EXPECT_EQ(net::run_sync(store().sweep_staging(SystemClock().now() - kHour)), 0U);
  EXPECT_EQ(net::run_sync(store().sweep_staging(SystemClock().now() + kHour)), 2U);
  EXPECT_EQ(under_test().staged(), 0U);
  EXPECT_EQ(code_of(net::run_sync(direct->accept(*large, {}))), ErrorCode::blob_missing);
}

TEST_P(BlobContract, OnlyIncomingUploadsAreAccepted) {
  DirectTransfers* const direct = store().direct();
  if (direct == nullptr) return;
  ASSERT_TRUE(put(store(), kKey, pattern(10)));
  for (const char* name : {kKey, "incoming", "incoming/", "incoming/../STORE_ID", "STORE_ID", ""}) {
    const DirectUpload forged{.name = name, .upload_id = {}, .size = 10, .part_size = 10};
    EXPECT_EQ(code_of(net::run_sync(direct->accept(forged, {}))), ErrorCode::internal) << name;
    EXPECT_EQ(code_of(net::run_sync(direct->sign_part(forged, 1, kValid))), ErrorCode::internal) << name;
    EXPECT_EQ(code_of(net::run_sync(direct->drop(forged))), ErrorCode::internal) << name;
  }
  EXPECT_EQ(list_all(store(), "", 10), std::vector<std::string>{kKey});
}

}  // namespace medialith::blob
