#include "blob/disk/staged_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace medialith::blob {
namespace {

// Nobody writes a blob again. A hard link to a writable file was therefore never made by the store (R-F4).
constexpr mode_t kBlobMode = 0400;

// Write-back starts each time this much has gathered, so that the last fsync finds little left to do …
constexpr std::uint64_t kWriteBackStep = 4ULL << 20;
// … and the stream waits for the disk when this much is under way, so that dirty pages stay bounded.
constexpr std::uint64_t kWriteBackWindow = 32ULL << 20;

}  // namespace

std::unexpected<Error> StagedFile::failed(Error error) {
  drop();
  return fail(std::move(error));
}

int StagedFile::open_nameless() {
  const int fd = ::openat(core_->staging(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, kBlobMode);
  if (fd < 0) return errno;
  fd_ = Descriptor(fd);
  return 0;
}

int StagedFile::open_named() {
  const std::string name = core_->staging_name();
  const int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC;
  const int fd = ::openat(core_->staging(), name.c_str(), flags, kBlobMode);
  if (fd < 0) return errno;
  fd_ = Descriptor(fd);
  name_ = name;
  return 0;
}

Result<void> StagedFile::open() {
  if (fd_) return {};
  const int error = core_->attempt("open", [&] { return core_->nameless() ? open_nameless() : open_named(); });
  if (error != 0) return failed(core_->write_failed(error, "open of a staging file"));
  core_->reached("after_open");
  return {};
}

Result<void> StagedFile::reserve(std::uint64_t size) {
  TRY(open());
  const int error =
      core_->attempt_posix("fallocate", [&] { return ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(size)); });
  if (error == 0 || error == EOPNOTSUPP || error == EINTR) return {};  // it is only an early answer
  return failed(core_->write_failed(error, "fallocate"));
}

void StagedFile::hash(std::span<const std::byte> bytes) { hash_.update(bytes); }

Result<void> StagedFile::append(std::span<const std::byte> bytes) {
  hash(bytes);
  return write(bytes);
}

Result<void> StagedFile::write(std::span<const std::byte> bytes) {
  TRY(open());
  const int error = core_->attempt("write", [&] { return write_all(fd_.get(), bytes, size_); });
  if (error != 0) return failed(core_->write_failed(error, "write"));
  size_ += bytes.size();
  core_->reached("after_write");
  if (size_ - started_ < kWriteBackStep) return {};
  if (auto room = core_->check_room(0); !room) return failed(std::move(room).error());
  return write_back();
}

// sync_file_range() takes part in error reporting: an error that it tells is not told again by fsync(), so it counts.
Result<void> StagedFile::write_back() {
  if (!write_back_works_) return {};
  const int error = core_->attempt("write_back", [&] {
    const auto range = [&](std::uint64_t from, std::uint64_t length, unsigned flags) {
      const int r = ::sync_file_range(fd_.get(), static_cast<off64_t>(from), static_cast<off64_t>(length), flags);
      return r == 0 ? 0 : errno;
    };
    const int started = range(started_, size_ - started_, SYNC_FILE_RANGE_WRITE);
    if (started != 0 || started_ < kWriteBackWindow) return started;
    return range(started_ - kWriteBackWindow, kWriteBackStep, SYNC_FILE_RANGE_WAIT_BEFORE);
  });
  if (error == ENOSYS || error == EINVAL || error == ESPIPE) {
    write_back_works_ = false;
    return {};
  }
  if (error != 0) return failed(core_->file_fsync_failed(error));
  started_ = size_;
  return {};
}

Result<BlobInfo> StagedFile::seal() {
  TRY(open());
  if (size_ > started_) TRY(write_back());
  return BlobInfo{size_, hash_.finish()};
}

Result<void> StagedFile::sync() {
  core_->reached("before_file_fsync");
  if (!core_->options().faults.no_file_fsync) {
    core_->file_fsyncs.fetch_add(1, std::memory_order_relaxed);
    const int error = core_->attempt_posix("file_fsync", [&] { return ::fsync(fd_.get()); });
    if (error != 0) return failed(core_->file_fsync_failed(error));
  }
  core_->reached("after_file_fsync");
  return {};
}

Result<void> StagedFile::link(int folder, const std::string& name) {
  const int error = core_->attempt("link", [&] {
    if (name_.empty()) return link_open_file(fd_.get(), folder, name);
    return ::linkat(core_->staging(), name_.c_str(), folder, name.c_str(), 0) == 0 ? 0 : errno;
  });
  if (error == ENOENT) return fail(ErrorCode::not_found, "The store failed.", "link: the folder is gone");
  if (error == EEXIST) return failed(make_error(ErrorCode::already_exists, "There is a blob with this key already."));
  if (error != 0) return failed(core_->write_failed(error, "link"));
  core_->reached("after_link");
  if (!name_.empty()) ::unlinkat(core_->staging(), name_.c_str(), 0);  // if this fails, the next start sweeps it
  name_.clear();
  return {};
}

Result<std::size_t> StagedFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  const auto n = read_all(fd_.get(), out, offset);
  if (!n) return fail(disk_error(n.error(), "read of a staging file"));
  return *n;
}

void StagedFile::drop() {
  if (!name_.empty()) {
    ::unlinkat(core_->staging(), name_.c_str(), 0);
    name_.clear();
  }
  fd_ = Descriptor();
}

}  // namespace medialith::blob
