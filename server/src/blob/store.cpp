#include "blob/store.hpp"

#include <algorithm>

namespace medialith::blob {
namespace {

constexpr std::size_t kMaxKey = 255;
constexpr std::size_t kMaxStoreId = 128;

bool is_key_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

bool is_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  for (const char c : segment) {
    if (!is_key_character(c)) return false;
  }
  return true;
}

}  // namespace

bool is_valid_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKey) return false;
  for (bool first = true;; first = false) {
    const std::size_t slash = key.find('/');
    const std::string_view segment = key.substr(0, slash);
    if (!is_segment(segment)) return false;
    if (first && (segment == kStagingFolder || segment == kIncomingFolder)) return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

bool is_valid_store_id(std::string_view id) {
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  return !id.empty() && id.size() <= kMaxStoreId && std::ranges::all_of(id, visible);
}

}  // namespace medialith::blob
