// Folders of the disk store: made durable once, kept open, and fsynced for many at a time.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "blob/disk/posix.hpp"
#include "net/completion.hpp"

namespace medialith::blob {

class DiskCore;

/// One open folder. Thread-safe.
class Folder {
 public:
  Folder(Descriptor fd, bool durable) : fd_(std::move(fd)), durable_(durable) {}
  int fd() const { return fd_.get(); }

  /// The folder's own name is known to survive power loss.
  bool durable() const { return durable_.load(std::memory_order_acquire); }
  void set_durable() { durable_.store(true, std::memory_order_release); }

  /// Makes every name put in or taken out of the folder before this call durable, then calls `done`: on this thread,
  /// which blocks, or on the thread that is at it already. One fsync serves all who called before it began.
  /// Errors: outcome_unknown, and the store turns read-only.
  static void sync(const std::shared_ptr<Folder>& folder, DiskCore& core, net::Completion done);

 private:
  const Descriptor fd_;
  std::atomic<bool> durable_;
  std::mutex mutex_;
  bool syncing_ = false;                  // guarded by mutex_, as is:
  std::vector<net::Completion> waiting_;  // called when the next fsync, not the running one, has ended
};

/// The folders used last. Thread-safe; blocks.
class FolderCache {
 public:
  FolderCache(DiskCore& core, std::size_t capacity) : core_(core), capacity_(capacity) {}

  /// The folder at `path` ("" is the root), or null when there is none. Errors: blob_corrupt when something else is in
  /// the way, overloaded, internal.
  Result<std::shared_ptr<Folder>> find(const std::string& path);
  /// The same folder, made with every parent if need be, each followed by an fsync of its parent.
  /// Errors: disk_full, unavailable, blob_corrupt, overloaded, internal.
  Result<std::shared_ptr<Folder>> make(const std::string& path);
  /// Forgets all folders, because one turned out to be gone from the disk.
  void clear();

 private:
  std::shared_ptr<Folder> cached(const std::string& path);
  std::shared_ptr<Folder> keep(const std::string& path, std::shared_ptr<Folder> folder);
  Result<std::shared_ptr<Folder>> make_in(const std::shared_ptr<Folder>& parent, const std::string& path);
  Result<void> make_durable(Folder& parent, Folder& child);

  DiskCore& core_;
  const std::size_t capacity_;
  std::mutex mutex_;
  using Entry = std::pair<std::string, std::shared_ptr<Folder>>;
  std::list<Entry> used_;  // guarded by mutex_; the front was used last
  std::unordered_map<std::string, std::list<Entry>::iterator> by_path_;
};

}  // namespace medialith::blob
