#include "blob/disk/posix.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace medialith::blob {

Descriptor::~Descriptor() {
  // What close() can report was reported by fsync() before anything was promised.
  if (fd_ >= 0) ::close(fd_);
}

OrErrno<Descriptor> open_beneath(int folder, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  while (true) {
    const long fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0) return Descriptor(static_cast<int>(fd));
    // EAGAIN: something was renamed meanwhile and the kernel could not tell whether the path stays beneath.
    if (errno != EINTR && errno != EAGAIN) return std::unexpected(errno);
  }
}

int write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return ENOSPC;  // POSIX leaves it open; retrying would spin
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return 0;
}

OrErrno<std::size_t> read_all(int fd, std::span<std::byte> out, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

int link_open_file(int fd, int folder, const std::string& name) {
  // AT_EMPTY_PATH would do without /proc, but before Linux 6.10 only for root.
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  return ::linkat(AT_FDCWD, path.c_str(), folder, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

namespace {

struct Meaning {
  ErrorCode code;
  std::string_view message;
};

Meaning meaning_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {ErrorCode::disk_full, "The server has no room left for this file."};
    case EROFS:
    case ESTALE:
    case ENODEV:
      return {ErrorCode::unavailable, "The store cannot be used at the moment."};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return {ErrorCode::overloaded, "The server is busy. Try again in a moment."};
    default:
      return {ErrorCode::internal, "The store failed."};
  }
}

}  // namespace

Error disk_error(int error, std::string_view action) {
  const Meaning meaning = meaning_of(error);
  const char* name = ::strerrorname_np(error);
  return make_error(meaning.code, std::string(meaning.message),
                    fmt::format("{}: {} ({})", action, name != nullptr ? name : "errno", error));
}

}  // namespace medialith::blob
