// The data folder: who may write in it, its secret, its places.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/fd.hpp"

namespace medialith::app {

/// In the data folder, while a server runs over it.
inline constexpr const char* kControlSocket = "control.sock";

/// Makes the folder (0700) with what is missing above it, and flushes each new name: else a power cut could take the
/// folder with everything that was acknowledged in it. Errors: unavailable.
Result<void> make_durable_folder(const std::filesystem::path& path);

/// Holds the folder's lock while it lives: one writing process at a time.
class DataFolder {
 public:
  /// Makes the folder (0700) when it is missing and takes its lock. Errors: unavailable, naming the holder's pid.
  static Result<DataFolder> open(const std::string& path);
  /// The same; nullopt while another process holds the lock.
  static Result<std::optional<DataFolder>> try_open(const std::string& path);
  /// The sentence about a folder that another process holds.
  static Error in_use(const std::string& path);

  const std::string& path() const { return path_; }
  /// The open folder.
  int fd() const { return folder_.get(); }
  std::string log_file() const { return path_ + "/log/medialith.log"; }
  std::string blobs() const { return blobs_of(path_); }
  static std::string blobs_of(const std::string& path) { return path + "/blobs"; }
  static std::string secret_key_of(const std::string& path) { return path + "/secret.key"; }

  /// The text of secret.key; made (0600, durable) at the first start. Errors: unavailable, validation_failed when it is
  /// shorter than kMinSecret.
  Result<Secret> secret_key(Random& random) const;
  /// Makes secret.key (0600, durable) with that text, over one that is there. Errors: unavailable.
  Result<void> keep_secret_key(const Secret& secret) const;

 private:
  DataFolder(std::string path, net::Fd folder, net::Fd lock)
      : path_(std::move(path)), folder_(std::move(folder)), lock_(std::move(lock)) {}
  std::string path_;
  net::Fd folder_;
  net::Fd lock_;
};

/// Characters that a secret must have at least.
inline constexpr std::size_t kMinSecret = 32;

/// What secret.key holds; nullopt when there is none. Errors: unavailable, validation_failed.
Result<std::optional<Secret>> read_secret_key(const std::string& file);

/// The folder as it is, for who only looks: an open descriptor, or none when there is no such folder.
net::Fd open_folder(const std::string& path);
/// The pid of the process that holds the folder's lock; empty when nobody does, "unknown" when it cannot be told.
std::string lock_holder(const std::string& path);

}  // namespace medialith::app
