// The local copy of an upload whose bytes will be read back: a nameless file, gone with its owner or the process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "blob/disk/posix.hpp"

namespace medialith::blob::s3 {

/// Blocks; one thread at a time.
class Spool {
 public:
  explicit Spool(std::string folder) : folder_(std::move(folder)) {}
  /// Errors: disk_full, unavailable, internal.
  Result<void> append(std::span<const std::byte> bytes);
  /// Fewer bytes than asked for only at the end.
  Result<std::vector<std::byte>> read(std::uint64_t offset, std::size_t length) const;

 private:
  std::string folder_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace medialith::blob::s3
