// What the terminal shows when the server is ready: only what exists, and lines that can be copied.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.hpp"

namespace medialith::app {

struct BannerFacts {
  std::chrono::milliseconds start{0};
  std::string scheme = "http";
  std::string listen;             ///< as configured
  std::uint16_t port = 0;
  std::string data;               ///< absolute path
  bool single = true;
  bool local_only = true;         ///< this machine, no login
  std::optional<std::uint64_t> free_bytes;
  std::string file_system_warning;
  bool over_ssh = false;
  const Secret* access_token = nullptr;  ///< minted just now
  const Secret* setup_token = nullptr;
};

std::string banner(const BannerFacts& facts);

}  // namespace medialith::app
