#include "blob/disk/core.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

namespace medialith::blob {

DiskCore::DiskCore(Descriptor root, Descriptor staging, net::Pool& pool, Random& random, DiskOptions options)
    : root_(std::move(root)),
      staging_(std::move(staging)),
      pool_(pool),
      random_(random),
      options_(std::move(options)),
      boot_(fmt::format("{:016x}-", random_.u64())),
      folders_(*this, options_.open_folders) {}

std::string DiskCore::staging_name() { return fmt::format("{}{:016x}", boot_, next_name_.fetch_add(1)); }

Result<void> DiskCore::writable() const {
  if (!read_only_.load(std::memory_order_relaxed)) return {};
  const std::scoped_lock lock(mutex_);
  return fail(ErrorCode::unavailable, "The store takes no writes at the moment.", reason_);
}

void DiskCore::turn_read_only(std::string reason) {
  const std::scoped_lock lock(mutex_);
  if (read_only_) return;
  reason_ = std::move(reason);
  read_only_ = true;
}

Error DiskCore::write_failed(int error, std::string_view action) {
  Error result = disk_error(error, action);
  if (error == EROFS) turn_read_only(result.detail);
  return result;
}

Error DiskCore::file_fsync_failed(int error) {
  Error result = write_failed(error, "fsync of a file");
  if (result.code != ErrorCode::disk_full && ++failed_file_fsyncs_ > 1) turn_read_only(result.detail);
  return result;
}

Error DiskCore::folder_fsync_failed(int error, std::string_view action) {
  std::string detail = disk_error(error, action).detail;
  turn_read_only(detail);
  return make_error(ErrorCode::unavailable, "The store takes no writes at the moment.", std::move(detail));
}

OrErrno<std::uint64_t> DiskCore::room() const {
  struct statvfs info{};
  if (::fstatvfs(root(), &info) != 0) return std::unexpected(errno);
  const std::uint64_t available = std::uint64_t{info.f_bavail} * info.f_frsize;
  return available > options_.free_floor ? available - options_.free_floor : 0;
}

Result<void> DiskCore::check_room(std::uint64_t bytes) const {
  const auto left = room();
  if (!left) return fail(disk_error(left.error(), "fstatvfs of the store"));
  // With nothing above the floor not even an empty file is taken: its inode and its row need room too.
  if (*left > bytes) return {};
  return fail(ErrorCode::disk_full, "The server has no room left for this file.",
              fmt::format("{} bytes wanted, {} left above the floor", bytes, *left));
}

DiskHealth DiskCore::health() const {
  DiskHealth health;
  health.buffered_bytes = buffered_bytes;
  health.file_fsyncs = file_fsyncs;
  health.folder_fsyncs = folder_fsyncs;
  const std::scoped_lock lock(mutex_);
  health.writable = !read_only_;
  health.reason = reason_;
  return health;
}

KeyParts split_key(std::string_view key) {
  const std::size_t slash = key.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(key)};
  return {std::string(key.substr(0, slash)), std::string(key.substr(slash + 1))};
}

}  // namespace medialith::blob
