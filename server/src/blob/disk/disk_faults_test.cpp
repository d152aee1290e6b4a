// What a disk store does when the disk fails and when somebody planted files.
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "blob/disk/disk_store.hpp"
#include "blob/testing/contract_suite.hpp"
#include "blob/testing/disk_fixture.hpp"

namespace medialith::blob {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "users/u/2026/11/a.png";
constexpr const char* kNeighbour = "users/u/2026/11/b.png";

/// Errors to report for calls to come: each name once per entry, or for good. Thread-safe.
class PlantedErrors {
 public:
  std::function<int(std::string_view)> hook() {
    return [this](std::string_view call) {
      const std::scoped_lock lock(mutex_);
      const auto found = planted_.find(std::string(call));
      if (found == planted_.end()) return 0;
      const int error = found->second;
      planted_.erase(found);
      return error;
    };
  }
  void once(const std::string& call, int error) {
    const std::scoped_lock lock(mutex_);
    planted_[call] = error;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> planted_;
};

class DiskFaultsTest : public testing::Test {
 protected:
  PlantedErrors errors;
  DiskFixture disk{{.faults = {.error = errors.hook()}}};
  DiskStore& store = disk.store();

  void expect_writable() {
    EXPECT_TRUE(store.health().writable) << store.health().reason;
    EXPECT_EQ(disk.staged(), 0U);
    EXPECT_TRUE(put(store, "after/the/fault.png", pattern(10)));
  }
  void expect_read_only(const std::string& readable_key) {
    EXPECT_FALSE(store.health().writable);
    EXPECT_FALSE(store.health().reason.empty());
    EXPECT_EQ(code_of(put(store, "z", pattern(10))), ErrorCode::unavailable);
    EXPECT_EQ(code_of(net::run_sync(store.remove(readable_key))), ErrorCode::unavailable);
    EXPECT_EQ(code_of(net::run_sync(store.copy(readable_key, "z"))), ErrorCode::unavailable);
    EXPECT_EQ(code_of(net::run_sync(store.set_store_id("x"))), ErrorCode::unavailable);
    EXPECT_TRUE(get(store, readable_key));
    EXPECT_EQ(disk.staged(), 0U);
  }
};

TEST_F(DiskFaultsTest, NoRoomAtAnyStepIsDiskFullAndLeavesNothing) {
  for (const int error : {ENOSPC, EDQUOT}) {
    for (const char* call : {"open", "write", "write_back", "file_fsync", "make_folder", "link"}) {
      SCOPED_TRACE(call);
      DiskFixture fresh({.faults = {.error = errors.hook()}});
      errors.once(call, error);
      EXPECT_EQ(code_of(put(fresh.store(), kKey, pattern(6'000'000))), ErrorCode::disk_full);
      EXPECT_EQ(fresh.staged(), 0U);
      EXPECT_TRUE(list_all(fresh.store(), "", 10).empty());
      EXPECT_TRUE(fresh.store().health().writable);
      EXPECT_TRUE(put(fresh.store(), kKey, pattern(10)));
    }
  }
}

TEST_F(DiskFaultsTest, AKnownLengthThatDoesNotFitIsRefusedAtOnce) {
  Expected expected;
  expected.size = 50'000'000;
  errors.once("fallocate", ENOSPC);
  EXPECT_EQ(code_of(net::run_sync(store.stage(expected))), ErrorCode::disk_full);
  expect_writable();
}

TEST_F(DiskFaultsTest, AFileSystemWithoutFallocateIsFine) {
  Expected expected;
  expected.size = 2'000'000;
  errors.once("fallocate", EOPNOTSUPP);
  EXPECT_TRUE(put(store, kKey, pattern(2'000'000), expected));
}

TEST_F(DiskFaultsTest, AFileSystemWithoutEarlyWriteBackIsFine) {
  errors.once("write_back", EINVAL);
  EXPECT_TRUE(put(store, kKey, pattern(6'000'000)));
  EXPECT_EQ(get(store, kKey), pattern(6'000'000));
}

TEST_F(DiskFaultsTest, AFailedFsyncIsNeverAskedAgain) {
  auto staging = net::run_sync(store.stage({}));
  ASSERT_TRUE(staging && net::run_sync((*staging)->write(pattern(10))) && net::run_sync((*staging)->finish()));
  errors.once("file_fsync", EIO);
  EXPECT_EQ(code_of(net::run_sync((*staging)->commit(kKey))), ErrorCode::internal);
  EXPECT_FALSE(net::run_sync((*staging)->commit(kKey)));
  EXPECT_EQ(store.health().file_fsyncs, 1U);
  EXPECT_EQ(code_of(get(store, kKey)), ErrorCode::blob_missing);
  staging->reset();
  expect_writable();
}

TEST_F(DiskFaultsTest, ASecondFailedFsyncTurnsTheStoreReadOnly) {
  ASSERT_TRUE(put(store, kKey, pattern(10)));
  errors.once("file_fsync", EIO);
  EXPECT_EQ(code_of(put(store, kNeighbour, pattern(10))), ErrorCode::internal);
  errors.once("write_back", EIO);
  EXPECT_EQ(code_of(put(store, kNeighbour, pattern(10))), ErrorCode::internal);
  expect_read_only(kKey);
}

TEST_F(DiskFaultsTest, AFailedFolderFsyncIsAnUnknownOutcome) {
  ASSERT_TRUE(put(store, kKey, pattern(10)));
  errors.once("directory_fsync", EIO);
  EXPECT_EQ(code_of(put(store, kNeighbour, pattern(10))), ErrorCode::outcome_unknown);
  expect_read_only(kKey);
}

TEST_F(DiskFaultsTest, ARemovalWithAFailedFolderFsyncIsAnUnknownOutcome) {
  ASSERT_TRUE(put(store, kKey, pattern(10)));
  ASSERT_TRUE(put(store, kNeighbour, pattern(10)));
  errors.once("directory_fsync", EIO);
  EXPECT_EQ(code_of(net::run_sync(store.remove(kNeighbour))), ErrorCode::outcome_unknown);
  expect_read_only(kKey);
}

TEST_F(DiskFaultsTest, AFailedParentFsyncLinksNothing) {
  ASSERT_TRUE(put(store, kKey, pattern(10)));
  errors.once("parent_fsync", EIO);
  EXPECT_EQ(code_of(put(store, "other/folder/a.png", pattern(10))), ErrorCode::unavailable);
  EXPECT_EQ(list_all(store, "", 10), std::vector<std::string>{kKey});
  expect_read_only(kKey);
}

TEST_F(DiskFaultsTest, AReadOnlyFileSystemTurnsTheStoreReadOnly) {
  for (const char* call : {"open", "write", "link", "make_folder"}) {
    SCOPED_TRACE(call);
    DiskFixture fresh({.faults = {.error = errors.hook()}});
    ASSERT_TRUE(put(fresh.store(), kKey, pattern(10)));
    errors.once(call, EROFS);
    EXPECT_EQ(code_of(put(fresh.store(), "new/b.png", pattern(10))), ErrorCode::unavailable);
    EXPECT_FALSE(fresh.store().health().writable);
    EXPECT_TRUE(get(fresh.store(), kKey));
  }
}

TEST_F(DiskFaultsTest, WithoutDescriptorsItIsOverloaded) {
  errors.once("open", EMFILE);
  EXPECT_EQ(code_of(put(store, kKey, pattern(10))), ErrorCode::overloaded);
  expect_writable();
}

TEST_F(DiskFaultsTest, OtherFailuresAreInternal) {
  ASSERT_TRUE(put(store, kKey, pattern(10)));
  errors.once("unlink", EIO);
  EXPECT_EQ(code_of(net::run_sync(store.remove(kKey))), ErrorCode::internal);
  errors.once("link", EPERM);
  EXPECT_EQ(code_of(net::run_sync(store.copy(kKey, kNeighbour))), ErrorCode::internal);
  errors.once("write", EIO);
  EXPECT_EQ(code_of(put(store, kNeighbour, pattern(10))), ErrorCode::internal);
  EXPECT_TRUE(get(store, kKey));
  expect_writable();
}

TEST_F(DiskFaultsTest, ABlobThatCannotBeReadIsCorrupt) {
  ASSERT_TRUE(put(store, kKey, pattern(10)));
  errors.once("read", EIO);
  EXPECT_EQ(code_of(get(store, kKey)), ErrorCode::blob_corrupt);
}

TEST_F(DiskFaultsTest, ABlobThatGotShorterIsCorrupt) {
  ASSERT_TRUE(put(store, kKey, pattern(100'000)));
  auto reader = net::run_sync(store.open(kKey, {}));
  ASSERT_TRUE(reader);
  ASSERT_EQ(::truncate((disk.root() / kKey).c_str(), 50'000), 0);
  std::vector<std::byte> out(60'000);
  EXPECT_EQ(code_of(net::run_sync((*reader)->read(out))), ErrorCode::blob_corrupt);
}

TEST_F(DiskFaultsTest, ACopyBeyondTheLastLinkHasBytesOfItsOwn) {
  const auto bytes = pattern(600'000);
  ASSERT_TRUE(put(store, kKey, bytes));
  errors.once("link", EMLINK);
  ASSERT_TRUE(net::run_sync(store.copy(kKey, kNeighbour)));
  EXPECT_EQ(get(store, kNeighbour), bytes);
  EXPECT_EQ(fs::hard_link_count(disk.root() / kNeighbour), 1U);
  errors.once("link", EMLINK);
  EXPECT_EQ(code_of(net::run_sync(store.copy(kKey, kNeighbour))), ErrorCode::already_exists);
  expect_writable();
}

TEST_F(DiskFaultsTest, BelowTheFloorUploadsAreRefusedAndRemovalsAreNot) {
  ASSERT_TRUE(put(store, kKey, pattern(10)));
  auto full = DiskStore::open(disk.root().string(), disk.pool(), disk.random(), {.free_floor = UINT64_MAX});
  ASSERT_TRUE(full);
  EXPECT_EQ((*full)->free_bytes(), 0U);
  EXPECT_EQ(code_of(net::run_sync((*full)->stage({}))), ErrorCode::disk_full);
  EXPECT_EQ(code_of(net::run_sync((*full)->copy(kKey, kNeighbour))), ErrorCode::disk_full);
  EXPECT_TRUE(get(**full, kKey));
  EXPECT_TRUE(net::run_sync((*full)->remove(kKey)));
}

/// A limit on the size of files, so that a real write really fails, without rights and on any machine.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &previous_);
    const rlimit limit{bytes, previous_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, previous_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit previous_{};
  void (*previous_handler_)(int);
};

TEST_F(DiskFaultsTest, AWriteThatStopsHalfWayIsDiskFull) {
  {
    const FileSizeLimit limit(3'000'001);
    EXPECT_EQ(code_of(put(store, kKey, pattern(3'000'002))), ErrorCode::disk_full);
    Expected expected;
    expected.size = 3'000'002;
    EXPECT_EQ(code_of(net::run_sync(store.stage(expected))), ErrorCode::disk_full);
    EXPECT_TRUE(put(store, kNeighbour, pattern(3'000'001)));
  }
  expect_writable();
}

/// A tmpfs of 16 MiB. Only root may mount one.
class SmallFileSystem {
 public:
  SmallFileSystem() : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=16m") == 0) {}
  ~SmallFileSystem() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  bool mounted() const { return mounted_; }
  const fs::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  bool mounted_;
};

TEST(DiskFull, UploadsAreRefusedUntilSomethingIsRemoved) {
  const SmallFileSystem small;
  if (!small.mounted()) {
    ASSERT_NE(::geteuid(), 0U) << "root, but mounting a tmpfs failed: errno " << errno;
    GTEST_SKIP() << "NOT TESTED: a disk that is really full needs the right to mount a tmpfs";
  }
  DiskFixture disk({.free_floor = 0}, 4, small.path());
  EXPECT_EQ(disk.store().file_system_kind().name, "tmpfs");
  EXPECT_FALSE(disk.store().file_system_kind().warning.empty());
  ASSERT_TRUE(put(disk.store(), kKey, pattern(8'000'000)));
  EXPECT_EQ(code_of(put(disk.store(), kNeighbour, pattern(12'000'000))), ErrorCode::disk_full);
  EXPECT_EQ(disk.staged(), 0U);
  Expected expected;
  expected.size = 12'000'000;
  EXPECT_EQ(code_of(net::run_sync(disk.store().stage(expected))), ErrorCode::disk_full);
  EXPECT_EQ(get(disk.store(), kKey), pattern(8'000'000));
  ASSERT_TRUE(net::run_sync(disk.store().remove(kKey)));
  EXPECT_TRUE(put(disk.store(), kNeighbour, pattern(12'000'000), expected));
}

TEST(DiskFull, TheFloorStopsAStreamOfUnknownLength) {
  const SmallFileSystem small;
  if (!small.mounted()) {
    ASSERT_NE(::geteuid(), 0U) << "root, but mounting a tmpfs failed: errno " << errno;
    GTEST_SKIP() << "NOT TESTED: a disk that is really full needs the right to mount a tmpfs";
  }
  DiskFixture disk({.free_floor = 8ULL << 20}, 4, small.path());
  EXPECT_EQ(code_of(put(disk.store(), kKey, pattern(12'000'000))), ErrorCode::disk_full);
  EXPECT_EQ(disk.staged(), 0U);
}

/// Puts things into the store's folder that the store never made.
class PlantedFilesTest : public testing::Test {
 protected:
  DiskFixture disk;
  DiskStore& store = disk.store();
  const fs::path folder = disk.root() / "users/u/2026/11";
  const fs::path secret = disk.outside() / "secret";

  void SetUp() override {
    fs::create_directories(folder);
    std::ofstream(secret) << "secret";
  }
  void expect_corrupt() {
    EXPECT_EQ(code_of(get(store, kKey)), ErrorCode::blob_corrupt);
    EXPECT_EQ(code_of(net::run_sync(store.stat(kKey))), ErrorCode::blob_corrupt);
    EXPECT_EQ(code_of(net::run_sync(store.copy(kKey, kNeighbour))), ErrorCode::blob_corrupt);
    EXPECT_FALSE(fs::exists(disk.root() / kNeighbour));
  }
};

TEST_F(PlantedFilesTest, SymbolicLink) {
  fs::create_symlink(secret, disk.root() / kKey);
  expect_corrupt();
  EXPECT_EQ(code_of(put(store, kKey, pattern(10))), ErrorCode::already_exists);
  EXPECT_TRUE(net::run_sync(store.remove(kKey)));
  EXPECT_TRUE(fs::exists(secret));
}

TEST_F(PlantedFilesTest, SymbolicLinkInsideTheStore) {
  ASSERT_TRUE(put(store, kNeighbour, pattern(10)));
  fs::create_symlink("b.png", disk.root() / kKey);
  EXPECT_EQ(code_of(get(store, kKey)), ErrorCode::blob_corrupt);
}

TEST_F(PlantedFilesTest, SymbolicLinkToAFolder) {
  fs::remove(folder);
  fs::create_directory_symlink(disk.outside(), folder);
  std::ofstream(disk.outside() / "a.png") << "x";
  expect_corrupt();
  EXPECT_EQ(code_of(put(store, kNeighbour, pattern(10))), ErrorCode::blob_corrupt);
  EXPECT_FALSE(fs::exists(disk.outside() / "b.png"));
  EXPECT_FALSE(net::run_sync(store.remove(kKey)));
  EXPECT_TRUE(fs::exists(disk.outside() / "a.png"));
}

TEST_F(PlantedFilesTest, Fifo) {
  ASSERT_EQ(::mkfifo((disk.root() / kKey).c_str(), 0600), 0);
  expect_corrupt();
}

TEST_F(PlantedFilesTest, Socket) {
  // The path of a socket is short: it is made next to the store's folder and moved.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (disk.outside() / "s").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  fs::rename(path, disk.root() / kKey);
  expect_corrupt();
}

TEST_F(PlantedFilesTest, Folder) {
  fs::create_directory(disk.root() / kKey);
  expect_corrupt();
}

TEST_F(PlantedFilesTest, FileWhereAFolderShouldBe) {
  fs::remove(folder);
  std::ofstream(folder) << "x";
  EXPECT_EQ(code_of(get(store, kKey)), ErrorCode::blob_corrupt);
  EXPECT_EQ(code_of(put(store, kKey, pattern(10))), ErrorCode::blob_corrupt);
}

TEST_F(PlantedFilesTest, HardLink) {
  fs::create_hard_link(secret, disk.root() / kKey);
  expect_corrupt();
}

TEST_F(PlantedFilesTest, StagingFolderElsewhere) {
  fs::remove(disk.root() / kStagingFolder);
  fs::create_directory_symlink(disk.outside(), disk.root() / kStagingFolder);
  EXPECT_EQ(code_of(DiskStore::open(disk.root().string(), disk.pool(), disk.random())), ErrorCode::unavailable);
}

TEST_F(PlantedFilesTest, StoreId) {
  std::ofstream(disk.root() / "STORE_ID") << "two words\n";
  EXPECT_EQ(code_of(net::run_sync(store.store_id())), ErrorCode::blob_corrupt);
  std::ofstream(disk.root() / "STORE_ID") << "";
  EXPECT_EQ(code_of(net::run_sync(store.store_id())), ErrorCode::blob_corrupt);
  fs::remove(disk.root() / "STORE_ID");
  fs::create_symlink(secret, disk.root() / "STORE_ID");
  EXPECT_FALSE(net::run_sync(store.store_id()));
}

}  // namespace
}  // namespace medialith::blob
