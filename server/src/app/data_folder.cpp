#include "app/data_folder.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ids.hpp"

namespace medialith::app {
namespace {

std::unexpected<Error> system_error(std::string_view what, const std::string& path) {
  return fail(ErrorCode::unavailable, fmt::format("{} {}: {}.", what, path, std::strerror(errno)));
}

std::string read_small(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

/// A parent that we may not read cannot be flushed by us; whoever gave us the folder made it.
Result<void> flush_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return {};
  const bool flushed = ::fsync(fd) == 0;
  const auto failed = system_error("Cannot flush", path);
  ::close(fd);
  if (!flushed) return failed;
  return {};
}

}  // namespace

Result<void> make_durable_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return {};
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  TRY(make_durable_folder(parent));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_error("Cannot make", path.string());
  return flush_folder(parent.string());
}

Result<DataFolder> DataFolder::open(const std::string& path) {
  TRY(make_durable_folder(path));
  (void)::chmod(path.c_str(), 0700);  // a folder of another owner stays as it is; opening the lock tells
  const std::string lock_path = path + "/lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return system_error("Cannot open", lock_path);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = read_small(lock);
    ::close(lock);
    return fail(ErrorCode::unavailable,
                fmt::format("{} is in use by another medialith (pid {}).", path, holder.empty() ? "unknown" : holder));
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) {
    ::close(lock);
    return system_error("Cannot write", lock_path);
  }
  std::error_code ignored;  // opening the log tells
  std::filesystem::create_directories(path + "/log", ignored);
  return DataFolder(path, lock);
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

Result<Secret> DataFolder::secret_key(Random& random) const {
  const std::string file = path_ + "/secret.key";
  if (const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC); fd >= 0) {
    std::string text = read_small(fd);
    ::close(fd);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    if (text.size() < kMinSecret) {
      return fail(ErrorCode::validation_failed, fmt::format("{} must hold at least 32 characters.", file));
    }
    return Secret(std::move(text));
  }
  if (errno != ENOENT) return system_error("Cannot read", file);
  const Secret secret = make_token(random);
  // Written aside, flushed and renamed: a crash leaves no key or a whole one.
  const std::string aside = file + ".new";
  const int fd = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("Cannot write", aside);
  const bool written =
      ::write(fd, secret.reveal().data(), secret.size()) == static_cast<ssize_t>(secret.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename(aside.c_str(), file.c_str()) != 0) return system_error("Cannot write", file);
  const int folder = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  if (!durable) return system_error("Cannot flush", path_);
  return secret;
}

}  // namespace medialith::app
