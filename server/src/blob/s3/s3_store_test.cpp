// The S3 store over a service that fails: what was acknowledged is there, what is read is right.
#include "blob/s3/s3_store.hpp"

#include <map>
#include <random>

#include "blob/s3/objects.hpp"
#include "blob/testing/fake_s3.hpp"

namespace medialith::blob {
namespace {

class FakeUnderTest final : public StoreUnderTest {
 public:
  /// `part_size`: much smaller than S3's own, so that uploads have many parts and few bytes.
  explicit FakeUnderTest(bool old, std::uint64_t part_size = 5UL << 20) {
    fake_.be_old(old);
    S3Options options = s3_options(fake_.gateway(), S3Fixture::fresh_prefix());
    options.part_size = part_size;
    store_ = std::make_unique<S3Fixture>(std::move(options));
  }
  BlobStore& store() override { return store_->store(); }
  std::size_t staged() override { return store_->staged(); }
  FakeS3& fake() { return fake_; }

 private:
  FakeS3 fake_;
  std::unique_ptr<S3Fixture> store_;
};

INSTANTIATE_TEST_SUITE_P(FakeS3, BlobContract,
                         testing::Values(ContractCase{"able", [] { return std::make_unique<FakeUnderTest>(false); }}),
                         case_name);

/// What a database beside the store would say.
struct Rows {
  std::map<std::string, std::uint64_t> seeds;  ///< of the bytes behind each key
  int lost = 0;                                ///< acknowledged and not there, or not as it was
  int wrong_reads = 0;                         ///< other bytes than were put, without an error
  int refused = 0;                             ///< calls that failed, which they may
};

constexpr std::size_t kSmall = 40'000;
constexpr std::size_t kLarge = 300'001;
constexpr std::uint64_t kPart = 64UL << 10;

std::vector<std::byte> bytes_of_seed(std::uint64_t seed) { return pattern(seed % 4 == 0 ? kLarge : kSmall, seed); }

/// One random call of an application that keeps to the order: bytes, then row; row away, then bytes.
void step(BlobStore& store, Rows& rows, std::mt19937_64& engine, std::uint64_t number) {
  const std::string key = fmt::format("k/{}", number);
  const auto dice = engine() % 10;
  if (dice < 5 || rows.seeds.empty()) {
    if (put(store, key, bytes_of_seed(number))) {
      rows.seeds[key] = number;
    } else {
      ++rows.refused;
    }
    return;
  }
  auto row = rows.seeds.begin();
  std::advance(row, static_cast<std::ptrdiff_t>(engine() % rows.seeds.size()));
  if (dice < 7) {
    const auto read = get(store, row->first);
    rows.refused += read ? 0 : 1;
    rows.wrong_reads += read && *read != bytes_of_seed(row->second) ? 1 : 0;
  } else if (dice < 9) {
    if (net::run_sync(store.copy(row->first, key))) {
      rows.seeds[key] = row->second;
    } else {
      ++rows.refused;
    }
  } else {
    const std::string gone = row->first;
    rows.seeds.erase(row);
    if (!net::run_sync(store.remove(gone))) ++rows.refused;
  }
}

Rows run(FakeUnderTest& under_test, std::uint64_t seed, int steps) {
  Rows rows;
  std::mt19937_64 engine(seed);
  for (int i = 1; i <= steps; ++i) step(under_test.store(), rows, engine, static_cast<std::uint64_t>(i));
  under_test.fake().set_faults(0, 0);
  for (const auto& [key, number] : rows.seeds) {
    const auto read = get(under_test.store(), key);
    rows.lost += read && *read == bytes_of_seed(number) ? 0 : 1;
  }
  return rows;
}

class FaultySeeds : public testing::TestWithParam<bool> {};

TEST_P(FaultySeeds, NothingAcknowledgedIsLostAtTenPercentFaults) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  RecordProperty("seed", fmt::format("{}", seed));
  FakeUnderTest under_test(GetParam(), kPart);
  under_test.fake().set_faults(0.1, seed);
  const Rows rows = run(under_test, seed, 500);
  EXPECT_EQ(rows.lost, 0);
  EXPECT_EQ(rows.wrong_reads, 0);
  EXPECT_GT(under_test.fake().injected(), 50U);
  // Trying again helps nearly always.
  EXPECT_LT(rows.refused, 50);
  // The row-less leftovers of calls that failed are for the sweep; of uploads nothing stays after it.
  EXPECT_LE(under_test.staged(), static_cast<std::size_t>(rows.refused));
  EXPECT_EQ(under_test.staged(), 0U);
}

INSTANTIATE_TEST_SUITE_P(FakeS3, FaultySeeds, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "old_service" : "able_service"; });

