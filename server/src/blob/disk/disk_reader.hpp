// Blobs on their way out of the disk store.
#pragma once

#include <memory>
#include <string>

#include "blob/disk/core.hpp"
#include "blob/store.hpp"

namespace medialith::blob {

/// A blob's file, open for reading.
struct OpenBlob {
  Descriptor fd;
  std::uint64_t size;
};

/// Opens the file of a valid key and makes sure that the store made it. Does not block on what is not a regular file.
/// Errors: blob_missing; blob_corrupt for symbolic links, special files, folders and hard links to files that someone
/// may write (R-F4); unavailable when the store's folder is gone; overloaded.
Result<OpenBlob> open_blob(const DiskCore& core, const std::string& key);

class DiskReader final : public Reader {
 public:
  /// `range` lies within the blob.
  DiskReader(std::shared_ptr<DiskCore> core, OpenBlob blob, Range range);
  std::uint64_t size() const override { return blob_.size; }
  Task<Result<std::size_t>> read(std::span<std::byte> out) override;
  std::optional<File> file() const override { return File{blob_.fd.get(), offset_, end_ - offset_}; }

 private:
  std::shared_ptr<DiskCore> core_;
  OpenBlob blob_;
  std::uint64_t offset_;  // of the next byte
  std::uint64_t end_;
};

}  // namespace medialith::blob
