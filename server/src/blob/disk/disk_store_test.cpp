// What a disk store does beyond the contract: steps and their order, limits, its own files.
#include "blob/disk/disk_store.hpp"

#include <array>
#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob/testing/contract_suite.hpp"
#include "blob/testing/disk_fixture.hpp"

namespace medialith::blob {
namespace {

namespace fs = std::filesystem;

class DiskUnderTest final : public StoreUnderTest {
 public:
  explicit DiskUnderTest(DiskOptions options) : disk_(std::move(options)) {}
  BlobStore& store() override { return disk_.store(); }
  std::size_t staged() override { return disk_.staged(); }

 private:
  DiskFixture disk_;
};

ContractCase contract_case(std::string name, DiskOptions options) {
  return {std::move(name), [options] { return std::make_unique<DiskUnderTest>(options); }};
}

INSTANTIATE_TEST_SUITE_P(Disk, BlobContract,
                         testing::Values(contract_case("nameless", {}), contract_case("named", {.named_staging = true}),
                                         // Nearly every call has to open its folders again.
                                         contract_case("one_open_folder", {.open_folders = 1})),
                         case_name);

constexpr const char* kKey = "users/u/2026/11/a.png";
constexpr const char* kNeighbour = "users/u/2026/11/b.png";

/// Keeps what a store reports to DiskFaults::at. Thread-safe.
class Steps {
 public:
  std::function<void(std::string_view)> hook() {
    return [this](std::string_view point) {
      const std::scoped_lock lock(mutex_);
      steps_.emplace_back(point);
    };
  }
  std::vector<std::string> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(steps_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> steps_;
};

TEST(DiskStore, SyncsFileThenLinksThenSyncsFolder) {
  Steps steps;
  DiskFixture disk({.faults = {.at = steps.hook()}});
  ASSERT_TRUE(put(disk.store(), kKey, pattern(1000)));
  const std::vector<std::string> first = {
      "after_open",         "after_write",        "before_file_fsync",  "after_file_fsync", "after_parent_fsync",
      "after_parent_fsync", "after_parent_fsync", "after_parent_fsync", "after_link",       "after_directory_fsync"};
  EXPECT_EQ(steps.take(), first);
  ASSERT_TRUE(put(disk.store(), kNeighbour, pattern(1000)));
  const std::vector<std::string> second = {"after_open",       "after_write", "before_file_fsync",
                                           "after_file_fsync", "after_link",  "after_directory_fsync"};
  EXPECT_EQ(steps.take(), second);
  ASSERT_TRUE(net::run_sync(disk.store().remove(kKey)));
  EXPECT_EQ(steps.take(), (std::vector<std::string>{"unlink", "after_directory_fsync"}));
  ASSERT_TRUE(net::run_sync(disk.store().copy(kNeighbour, kKey)));
  EXPECT_EQ(steps.take(), (std::vector<std::string>{"after_link", "after_directory_fsync"}));
}

TEST(DiskStore, CountsItsFlushes) {
  DiskFixture disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(1000)));
  EXPECT_EQ(disk.store().health().file_fsyncs, 1U);
  EXPECT_EQ(disk.store().health().folder_fsyncs, 5U);  // four new folders, and the one that took the name
  ASSERT_TRUE(put(disk.store(), kNeighbour, pattern(5'000'000)));
  EXPECT_EQ(disk.store().health().file_fsyncs, 2U);
  EXPECT_EQ(disk.store().health().folder_fsyncs, 6U);
}

TEST(DiskStore, FoldersOfAnEarlierRunAreSyncedAgain) {
  DiskFixture disk;
  fs::create_directories(disk.root() / "users/u/2026/11");  // its maker may have died before the fsync
  ASSERT_TRUE(put(disk.store(), kKey, pattern(1000)));
  EXPECT_EQ(disk.store().health().folder_fsyncs, 5U);
}

TEST(DiskStore, PlantedBugsLeaveOutTheirFlush) {
  const auto flushes = [](DiskFaults faults) {
    DiskFixture disk({.faults = std::move(faults)});
    EXPECT_TRUE(put(disk.store(), kKey, pattern(1000)));
    return std::pair(disk.store().health().file_fsyncs, disk.store().health().folder_fsyncs);
  };
  EXPECT_EQ(flushes({}), std::pair(1UL, 5UL));
  EXPECT_EQ(flushes({.no_file_fsync = true}), std::pair(0UL, 5UL));
  EXPECT_EQ(flushes({.no_directory_fsync = true}), std::pair(1UL, 4UL));
  EXPECT_EQ(flushes({.no_parent_fsync = true}), std::pair(1UL, 1UL));
}

TEST(DiskStore, OneFolderFsyncServesAllWhoLinkedBefore) {
  constexpr std::size_t kUploads = 6;
  DiskFixture* fixture = nullptr;
  std::atomic<std::size_t> all_posted{SIZE_MAX};
  std::atomic<bool> first{true};
  DiskFaults faults;
  faults.error = [&](std::string_view call) {
    // The first to come holds its fsync back until the others have linked and wait.
    if (call == "directory_fsync" && all_posted != SIZE_MAX && first.exchange(false)) {
      fixture->pool().wait_for_others(all_posted);
    }
    return 0;
  };
  DiskFixture disk({.faults = faults}, 2);
  fixture = &disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(10)));
  std::vector<std::unique_ptr<Staging>> uploads;
  for (std::size_t i = 0; i < kUploads; ++i) {
    auto staging = net::run_sync(disk.store().stage({}));
    ASSERT_TRUE(staging);
    ASSERT_TRUE(net::run_sync((*staging)->write(pattern(1000))));
    ASSERT_TRUE(net::run_sync((*staging)->finish()));
    uploads.push_back(std::move(*staging));
  }
  const auto before = disk.store().health().folder_fsyncs;
  all_posted = disk.pool().posted() + kUploads;
  std::atomic<std::size_t> committed{0};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kUploads; ++i) {
      threads.emplace_back([&, i] {
        committed += net::run_sync(uploads[i]->commit(fmt::format("users/u/2026/11/{}.png", i))).has_value();
      });
    }
  }
  EXPECT_EQ(committed, kUploads);
  EXPECT_EQ(disk.store().health().folder_fsyncs - before, 2U);
}

