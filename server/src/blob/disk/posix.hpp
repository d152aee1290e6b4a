// The few system calls the disk store needs, with their results as values. Everything here blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace medialith::blob {

/// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A value or an errno.
template <class T>
using OrErrno = std::expected<T, int>;

/// Opens `path` below `folder` without ever leaving it or following a symbolic link, in any component (openat2(2),
/// Linux 5.6). Not for making files.
OrErrno<Descriptor> open_beneath(int folder, const std::string& path, int flags);

/// 0 or an errno.
int write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset);
/// Fewer bytes than asked for only at the end of the file.
OrErrno<std::size_t> read_all(int fd, std::span<std::byte> out, std::uint64_t offset);

/// Gives the open file `fd` another name. With a nameless file (O_TMPFILE) its first. Never overwrites: EEXIST.
int link_open_file(int fd, int folder, const std::string& name);

/// What a failed call means to the caller of a store, by kind:
/// no space 507, no descriptors or memory 503, a read-only or vanished file system 503, everything else 500.
Error disk_error(int error, std::string_view action);

}  // namespace medialith::blob
