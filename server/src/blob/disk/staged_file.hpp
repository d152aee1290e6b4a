// A file on its way into the store: in the staging folder, without a name where the file system can do that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/hash.hpp"
#include "blob/disk/core.hpp"
#include "blob/store.hpp"

namespace medialith::blob {

/// Blocks; one thread at a time, but hash() and write() of the same bytes may run beside each other. Any failure
/// removes the file; after one nothing more may be asked of it.
class StagedFile {
 public:
  /// Does nothing on the disk yet.
  explicit StagedFile(std::shared_ptr<DiskCore> core) : core_(std::move(core)) {}
  ~StagedFile() { drop(); }
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  /// Takes the room for `size` bytes now rather than fail after most of them came. Errors: disk_full, unavailable …
  Result<void> reserve(std::uint64_t size);
  /// Hashes and writes the next bytes. Errors: disk_full, unavailable, overloaded, internal.
  Result<void> append(std::span<const std::byte> bytes);
  /// The two halves of append().
  void hash(std::span<const std::byte> bytes);
  Result<void> write(std::span<const std::byte> bytes);
  /// Ends the stream: the size and digest. What is not written back yet is on its way to the disk when it returns.
  Result<BlobInfo> seal();
  /// fsync, once in the life of a file. Errors: disk_full, unavailable, internal.
  Result<void> sync();
  /// Names it `name` in `folder`. Errors: already_exists, disk_full, unavailable, internal. An errno of ENOENT (the
  /// folder is gone) comes back as not_found, the file stays and link() may be tried with another folder.
  Result<void> link(int folder, const std::string& name);
  /// Fewer bytes than asked for only at the end.
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) const;
  /// Removes it, unless it was linked: a link that is there stays.
  void drop();

 private:
  Result<void> open();
  int open_nameless();
  int open_named();
  Result<void> write_back();
  std::unexpected<Error> failed(Error error);

  std::shared_ptr<DiskCore> core_;
  Descriptor fd_;
  std::string name_;  // in the staging folder; empty when it has none
  std::uint64_t size_ = 0;
  std::uint64_t started_ = 0;  // write-back was started up to here
  bool write_back_works_ = true;
  Sha256 hash_;
};

}  // namespace medialith::blob