TEST(DiskStore, SmallUploadsTakeTwoHops) {
  DiskFixture disk;
  const auto bytes = pattern(262'144);
  ASSERT_TRUE(put(disk.store(), kKey, bytes));
  const std::size_t before = disk.pool().posted();
  ASSERT_TRUE(put(disk.store(), kNeighbour, bytes));
  EXPECT_EQ(disk.pool().posted() - before, 2U);  // hash and write; fsync, link and fsync
}

TEST(DiskStore, BlobsArePrivateAndNobodyMayWriteThem) {
  DiskFixture disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(10)));
  struct stat info{};
  ASSERT_EQ(::stat((disk.root() / kKey).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0400U);
  ASSERT_EQ(::stat((disk.root() / "users").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700U);
}

TEST(DiskStore, AFullPoolIsOverload) {
  DiskFixture disk;
  auto staging = net::run_sync(disk.store().stage({}));
  ASSERT_TRUE(staging);
  ASSERT_TRUE(net::run_sync((*staging)->write(pattern(1000))));
  ASSERT_TRUE(net::run_sync((*staging)->finish()));
  disk.pool().refusing = true;
  EXPECT_EQ(code_of(net::run_sync((*staging)->commit(kKey))), ErrorCode::overloaded);
  EXPECT_EQ(code_of(put(disk.store(), kNeighbour, pattern(1'000'000))), ErrorCode::overloaded);
  EXPECT_EQ(code_of(put(disk.store(), kNeighbour, pattern(10))), ErrorCode::overloaded);
  EXPECT_EQ(code_of(net::run_sync(disk.store().remove(kKey))), ErrorCode::overloaded);
  Expected large;
  large.size = 10'000'000;
  EXPECT_EQ(code_of(net::run_sync(disk.store().stage(large))), ErrorCode::overloaded);
  disk.pool().refusing = false;
  EXPECT_TRUE(net::run_sync((*staging)->commit(kKey)));
  staging->reset();
  EXPECT_EQ(disk.staged(), 0U);
  EXPECT_EQ(list_all(disk.store(), "", 10), std::vector<std::string>{kKey});
}

TEST(DiskStore, UploadCutWhileAPieceIsWrittenLeavesNothing) {
  for (const bool named : {false, true}) {
    std::atomic<bool> cut{false};
    DiskFaults faults;
    faults.at = [&](std::string_view point) {
      if (point == "after_write") cut.wait(false);
    };
    DiskFixture disk({.named_staging = named, .faults = faults});
    auto staging = net::run_sync(disk.store().stage({}));
    ASSERT_TRUE(staging);
    ASSERT_TRUE(net::run_sync((*staging)->write(pattern(300'000))));
    staging->reset();
    cut = true;
    cut.notify_all();
    EXPECT_EQ(disk.staged(), 0U);
  }
}

std::size_t peak_resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6));
  }
  ADD_FAILURE() << "no VmHWM in /proc/self/status";
  return 0;
}

TEST(DiskStore, AStreamOfAGigabyteTakesTwoPiecesOfMemory) {
  // In memory rather than on the disk where that is possible: it is our own memory that is measured.
  const fs::path parent = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
  DiskFixture disk({}, 4, parent);
  const auto slice = pattern(65'536);
  const std::size_t before = peak_resident_kb();
  const std::uint64_t buffered =
      net::run_sync([](DiskStore& store, std::span<const std::byte> bytes) -> Task<std::uint64_t> {
        std::uint64_t most = 0;
        auto staging = co_await store.stage({});
        for (std::size_t i = 0; i < 16'384; ++i) {
          if (!co_await (*staging)->write(bytes)) co_return UINT64_MAX;
          most = std::max(most, store.health().buffered_bytes);
        }
        co_return most;
      }(disk.store(), slice));
  EXPECT_EQ(buffered, 512U * 1024);
  EXPECT_LE(peak_resident_kb() - before, 64U * 1024);  // the sanitizers keep freed memory for a while
  EXPECT_EQ(disk.staged(), 0U);
}

TEST(DiskStore, GivesTheFileToSend) {
  DiskFixture disk;
  const auto bytes = pattern(1000);
  ASSERT_TRUE(put(disk.store(), kKey, bytes));
  auto reader = net::run_sync(disk.store().open(kKey, {100, 200}));
  ASSERT_TRUE(reader);
  const auto file = (*reader)->file();
  ASSERT_TRUE(file);
  EXPECT_EQ(file->offset, 100U);
  EXPECT_EQ(file->length, 200U);
  std::array<std::byte, 1> byte{};
  ASSERT_EQ(::pread(file->fd, byte.data(), 1, 299), 1);
  EXPECT_EQ(byte[0], bytes[299]);
}

TEST(DiskStore, AFolderRemovedByHandIsMadeAgain) {
  DiskFixture disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(10)));
  fs::remove_all(disk.root() / "users");
  EXPECT_EQ(code_of(get(disk.store(), kKey)), ErrorCode::blob_missing);
  ASSERT_TRUE(put(disk.store(), kKey, pattern(20)));
  EXPECT_EQ(get(disk.store(), kKey), pattern(20));
}

