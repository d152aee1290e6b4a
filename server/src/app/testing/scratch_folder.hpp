#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "app/options.hpp"

namespace medialith::app {

/// A folder that goes with the object. Its path is longer than a socket's address has room for.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "medialith_app_XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    path_ = root_ / std::string(120, 'x') / "data";
  }
  ~ScratchFolder() { std::filesystem::remove_all(root_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// The data folder, which is not there yet.
  std::string data() const { return path_.string(); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  Config config(Environment environment = {}) const {
    environment.try_emplace("MEDIALITH_DATA", data());
    return Config::load(options(), environment).value();
  }

 private:
  std::filesystem::path root_;
  std::filesystem::path path_;
};

}  // namespace medialith::app
