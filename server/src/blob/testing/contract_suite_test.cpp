#include "blob/testing/contract_suite.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "base/hash.hpp"

namespace medialith::blob {
namespace {

constexpr const char* kKey = "users/0190c0de-0000-7000-8000-000000000001/2026/11/a.png";
constexpr const char* kOther = "users/0190c0de-0000-7000-8000-000000000001/2026/12/b.png";

Task<Result<BlobInfo>> put_task(BlobStore& store, std::string key, std::span<const std::byte> bytes, Expected expected,
                                std::size_t slice) {
  CO_TRY_ASSIGN(auto staging, co_await store.stage(expected));
  while (!bytes.empty()) {
    const std::size_t n = std::min(slice, bytes.size());
    CO_TRY(co_await staging->write(bytes.first(n)));
    bytes = bytes.subspan(n);
  }
  CO_TRY_ASSIGN(const BlobInfo info, co_await staging->finish());
  CO_TRY(co_await staging->commit(key));
  co_return info;
}

Task<Result<std::vector<std::byte>>> get_task(BlobStore& store, std::string key, Range range) {
  CO_TRY_ASSIGN(auto reader, co_await store.open(key, range));
  std::vector<std::byte> all;
  std::vector<std::byte> piece(70'000);
  while (true) {
    CO_TRY_ASSIGN(const std::size_t n, co_await reader->read(piece));
    if (n == 0) co_return all;
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
  }
}

}  // namespace

std::vector<std::byte> pattern(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    std::uint64_t value = engine();
    for (std::size_t j = i; j < std::min(size, i + sizeof value); ++j, value >>= 8) {
      bytes[j] = static_cast<std::byte>(value & 0xff);
    }
  }
  return bytes;
}

Result<BlobInfo> put(BlobStore& store, std::string key, std::span<const std::byte> bytes, Expected expected,
                     std::size_t slice) {
  return net::run_sync(put_task(store, std::move(key), bytes, expected, slice));
}

Result<std::vector<std::byte>> get(BlobStore& store, std::string key, Range range) {
  return net::run_sync(get_task(store, std::move(key), range));
}

std::vector<std::string> list_all(BlobStore& store, const std::string& prefix, std::size_t limit) {
  std::vector<std::string> keys;
  std::string cursor;
  do {
    const auto page = net::run_sync(store.list(prefix, cursor, limit));
    if (!page) {
      ADD_FAILURE() << page.error().detail;
      return keys;
    }
    EXPECT_LE(page->blobs.size(), limit);
    for (const Listed& blob : page->blobs) keys.push_back(blob.key);
    cursor = page->next_cursor;
  } while (!cursor.empty());
  return keys;
}

std::string store_id_of(BlobStore& store) {
  const auto id = net::run_sync(store.store_id());
  return id ? id->value_or("") : "";
}

TEST_P(BlobContract, ReturnsTheBytesThatWerePut) {
  // Around the edges of a piece (256 KiB) and of the head (64 KiB), length known or not.
  for (const std::size_t size :
       {0UL, 1UL, 65'535UL, 65'536UL, 65'537UL, 262'143UL, 262'144UL, 262'145UL, 524'288UL, 524'289UL, 3'000'001UL}) {
    for (const bool known : {false, true}) {
      SCOPED_TRACE(fmt::format("{} bytes, length {}", size, known ? "known" : "unknown"));
      const auto bytes = pattern(size, size + 1);
      Expected expected;
      if (known) expected.size = size;
      const std::string key = fmt::format("users/u/2026/11/{}-{}.bin", size, known ? 1 : 0);
      const auto info = put(store(), key, bytes, expected);
      ASSERT_TRUE(info) << info.error().detail;
      EXPECT_EQ(info->size, size);
      EXPECT_EQ(info->sha256, sha256(bytes));
      EXPECT_EQ(net::run_sync(store().stat(key)), size);
      EXPECT_EQ(get(store(), key), bytes);
    }
  }
  EXPECT_EQ(under_test().staged(), 0U);
}

TEST_P(BlobContract, TakesWritesOfAnySize) {
  const auto bytes = pattern(600'000);
  for (const std::size_t slice : {4'999UL, 262'144UL, 600'000UL}) {
    const std::string key = fmt::format("slices/{}.bin", slice);
    ASSERT_TRUE(put(store(), key, bytes, {}, slice));
    EXPECT_EQ(get(store(), key), bytes);
  }
}

TEST_P(BlobContract, ReadsRanges) {
  const auto bytes = pattern(300'000);
  ASSERT_TRUE(put(store(), kKey, bytes));
  const auto part = [&](std::size_t from, std::size_t to) {
    return std::vector(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                       bytes.begin() + static_cast<std::ptrdiff_t>(to));
  };
  EXPECT_EQ(get(store(), kKey, {0, 1}), part(0, 1));
  EXPECT_EQ(get(store(), kKey, {99'999, 150'001}), part(99'999, 250'000));
  EXPECT_EQ(get(store(), kKey, {299'999, 10}), part(299'999, 300'000));
  EXPECT_EQ(get(store(), kKey, {300'000, 10}), part(0, 0));
  EXPECT_EQ(get(store(), kKey, {5, UINT64_MAX}), part(5, 300'000));
  EXPECT_EQ(code_of(get(store(), kKey, {300'001, 1})), ErrorCode::range_not_satisfiable);
  EXPECT_EQ(code_of(get(store(), kKey, {UINT64_MAX, UINT64_MAX})), ErrorCode::range_not_satisfiable);
}

TEST_P(BlobContract, ReaderKnowsTheSizeOfTheWholeBlob) {
  ASSERT_TRUE(put(store(), kKey, pattern(1000)));
  const auto reader = net::run_sync(store().open(kKey, {10, 20}));
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->size(), 1000U);
  EXPECT_EQ((*reader)->file().has_value(), store().capabilities().direct_file);
}

TEST_P(BlobContract, AnswersBlobMissing) {
  EXPECT_EQ(code_of(get(store(), kKey)), ErrorCode::blob_missing);
  EXPECT_EQ(code_of(net::run_sync(store().stat(kKey))), ErrorCode::blob_missing);
  EXPECT_EQ(code_of(net::run_sync(store().copy(kKey, kOther))), ErrorCode::blob_missing);
  EXPECT_EQ(code_of(net::run_sync(store().stat(kOther))), ErrorCode::blob_missing);
}

TEST_P(BlobContract, NeverOverwrites) {
  const auto first = pattern(300'000, 1);
  ASSERT_TRUE(put(store(), kKey, first));
  EXPECT_EQ(code_of(put(store(), kKey, pattern(10, 2))), ErrorCode::already_exists);
  ASSERT_TRUE(put(store(), kOther, pattern(10, 3)));
  EXPECT_EQ(code_of(net::run_sync(store().copy(kOther, kKey))), ErrorCode::already_exists);
  EXPECT_EQ(get(store(), kKey), first);
  EXPECT_EQ(under_test().staged(), 0U);
}

TEST_P(BlobContract, RemoveIsIdempotent) {
  ASSERT_TRUE(put(store(), kKey, pattern(10)));
  EXPECT_TRUE(net::run_sync(store().remove(kKey)));
  EXPECT_EQ(code_of(net::run_sync(store().stat(kKey))), ErrorCode::blob_missing);
  EXPECT_TRUE(net::run_sync(store().remove(kKey)));
  EXPECT_TRUE(net::run_sync(store().remove("no/such/folder.png")));
  // The store does not forbid a key that is free again; that keys are never reused is the caller's rule.
  EXPECT_TRUE(put(store(), kKey, pattern(20)));
}

TEST_P(BlobContract, ReaderOutlivesTheRemoval) {
  const auto bytes = pattern(300'000);
  ASSERT_TRUE(put(store(), kKey, bytes));
  auto reader = net::run_sync(store().open(kKey, {}));
  ASSERT_TRUE(reader);
  ASSERT_TRUE(net::run_sync(store().remove(kKey)));
  std::vector<std::byte> out(1000);
  const auto n = net::run_sync((*reader)->read(out));
  ASSERT_TRUE(n);
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*n), bytes.begin()));
}

TEST_P(BlobContract, CopyIsABlobOfItsOwn) {
  const auto bytes = pattern(100'000);
  ASSERT_TRUE(put(store(), kKey, bytes));
  ASSERT_TRUE(net::run_sync(store().copy(kKey, kOther)));
  ASSERT_TRUE(net::run_sync(store().remove(kKey)));
  EXPECT_EQ(get(store(), kOther), bytes);
  EXPECT_EQ(code_of(get(store(), kKey)), ErrorCode::blob_missing);
}

TEST_P(BlobContract, CutUploadLeavesNothing) {
  for (const std::size_t size : {0UL, 1'000UL, 262'144UL, 2'000'000UL}) {
    SCOPED_TRACE(size);
    const auto bytes = pattern(size);
    for (const bool finished : {false, true}) {
      auto staging = net::run_sync(store().stage({}));
      ASSERT_TRUE(staging);
      ASSERT_TRUE(net::run_sync((*staging)->write(bytes)));
      if (finished) {
        ASSERT_TRUE(net::run_sync((*staging)->finish()));
      }
      staging->reset();
      EXPECT_EQ(under_test().staged(), 0U);
      EXPECT_TRUE(list_all(store(), "", 10).empty());
    }
  }
}

TEST_P(BlobContract, ChecksTheLength) {
  Expected expected;
  expected.size = 1000;
  EXPECT_EQ(code_of(put(store(), kKey, pattern(999), expected)), ErrorCode::length_mismatch);
  EXPECT_EQ(code_of(put(store(), kKey, pattern(1001), expected)), ErrorCode::length_mismatch);
  EXPECT_EQ(code_of(put(store(), kKey, pattern(1001), expected, 1)), ErrorCode::length_mismatch);
  EXPECT_EQ(code_of(put(store(), kKey, {}, expected)), ErrorCode::length_mismatch);
  EXPECT_EQ(under_test().staged(), 0U);
  EXPECT_EQ(code_of(net::run_sync(store().stat(kKey))), ErrorCode::blob_missing);
  EXPECT_TRUE(put(store(), kKey, pattern(1000), expected));
}

TEST_P(BlobContract, ChecksTheDigest) {
  const auto bytes = pattern(300'000);
  Expected expected;
  expected.sha256 = sha256(bytes);
  EXPECT_EQ(code_of(put(store(), kKey, pattern(300'000, 2), expected)), ErrorCode::digest_mismatch);
  EXPECT_EQ(code_of(put(store(), kKey, {}, expected)), ErrorCode::digest_mismatch);
  EXPECT_EQ(under_test().staged(), 0U);
  EXPECT_EQ(code_of(net::run_sync(store().stat(kKey))), ErrorCode::blob_missing);
  EXPECT_TRUE(put(store(), kKey, bytes, expected));
}

TEST_P(BlobContract, KeepsTheLimit) {
  Expected expected;
  expected.max_size = 300'000;
  EXPECT_EQ(code_of(put(store(), kKey, pattern(300'001), expected)), ErrorCode::file_too_large);
  EXPECT_EQ(code_of(put(store(), kKey, pattern(300'001), expected, 1'000'000)), ErrorCode::file_too_large);
  EXPECT_TRUE(put(store(), kKey, pattern(300'000), expected));
  expected.size = 300'001;
  EXPECT_EQ(code_of(net::run_sync(store().stage(expected))), ErrorCode::file_too_large);
  EXPECT_EQ(under_test().staged(), 0U);
}

TEST_P(BlobContract, AfterAFailureNothingCanBeCommitted) {
  Expected expected;
  expected.size = 10;
  auto staging = net::run_sync(store().stage(expected));
  ASSERT_TRUE(staging);
  EXPECT_EQ(code_of(net::run_sync((*staging)->write(pattern(11)))), ErrorCode::length_mismatch);
  EXPECT_FALSE(net::run_sync((*staging)->write(pattern(10))));
  EXPECT_FALSE(net::run_sync((*staging)->finish()));
  EXPECT_FALSE(net::run_sync((*staging)->commit(kKey)));
  EXPECT_EQ(code_of(net::run_sync(store().stat(kKey))), ErrorCode::blob_missing);
}

TEST_P(BlobContract, CommitNeedsFinishAndHappensOnce) {
  auto staging = net::run_sync(store().stage({}));
  ASSERT_TRUE(staging);
  ASSERT_TRUE(net::run_sync((*staging)->write(pattern(10))));
  EXPECT_FALSE(net::run_sync((*staging)->commit(kKey)));
  EXPECT_EQ(code_of(net::run_sync(store().stat(kKey))), ErrorCode::blob_missing);
  ASSERT_TRUE(net::run_sync((*staging)->finish()));
  ASSERT_TRUE(net::run_sync((*staging)->commit(kKey)));
  EXPECT_FALSE(net::run_sync((*staging)->commit(kOther)));
  EXPECT_EQ(code_of(net::run_sync(store().stat(kOther))), ErrorCode::blob_missing);
}

TEST_P(BlobContract, NothingIsVisibleBeforeTheCommit) {
  auto staging = net::run_sync(store().stage({}));
  ASSERT_TRUE(staging);
  ASSERT_TRUE(net::run_sync((*staging)->write(pattern(1'000'000))));
  ASSERT_TRUE(net::run_sync((*staging)->finish()));
  EXPECT_TRUE(list_all(store(), "", 10).empty());
  ASSERT_TRUE(net::run_sync((*staging)->commit(kKey)));
  EXPECT_EQ(list_all(store(), "", 10), std::vector<std::string>{kKey});
}

TEST_P(BlobContract, HeadAndReadBackShowWhatWasStaged) {
  for (const std::size_t size : {0UL, 1'000UL, 65'536UL, 1'000'000UL}) {
    SCOPED_TRACE(size);
    const auto bytes = pattern(size, size);
    const auto head = std::span(bytes).first(std::min(size, 65'536UL));
    auto staging = net::run_sync(store().stage({}));
    ASSERT_TRUE(staging);
    ASSERT_TRUE(net::run_sync((*staging)->write(bytes)));
    EXPECT_TRUE(std::ranges::equal((*staging)->head(), head));
    ASSERT_TRUE(net::run_sync((*staging)->finish()));
    EXPECT_TRUE(std::ranges::equal((*staging)->head(), head));
    EXPECT_EQ(net::run_sync((*staging)->read_back(0, size + 1)), bytes);
    const std::size_t from = std::min(size, 700'000UL);
    const auto tail = net::run_sync((*staging)->read_back(from, 100'000));
    ASSERT_TRUE(tail);
    EXPECT_TRUE(std::ranges::equal(*tail, std::span(bytes).subspan(from, std::min(size - from, 100'000UL))));
    const auto beyond = net::run_sync((*staging)->read_back(size + 5, 10));
    ASSERT_TRUE(beyond);
    EXPECT_TRUE(beyond->empty());
  }
}

TEST_P(BlobContract, ListsInKeyOrderPageByPage) {
  // '-' and '.' sort before '/', digits and letters after it.
  const std::vector<std::string> sorted = {"a-b/1.png", "a.png",    "a/b-c.png", "a/b.png", "a/b/c.png",
                                           "a/b/d.png", "a/b0.png", "a0.png",    "b/1.png", "c.png"};
  ASSERT_TRUE(std::ranges::is_sorted(sorted));
  std::vector<std::string> shuffled = sorted;
  std::ranges::shuffle(shuffled, std::mt19937(7));
  for (const std::string& key : shuffled) ASSERT_TRUE(put(store(), key, pattern(key.size())));
  for (const std::size_t limit : {1UL, 2UL, 3UL, 9UL, 10UL, 1000UL}) {
    for (const std::string prefix : {"", "a", "a/", "a/b", "a/b/", "a/b.", "b/1.png", "d", "a/x/y", "c.png/"}) {
      SCOPED_TRACE(fmt::format("prefix '{}', pages of {}", prefix, limit));
      std::vector<std::string> expected;
      std::ranges::copy_if(sorted, std::back_inserter(expected),
                           [&](const std::string& key) { return key.starts_with(prefix); });
      EXPECT_EQ(list_all(store(), prefix, limit), expected);
    }
  }
}

TEST_P(BlobContract, ListTellsSizeAndAge) {
  ASSERT_TRUE(put(store(), kKey, pattern(12'345)));
  const auto page = net::run_sync(store().list("", "", 10));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->blobs.size(), 1U);
  EXPECT_EQ(page->blobs[0].size, 12'345U);
  EXPECT_GT(page->blobs[0].modified.ms, 1'600'000'000'000);
}

TEST_P(BlobContract, ListGoesOnAfterACursorWhoseBlobIsGone) {
  for (const char* key : {"a/1.png", "a/2.png", "a/3.png"}) ASSERT_TRUE(put(store(), key, pattern(1)));
  const auto page = net::run_sync(store().list("", "", 2));
  ASSERT_TRUE(page);
  ASSERT_FALSE(page->next_cursor.empty());
  ASSERT_TRUE(net::run_sync(store().remove("a/2.png")));
  const auto rest = net::run_sync(store().list("", page->next_cursor, 2));
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->blobs.size(), 1U);
  EXPECT_EQ(rest->blobs[0].key, "a/3.png");
  EXPECT_TRUE(rest->next_cursor.empty());
}

TEST_P(BlobContract, ConcurrentCommitsOfOneKeyHaveOneWinner) {
  std::atomic<int> winners{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const auto result = put(store(), kKey, pattern(5'000 + i, i));
        if (result) ++winners;
        if (code_of(result) == ErrorCode::already_exists) ++refused;
      });
    }
  }
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(refused, 7);
  const auto bytes = get(store(), kKey);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, pattern(bytes->size(), bytes->size() - 5'000));
}

TEST_P(BlobContract, ConcurrentUploadsDoNotMix) {
  std::atomic<int> failures{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        for (std::uint64_t j = 0; j < 4; ++j) {
          const auto bytes = pattern(150'000 * (j + 1), i * 10 + j);
          const std::string key = fmt::format("users/{}/2026/{}/x.bin", i % 3, i * 10 + j);
          if (!put(store(), key, bytes) || get(store(), key) != bytes) ++failures;
          if (j == 3 && !net::run_sync(store().remove(key))) ++failures;
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(list_all(store(), "", 5).size(), 24U);
  EXPECT_EQ(under_test().staged(), 0U);
}

TEST_P(BlobContract, RefusesWhatIsNoKey) {
  const std::string longest = "a/" + std::string(253, 'a');
  ASSERT_TRUE(put(store(), longest, pattern(1)));
  for (const std::string& key :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."), std::string(".."),
        std::string("a/../b"), std::string("a/./b"), std::string("../a"), std::string("A"), std::string("a_b"),
        std::string("a b"), std::string("a\\b"), std::string("a\0b", 3), std::string("a%2fb"), std::string("ä"),
        std::string("staging"), std::string("staging/a"), longest + "a"}) {
    SCOPED_TRACE(key);
    EXPECT_FALSE(is_valid_key(key));
    EXPECT_EQ(code_of(put(store(), key, pattern(1))), ErrorCode::internal);
    EXPECT_EQ(code_of(get(store(), key)), ErrorCode::internal);
    EXPECT_EQ(code_of(net::run_sync(store().stat(key))), ErrorCode::internal);
    EXPECT_EQ(code_of(net::run_sync(store().remove(key))), ErrorCode::internal);
    EXPECT_EQ(code_of(net::run_sync(store().copy(longest, key))), ErrorCode::internal);
    EXPECT_EQ(code_of(net::run_sync(store().copy(key, "b"))), ErrorCode::internal);
  }
  for (const char* key : {"a", "a/b.c-d/0", "...", "stagingx/b", "a/staging/b", "-a"}) EXPECT_TRUE(is_valid_key(key));
  EXPECT_EQ(list_all(store(), "", 10).size(), 1U);
}

TEST_P(BlobContract, KeepsTheStoreId) {
  const auto none = net::run_sync(store().store_id());
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  ASSERT_TRUE(net::run_sync(store().set_store_id("0190c0de-store")));
  EXPECT_EQ(store_id_of(store()), "0190c0de-store");
  ASSERT_TRUE(net::run_sync(store().set_store_id("another")));
  EXPECT_EQ(store_id_of(store()), "another");
  EXPECT_TRUE(list_all(store(), "", 10).empty());
}

TEST_P(BlobContract, StoreIdMustBeVisibleText) {
  for (const std::string& id : {std::string(), std::string("a b"), std::string("a\n"), std::string(129, 'a')}) {
    EXPECT_EQ(code_of(net::run_sync(store().set_store_id(id))), ErrorCode::internal);
  }
  const auto none = net::run_sync(store().store_id());
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
}

TEST_P(BlobContract, TellsFreeRoomOrThatItCannot) {
  const auto before = store().free_bytes();
  if (before) {
    EXPECT_GT(*before, 0U);
    Expected expected;
    expected.size = UINT64_MAX / 4;
    EXPECT_EQ(code_of(net::run_sync(store().stage(expected))), ErrorCode::disk_full);
  }
}

}  // namespace medialith::blob