TEST(DiskStore, ReadsAStoreWrittenBefore) {
  DiskFixture disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(10)));
  ASSERT_TRUE(net::run_sync(disk.store().set_store_id("id-1")));
  auto again = DiskStore::open(disk.root().string(), disk.pool(), disk.random());
  ASSERT_TRUE(again);
  EXPECT_EQ(get(**again, kKey), pattern(10));
  EXPECT_EQ(store_id_of(**again), "id-1");
  EXPECT_TRUE((*again)->probe());
  EXPECT_FALSE((*again)->file_system_kind().name.empty());
}

TEST(DiskStore, SweepsWhatAnotherRunLeftInStaging) {
  DiskFixture disk({.named_staging = true});
  const fs::path staging = disk.root() / kStagingFolder;
  for (const char* name : {"0000000000000001-1", "anything"}) std::ofstream(staging / name) << "left";
  auto own = net::run_sync(disk.store().stage({}));
  ASSERT_TRUE(own);
  ASSERT_TRUE(net::run_sync((*own)->write(pattern(1'000'000))));
  EXPECT_EQ(net::run_sync(disk.store().sweep_staging(Time{0})), 0U);
  const Time tomorrow = SystemClock().now() + std::chrono::hours(24);
  EXPECT_EQ(net::run_sync(disk.store().sweep_staging(tomorrow)), 2U);
  EXPECT_EQ(net::run_sync(disk.store().sweep_staging(tomorrow)), 0U);
  ASSERT_TRUE(net::run_sync((*own)->finish()));
  EXPECT_TRUE(net::run_sync((*own)->commit(kKey)));
}

