// What the parts of the disk store share: the open root, the switch to read-only, the counters, the planted faults.
#pragma once

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "blob/disk/folders.hpp"
#include "blob/disk/options.hpp"
#include "blob/disk/posix.hpp"
#include "net/runtime.hpp"

namespace medialith::blob {

/// Bytes of an upload that travel together between socket and disk.
inline constexpr std::size_t kPieceSize = 256 * 1024;

/// Thread-safe. Shared by the store and every upload and job of it, so that each may end last; the pool outlives them.
class DiskCore {
 public:
  DiskCore(Descriptor root, Descriptor staging, net::Pool& pool, Random& random, DiskOptions options);

  int root() const { return root_.get(); }
  int staging() const { return staging_.get(); }
  net::Pool& pool() const { return pool_; }
  const DiskOptions& options() const { return options_; }
  FolderCache& folders() { return folders_; }

  /// A name in the staging folder that nothing else has, marked as made by this process.
  std::string staging_name();
  /// True for names that staging_name() of this object made.
  bool is_own_staging_name(std::string_view name) const { return name.starts_with(boot_); }

  /// True when staging files without a name (O_TMPFILE) can be made and linked here; found out by use_nameless().
  bool nameless() const { return nameless_; }
  void use_nameless(bool works) { nameless_ = works; }

  void reached(std::string_view point) const {
    if (options_.faults.at) options_.faults.at(point);
  }
  /// Makes a call that answers 0 or an errno, unless a planted error stands in for it.
  template <class Call>
  int attempt(std::string_view name, Call call) const {
    if (options_.faults.error) {
      if (const int error = options_.faults.error(name)) return error;
    }
    return call();
  }
  /// The same for calls that answer 0, or -1 and errno.
  template <class Call>
  int attempt_posix(std::string_view name, Call call) const {
    return attempt(name, [&] { return call() >= 0 ? 0 : errno; });
  }

  /// Errors: unavailable, once the store has turned read-only.
  Result<void> writable() const;
  /// From now on writes are refused until the next start; reads go on. The first reason is kept.
  void turn_read_only(std::string reason);
  /// The error of a failed write-like call; a file system that turned read-only turns the store read-only.
  Error write_failed(int error, std::string_view action);
  /// fsync of a file failed: what the kernel had of it may be gone, so nobody may ask again (R-§3.4). Once can be that
  /// one file; a second time the disk is not to be trusted and the store turns read-only.
  Error file_fsync_failed(int error);
  /// Errors: unavailable; the store turns read-only, since nobody knows which names of the folder will be there.
  Error folder_fsync_failed(int error, std::string_view action);

  /// Bytes that may still be taken above the floor.
  OrErrno<std::uint64_t> room() const;
  /// Errors: disk_full, when `bytes` more would go below the floor.
  Result<void> check_room(std::uint64_t bytes) const;

  std::atomic<std::uint64_t> buffered_bytes{0};
  std::atomic<std::uint64_t> file_fsyncs{0};
  std::atomic<std::uint64_t> folder_fsyncs{0};
  DiskHealth health() const;

 private:
  const Descriptor root_;
  const Descriptor staging_;
  net::Pool& pool_;
  Random& random_;
  const DiskOptions options_;
  const std::string boot_;
  std::atomic<std::uint64_t> next_name_{0};
  bool nameless_ = false;  // set once, before anything else runs
  FolderCache folders_;
  std::atomic<int> failed_file_fsyncs_{0};
  std::atomic<bool> read_only_{false};
  mutable std::mutex mutex_;
  std::string reason_;
};

/// A key's folder ("" when it lies in the root) and its name there.
struct KeyParts {
  std::string folder;
  std::string name;
};
KeyParts split_key(std::string_view key);

}  // namespace medialith::blob
