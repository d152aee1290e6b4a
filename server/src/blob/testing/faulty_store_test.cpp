#include "blob/testing/faulty_store.hpp"

#include "blob/memory/memory_store.hpp"
#include "blob/testing/contract_suite.hpp"

namespace medialith::blob {
namespace {

class FaultyUnderTest final : public StoreUnderTest {
 public:
  BlobStore& store() override { return store_; }
  std::size_t staged() override { return 0; }

 private:
  ManualClock clock_;
  MemoryStore memory_{clock_, 1ULL << 30};
  FaultyStore store_{memory_, 1};
};

// With no faults planned it is the store it wraps.
INSTANTIATE_TEST_SUITE_P(Faulty, BlobContract,
                         testing::Values(ContractCase{"quiet", [] { return std::make_unique<FaultyUnderTest>(); }}),
                         case_name);

class FaultyStoreTest : public testing::Test {
 protected:
  ManualClock clock;
  MemoryStore memory{clock};
  FaultyStore store{memory, 42};

  void plan(FaultRule rule) { store.set_plan({.rules = {rule}}); }
};

TEST_F(FaultyStoreTest, FailsTheNthCall) {
  plan({.operation = Operation::commit, .code = ErrorCode::disk_full, .nth = 2});
  EXPECT_TRUE(put(store, "a", pattern(10)));
  EXPECT_EQ(code_of(put(store, "b", pattern(10))), ErrorCode::disk_full);
  EXPECT_TRUE(put(store, "c", pattern(10)));
  EXPECT_EQ(list_all(memory, "", 10), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(store.injected(), 1U);
}

TEST_F(FaultyStoreTest, FailsAfterTheCallTookEffect) {
  plan({.operation = Operation::commit,
        .moment = FaultRule::Moment::after,
        .code = ErrorCode::outcome_unknown,
        .probability = 1});
  EXPECT_EQ(code_of(put(store, "a", pattern(10))), ErrorCode::outcome_unknown);
  EXPECT_EQ(get(memory, "a"), pattern(10));
  plan({.operation = Operation::remove, .moment = FaultRule::Moment::after, .nth = 1});
  EXPECT_EQ(code_of(net::run_sync(store.remove("a"))), ErrorCode::unavailable);
  EXPECT_EQ(code_of(get(memory, "a")), ErrorCode::blob_missing);
}

TEST_F(FaultyStoreTest, EveryOperationCanFail) {
  ASSERT_TRUE(put(memory, "a", pattern(10)));
  for (const Operation operation : {Operation::stage, Operation::write, Operation::finish, Operation::commit}) {
    plan({.operation = operation, .nth = 1});
    EXPECT_EQ(code_of(put(store, "b", pattern(10))), ErrorCode::unavailable);
    EXPECT_EQ(code_of(get(memory, "b")), ErrorCode::blob_missing);
  }
  for (const Operation operation : {Operation::open, Operation::read}) {
    plan({.operation = operation, .nth = 1});
    EXPECT_EQ(code_of(get(store, "a")), ErrorCode::unavailable);
  }
  plan({.operation = Operation::stat, .nth = 1});
  EXPECT_EQ(code_of(net::run_sync(store.stat("a"))), ErrorCode::unavailable);
  plan({.operation = Operation::copy, .nth = 1});
  EXPECT_EQ(code_of(net::run_sync(store.copy("a", "b"))), ErrorCode::unavailable);
  plan({.operation = Operation::list, .nth = 1});
  EXPECT_EQ(code_of(net::run_sync(store.list("", "", 1))), ErrorCode::unavailable);
  auto staging = net::run_sync(store.stage({}));
  ASSERT_TRUE(staging && net::run_sync((*staging)->finish()));
  plan({.operation = Operation::read_back, .nth = 1});
  EXPECT_EQ(code_of(net::run_sync((*staging)->read_back(0, 1))), ErrorCode::unavailable);
  EXPECT_EQ(store.injected(), 10U);
}

TEST_F(FaultyStoreTest, ShortReadsStillDeliverEverything) {
  const auto bytes = pattern(500'000);
  ASSERT_TRUE(put(memory, "a", bytes));
  store.set_plan({.rules = {}, .short_read = 0.7});
  EXPECT_EQ(get(store, "a"), bytes);
  EXPECT_GT(store.injected(), 0U);
}

TEST_F(FaultyStoreTest, FlipsOneBitOfARead) {
  const auto bytes = pattern(1000);
  ASSERT_TRUE(put(memory, "a", bytes));
  store.set_plan({.rules = {}, .flipped_bit = 1});
  const auto flipped = get(store, "a");
  ASSERT_TRUE(flipped);
  int bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bits += std::popcount(std::to_integer<unsigned>((*flipped)[i] ^ bytes[i]));
  EXPECT_EQ(bits, 1);
  EXPECT_EQ(get(memory, "a"), bytes);
}

TEST_F(FaultyStoreTest, TheSameSeedFailsTheSameCalls) {
  const auto run = [&](std::uint64_t seed) {
    FaultyStore seeded(memory, seed, {.rules = {{.operation = Operation::stat, .probability = 0.5}}});
    std::string outcome;
    for (int i = 0; i < 64; ++i)
      outcome += code_of(net::run_sync(seeded.stat("a"))) == ErrorCode::unavailable ? 'x' : '.';
    return outcome;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace medialith::blob