TEST(DiskStore, OpenedToReadMakesNothingAndRefusesWrites) {
  DiskFixture disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(10)));
  ASSERT_TRUE(net::run_sync(disk.store().set_store_id("x")));
  fs::remove_all(disk.root() / "staging");
  const auto store = DiskStore::open_to_read(disk.root().string(), disk.pool(), disk.random()).value();
  EXPECT_EQ(get(*store, kKey).value(), pattern(10));
  EXPECT_EQ(list_all(*store, "", 10), std::vector<std::string>{kKey});
  EXPECT_EQ(net::run_sync(store->store_id()).value(), "x");
  EXPECT_EQ(code_of(put(*store, kNeighbour, pattern(10))), ErrorCode::unavailable);
  EXPECT_EQ(code_of(net::run_sync(store->copy(kKey, kNeighbour))), ErrorCode::unavailable);
  EXPECT_EQ(code_of(net::run_sync(store->remove(kKey))), ErrorCode::unavailable);
  EXPECT_EQ(code_of(net::run_sync(store->set_store_id("y"))), ErrorCode::unavailable);
  EXPECT_FALSE(fs::exists(disk.root() / "staging"));
  EXPECT_FALSE(DiskStore::open_to_read((disk.root() / "nowhere").string(), disk.pool(), disk.random()));
}

TEST(DiskStore, WantsAFolderThatExists) {
  DiskFixture disk;
  const auto missing = DiskStore::open((disk.outside() / "no").string(), disk.pool(), disk.random());
  ASSERT_EQ(code_of(missing), ErrorCode::unavailable);
  EXPECT_NE(missing.error().detail.find("ENOENT"), std::string::npos);
  EXPECT_FALSE(fs::exists(disk.outside() / "no"));
}

TEST(DiskStore, WithItsFolderGoneNothingIsMissing) {
  DiskFixture disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(10)));
  fs::remove_all(disk.root());
  EXPECT_EQ(code_of(get(disk.store(), kKey)), ErrorCode::unavailable);
  EXPECT_FALSE(put(disk.store(), kNeighbour, pattern(10)));
  EXPECT_FALSE(net::run_sync(disk.store().set_store_id("x")));
}

TEST(DiskStore, ListPassesOverWhatIsNoBlob) {
  DiskFixture disk;
  ASSERT_TRUE(put(disk.store(), kKey, pattern(10)));
  ASSERT_TRUE(net::run_sync(disk.store().set_store_id("x")));
  std::ofstream(disk.root() / "users/u/.DS_Store") << "x";
  std::ofstream(disk.root() / "users/u/Thumbs.db") << "x";
  fs::create_directories(disk.root() / "lost+found/a");
  fs::create_directories(disk.root() / "empty/a");
  fs::create_symlink("/etc/passwd", disk.root() / "users/link");
  fs::create_directory_symlink("/etc", disk.root() / "users/folder");
  ASSERT_EQ(::mkfifo((disk.root() / "users/fifo").c_str(), 0600), 0);
  for (const std::size_t limit : {1UL, 100UL})
    EXPECT_EQ(list_all(disk.store(), "", limit), std::vector<std::string>{kKey});
}

}  // namespace
}  // namespace medialith::blob