TEST(S3StoreOverAFake, TheHarnessFindsAServiceThatForgets) {
  FakeUnderTest under_test(false, kPart);
  under_test.fake().forget_puts(0.02);
  EXPECT_GT(run(under_test, 1, 500).lost, 0);
}

TEST(S3StoreOverAFake, AHealthyServiceRefusesNothing) {
  FakeUnderTest under_test(false, kPart);
  const Rows rows = run(under_test, 1, 100);
  EXPECT_EQ(rows.refused, 0);
  EXPECT_EQ(rows.lost, 0);
}

TEST(S3StoreOverAFake, FindsOutWhatTheServiceCanDo) {
  for (const bool old : {false, true}) {
    FakeS3 fake;
    fake.be_old(old);
    S3Fixture fixture(s3_options(fake.gateway(), "p"));
    EXPECT_EQ(fixture.store().facts().conditional_put, !old);
    EXPECT_EQ(fixture.store().facts().conditional_complete, !old);
    EXPECT_EQ(fixture.store().facts().conditional_copy, !old);
    EXPECT_EQ(fixture.store().facts().checksums, !old);
    EXPECT_TRUE(fixture.store().facts().made_bucket);
  }
}

TEST(S3StoreOverAFake, OpenedToBeReadItWritesNothing) {
  FakeS3 fake;
  const S3Options options = s3_options(fake.gateway(), "p");
  S3Fixture fixture(options);
  ASSERT_TRUE(put(fixture.store(), "k/1", bytes_of_seed(1)));
  const std::uint64_t before = fake.writes();
  const auto opened = net::run_sync(S3Store::open_to_read(options, fixture.parts()));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(get(**opened, "k/1").value(), bytes_of_seed(1));
  EXPECT_EQ(fake.writes(), before);
  FakeS3 empty;  // the options say to make the bucket
  EXPECT_FALSE(net::run_sync(S3Store::open_to_read(s3_options(empty.gateway(), "p"), fixture.parts())));
  EXPECT_EQ(empty.writes(), 0U);
}

TEST(PartSizes, GrowOnlyWhereTenThousandWouldNotDo) {
  constexpr std::uint64_t kMiB = 1ULL << 20;
  constexpr std::uint64_t kTiB = 1ULL << 40;
  EXPECT_EQ(s3::part_size_for(0, 8 * kMiB), 8 * kMiB);
  EXPECT_EQ(s3::part_size_for(80'000 * kMiB, 8 * kMiB), 8 * kMiB);
  EXPECT_EQ(s3::part_size_for(80'000 * kMiB + 1, 8 * kMiB), 9 * kMiB);
  EXPECT_GE(s3::part_size_for(5 * kTiB, 8 * kMiB) * 10'000, 5 * kTiB);
  EXPECT_EQ(s3::growing_part_size(10'000, 10ULL << 30, 8 * kMiB), 8 * kMiB);
  std::uint64_t sum = 0;
  for (std::uint64_t number = 1; number <= 10'000; ++number) sum += s3::growing_part_size(number, UINT64_MAX, 8 * kMiB);
  EXPECT_GE(sum, 5 * kTiB);
  EXPECT_EQ(s3::growing_part_size(1, UINT64_MAX, 8 * kMiB), 8 * kMiB);
}

}  // namespace
}  // namespace medialith::blob
