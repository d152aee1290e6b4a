#include "blob/memory/memory_store.hpp"

#include "blob/testing/contract_suite.hpp"

namespace medialith::blob {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  BlobStore& store() override { return store_; }
  std::size_t staged() override { return 0; }

 private:
  ManualClock clock_;
  MemoryStore store_{clock_, 1ULL << 30};
};

INSTANTIATE_TEST_SUITE_P(Memory, BlobContract,
                         testing::Values(ContractCase{"plain", [] { return std::make_unique<MemoryUnderTest>(); }}),
                         case_name);

TEST(MemoryStore, IsFullAtItsCapacity) {
  const ManualClock clock;
  MemoryStore store(clock, 1000);
  ASSERT_TRUE(put(store, "a", pattern(600)));
  EXPECT_EQ(store.free_bytes(), 400U);
  EXPECT_EQ(code_of(put(store, "b", pattern(401))), ErrorCode::disk_full);
  ASSERT_TRUE(put(store, "b", pattern(400)));
  EXPECT_EQ(store.free_bytes(), 0U);
  ASSERT_TRUE(net::run_sync(store.remove("a")));
  EXPECT_EQ(store.free_bytes(), 600U);
}

}  // namespace
}  // namespace medialith::blob
