// A disk store in a folder of its own, and what a test wants to know of that folder.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "blob/disk/disk_store.hpp"
#include "blob/testing/thread_pool.hpp"

namespace medialith::blob {

/// A new folder below `parent` (by default the one for temporary files), removed with its owner.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string name = (parent / "blob-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Built in place; the folder holds `outside/`, which is not the store's, and `root/`, which is.
class DiskFixture {
 public:
  explicit DiskFixture(DiskOptions options = {}, std::size_t threads = 4,
                       const std::filesystem::path& parent = std::filesystem::temp_directory_path())
      : folder_(parent), pool_(std::make_unique<ThreadPool>(threads)) {
    std::filesystem::create_directory(root());
    std::filesystem::create_directory(outside());
    auto opened = DiskStore::open(root().string(), *pool_, random_, std::move(options));
    if (!opened) throw std::runtime_error(opened.error().detail);
    store_ = std::move(*opened);
  }

  DiskStore& store() { return *store_; }
  ThreadPool& pool() { return *pool_; }
  Random& random() { return random_; }
  std::filesystem::path root() const { return folder_.path() / "root"; }
  std::filesystem::path outside() const { return folder_.path() / "outside"; }

  /// Buffers, names in the staging folder and open nameless files, once the pool has come to rest.
  std::size_t staged() {
    pool_->drain();
    std::size_t count = store_->health().buffered_bytes;
    for (const auto& entry : std::filesystem::directory_iterator(root() / kStagingFolder)) count += entry.exists();
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
      count += target.starts_with(root().string()) && target.ends_with("(deleted)");
    }
    return count;
  }

 private:
  TemporaryFolder folder_;
  SystemRandom random_;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<DiskStore> store_;
};

}  // namespace medialith::blob
