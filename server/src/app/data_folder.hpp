// The data folder: who may write in it, its secret, its places.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace medialith::app {

/// Makes the folder (0700) with what is missing above it, and flushes each new name: else a power cut could take the
/// folder with everything that was acknowledged in it. Errors: unavailable.
Result<void> make_durable_folder(const std::filesystem::path& path);

/// Holds the folder's lock while it lives: one writing process at a time.
class DataFolder {
 public:
  /// Makes the folder (0700) when it is missing and takes its lock. Errors: unavailable, naming the holder's pid.
  static Result<DataFolder> open(const std::string& path);
  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&&) = delete;
  ~DataFolder();

  const std::string& path() const { return path_; }
  std::string log_file() const { return path_ + "/log/medialith.log"; }

  /// The text of secret.key; made (0600, durable) at the first start. Errors: unavailable, validation_failed when it is
  /// shorter than 32 characters.
  Result<Secret> secret_key(Random& random) const;

 private:
  DataFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

inline constexpr std::size_t kMinSecret = 32;

}  // namespace medialith::app
