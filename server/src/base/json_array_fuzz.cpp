// An array cut into elements while it comes: the same however it is cut, and, where the whole is valid JSON, the
// elements that a parser of the whole finds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/json_array.hpp"

namespace {

using medialith::json::ArrayReader;
using medialith::json::Document;
using medialith::json::Kind;

constexpr std::size_t kMaxElement = 1 << 20;

/// nullopt: refused.
std::optional<std::vector<std::string>> elements(std::string_view text, std::size_t piece) {
  ArrayReader reader(kMaxElement);
  std::vector<std::string> found;
  while (!text.empty()) {
    reader.feed(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
    while (true) {
      auto element = reader.next();
      if (!element) return std::nullopt;
      if (!*element) break;
      found.push_back(std::move(**element));
    }
  }
  if (!reader.finish()) return std::nullopt;
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto whole = elements(text, text.size() + 1);
  if (whole != elements(text, 1) || whole != elements(text, 3)) std::abort();
  const auto document = Document::parse(text, {.keep_depth = 2});
  if (!document || document->root().kind() != Kind::array) return 0;
  const auto children = document->root().children();
  if (!whole || whole->size() != children.size()) std::abort();
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (children[i].raw() != (*whole)[i]) std::abort();
  }
  return 0;
}
