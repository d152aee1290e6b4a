// What the terminal shows when the server is ready: only what exists, and lines that can be copied.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "intake/intake.hpp"

namespace medialith::app {

struct BannerFacts {
  std::chrono::milliseconds start{0};
  std::string scheme = "http";
  std::string listen;           ///< as configured
  std::string outward_address;  ///< of this machine, shown when it listens on every address
  std::uint16_t port = 0;
  std::string public_url;  ///< of the page, where it is known
  std::string base_path;
  std::string data;  ///< absolute path
  bool single = true;
  bool local_only = true;   ///< this machine, no login
  std::int64_t items = 0;   ///< assets that are not in the trash
  bool more_items = false;  ///< there are more than that
  std::optional<std::uint64_t> free_bytes;
  std::string file_system_warning;
  bool over_ssh = false;
  const Secret* access_token = nullptr;  ///< minted just now; the page takes it from its address
  const Secret* setup_token = nullptr;   ///< likewise
};

/// The address from which this machine reaches others, without sending anything; loopback when it reaches none.
std::string outward_address();

std::string banner(const BannerFacts& facts);

/// "kept · fox.png · 1.9 MB · 38 ms", with its line end. Control characters in a name are shown as `?`.
std::string kept_line(const intake::Kept& kept);

/// Writes to standard output unless that would wait: a terminal that is held (Ctrl-S) or a pipe that nobody reads must
/// not hold up uploads. At most 512 bytes.
void print_without_waiting(std::string_view line);

}  // namespace medialith::app
