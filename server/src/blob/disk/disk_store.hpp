// Blobs as files below one folder: design.md §5 "Blobs". The path of a file is its key.
//
// root/STORE_ID          which store this is
// root/staging/          uploads on their way; what a crash leaves here is swept at the next start
// root/users/…           blobs: regular files nobody may write (0400), in folders of 0700
//
// A blob that was acknowledged survives power loss: the file is fsynced, then linked, then its folder is fsynced, and
// each folder made on the way is followed by an fsync of its parent. Pages are not dropped from the cache after a write
// (POSIX_FADV_DONTNEED): whoever uploads a picture looks at it next.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "blob/disk/options.hpp"
#include "blob/store.hpp"
#include "net/runtime.hpp"

namespace medialith::blob {

class DiskCore;

/// Thread-safe. Capabilities: direct_file, server_copy.
/// After an fsync of a folder failed, a second file's fsync, or with the file system read-only, writes answer
/// unavailable until the next start; reads go on (health() tells).
class DiskStore final : public BlobStore {
 public:
  /// Opens the store in the folder `root`, which has to exist; makes `staging/` in it. One process at a time may do
  /// so: the caller holds the data folder's lock. Blocks. `disk` and `random` outlive the store and its uploads.
  static Result<std::unique_ptr<DiskStore>> open(const std::string& root, net::Pool& disk, Random& random,
                                                 DiskOptions options = {});
  /// Opens the store to read it while another process may be serving it: needs no lock, makes nothing, and every write
  /// answers unavailable. Blocks. `disk` and `random` outlive it. Errors: unavailable.
  static Result<std::unique_ptr<DiskStore>> open_to_read(const std::string& root, net::Pool& disk, Random& random);
  ~DiskStore() override;

  Capabilities capabilities() const override;
  Task<Result<std::unique_ptr<Staging>>> stage(Expected expected) override;
  /// On the calling thread: a path of five folders takes microseconds, a hop to the pool as long.
  Task<Result<std::unique_ptr<Reader>>> open(std::string key, Range range) override;
  Task<Result<std::uint64_t>> stat(std::string key) override;
  Task<Result<void>> remove(std::string key) override;
  Task<Result<void>> copy(std::string from, std::string to) override;
  /// `limit` is cut to 10 000. A page reads every name of the folders it touches, but keeps no more than `limit`.
  Task<Result<ListPage>> list(std::string prefix, std::string cursor, std::size_t limit) override;
  Task<Result<std::optional<std::string>>> store_id() override;
  Task<Result<void>> set_store_id(std::string id) override;
  /// Staging files that another run of the server left, last written before `older_than`.
  Task<Result<std::size_t>> sweep_staging(Time older_than) override;
  DirectTransfers* direct() override { return nullptr; }
  /// What is left above the floor.
  std::optional<std::uint64_t> free_bytes() const override;

  /// Tries what every upload relies on: write, fsync, rename, fsync of the folder, read. For the start; blocks.
  Result<void> probe();
  /// Blocks.
  FileSystemKind file_system_kind() const;
  DiskHealth health() const;

 private:
  explicit DiskStore(std::shared_ptr<DiskCore> core);

  std::shared_ptr<DiskCore> core_;
};

/// What can be told of a store without opening it, while another process may be serving it.
struct StoreGlance {
  std::optional<std::string> id;  ///< its STORE_ID; nullopt in a fresh one
  FileSystemKind file_system;
};
/// Blocks. Errors: unavailable, blob_corrupt.
Result<StoreGlance> glance_at_store(const std::string& root);

}  // namespace medialith::blob
