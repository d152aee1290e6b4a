#include "blob/disk/disk_reader.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace medialith::blob {
namespace {

std::unexpected<Error> corrupt(const std::string& key, std::string_view why) {
  return fail(ErrorCode::blob_corrupt, "The stored file is damaged.", fmt::format("{}: {}", key, why));
}

std::unexpected<Error> open_failed(const DiskCore& core, const std::string& key, int error) {
  switch (error) {
    case ENOENT: {
      // Nothing is "missing" in a folder that was itself removed or replaced (R-D17).
      struct stat root{};
      if (::fstat(core.root(), &root) != 0 || root.st_nlink == 0) {
        return fail(ErrorCode::unavailable, "The store cannot be used at the moment.", "the store's folder is gone");
      }
      return fail(ErrorCode::blob_missing, "The stored file is missing.", key);
    }
    case ELOOP:
    case EXDEV:
    case ENOTDIR:
      return corrupt(key, "a link or a file where a folder should be");
    case ENXIO:
      return corrupt(key, "a socket or a device");
    case EIO:
      return corrupt(key, "the disk cannot read it");
    default:
      return fail(disk_error(error, fmt::format("open of {}", key)));
  }
}

}  // namespace

Result<OpenBlob> open_blob(const DiskCore& core, const std::string& key) {
  if (!is_valid_key(key)) return fail(ErrorCode::internal, "The store failed.", "not a key: " + key);
  // O_NONBLOCK: a FIFO that was planted would hold the thread until somebody writes to it.
  auto fd = open_beneath(core.root(), key, O_RDONLY | O_NONBLOCK);
  if (!fd) return open_failed(core, key, fd.error());
  struct stat info{};
  if (::fstat(fd->get(), &info) != 0) return fail(disk_error(errno, "fstat of a blob"));
  if (!S_ISREG(info.st_mode)) return corrupt(key, "not a regular file");
  // A copied blob has several names too, but the store takes everybody's right to write before it links a file.
  if (info.st_nlink > 1 && (info.st_mode & 0222) != 0) return corrupt(key, "a hard link to a file that can be written");
  return OpenBlob{std::move(*fd), static_cast<std::uint64_t>(info.st_size)};
}

DiskReader::DiskReader(std::shared_ptr<DiskCore> core, OpenBlob blob, Range range)
    : core_(std::move(core)),
      blob_(std::move(blob)),
      offset_(range.offset),
      end_(range.offset + std::min(range.length, blob_.size - range.offset)) {}

Task<Result<std::size_t>> DiskReader::read(std::span<std::byte> out) {
  const auto wanted = out.first(std::min<std::uint64_t>(out.size(), end_ - offset_));
  if (wanted.empty()) co_return std::size_t{0};
  auto job = [this, wanted]() -> Result<std::size_t> {
    OrErrno<std::size_t> n = 0;
    const int error = core_->attempt("read", [&] {
      n = read_all(blob_.fd.get(), wanted, offset_);
      return n ? 0 : n.error();
    });
    if (error == EIO) return corrupt("a blob", "the disk cannot read it");
    if (error != 0) return fail(disk_error(error, "read of a blob"));
    if (*n < wanted.size()) return corrupt("a blob", "shorter than when it was opened");
    offset_ += *n;
    return *n;
  };
  co_return co_await net::run_on(core_->pool(), job);
}

}  // namespace medialith::blob
