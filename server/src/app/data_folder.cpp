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

constexpr const char* kLock = "lock";

std::string read_small(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

/// A parent that we may not read cannot be flushed by us; whoever gave us the folder made it.
Result<void> flush_folder(const std::string& path) {
  const net::Fd folder = open_folder(path);
  if (folder && ::fsync(folder.get()) != 0) return system_error("Cannot flush", path);
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

Error DataFolder::in_use(const std::string& path) {
  const std::string holder = lock_holder(path);
  return make_error(ErrorCode::unavailable, fmt::format("{} is in use by another medialith (pid {}).", path,
                                                        holder.empty() ? "unknown" : holder));
}

Result<DataFolder> DataFolder::open(const std::string& path) {
  TRY_ASSIGN(std::optional<DataFolder> folder, try_open(path));
  if (!folder) return fail(in_use(path));
  return std::move(*folder);
}

Result<std::optional<DataFolder>> DataFolder::try_open(const std::string& path) {
  // A folder that was there keeps its rights: it may be somebody's home.
  TRY(make_durable_folder(path));
  net::Fd folder = open_folder(path);
  if (!folder) return system_error("Cannot open", path);
  const std::string lock_path = path + "/" + kLock;
  net::Fd lock(::openat(folder.get(), kLock, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return system_error("Cannot open", lock_path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    return system_error("Cannot lock", lock_path);
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(lock.get(), 0) != 0 || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0) {
    return system_error("Cannot write", lock_path);
  }
  std::error_code error;
  std::filesystem::create_directories(path + "/log", error);
  if (error) return fail(ErrorCode::unavailable, fmt::format("Cannot make {}/log: {}.", path, error.message()));
  return DataFolder(path, std::move(folder), std::move(lock));
}

Result<std::optional<Secret>> read_secret_key(const std::string& file) {
  const net::Fd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in && errno == ENOENT) return std::nullopt;
  if (!in) return system_error("Cannot read", file);
  std::string text = read_small(in.get());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.size() >= kMinSecret) return Secret(std::move(text));
  return fail(ErrorCode::validation_failed, fmt::format("{} must hold at least {} characters.", file, kMinSecret));
}

Result<Secret> DataFolder::secret_key(Random& random) const {
  const std::string file = secret_key_of(path_);
  TRY_ASSIGN(std::optional<Secret> kept, read_secret_key(file));
  if (kept) return std::move(*kept);
  Secret secret = make_token(random);
  TRY(keep_secret_key(secret));
  return secret;
}

Result<void> DataFolder::keep_secret_key(const Secret& secret) const {
  const std::string file = secret_key_of(path_);
  // Written aside, flushed and renamed: a crash leaves no key or a whole one.
  const std::string aside = file + ".new";
  const net::Fd out(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!out) return system_error("Cannot write", aside);
  const bool written =
      ::write(out.get(), secret.reveal().data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
      ::fsync(out.get()) == 0;
  if (!written || ::rename(aside.c_str(), file.c_str()) != 0) return system_error("Cannot write", file);
  if (::fsync(fd()) != 0) return system_error("Cannot flush", path_);
  return {};
}

net::Fd open_folder(const std::string& path) {
  return net::Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::string lock_holder(const std::string& path) {
  const net::Fd lock(::open((path + "/" + kLock).c_str(), O_RDWR | O_CLOEXEC));
  if (!lock) return errno == ENOENT ? "" : "unknown";
  if (::flock(lock.get(), LOCK_SH | LOCK_NB) == 0) return {};  // given up when it is closed, here and now
  const std::string pid = read_small(lock.get());
  return pid.empty() ? "unknown" : pid;
}

}  // namespace medialith::app
