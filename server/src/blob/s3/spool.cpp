#include "blob/s3/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace medialith::blob::s3 {
namespace {

/// Without O_TMPFILE (some network file systems) a name that is taken away at once.
int open_nameless(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
  std::string name = folder + "/spool-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) (void)::unlink(name.c_str());
  return named;
}

}  // namespace

Result<void> Spool::append(std::span<const std::byte> bytes) {
  if (!file_) {
    file_ = Descriptor(open_nameless(folder_));
    if (!file_) return fail(disk_error(errno, "open a local copy in " + folder_));
  }
  if (const int error = write_all(file_.get(), bytes, size_)) return fail(disk_error(error, "write a local copy"));
  size_ += bytes.size();
  return {};
}

Result<std::vector<std::byte>> Spool::read(std::uint64_t offset, std::size_t length) const {
  if (offset >= size_) return std::vector<std::byte>();
  std::vector<std::byte> bytes(std::min<std::uint64_t>(length, size_ - offset));
  const auto n = read_all(file_.get(), bytes, offset);
  if (!n) return fail(disk_error(n.error(), "read a local copy"));
  bytes.resize(*n);
  return bytes;
}

}  // namespace medialith::blob::s3
