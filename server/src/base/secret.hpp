// A text that must not be seen: tokens, passwords, keys.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sodium/utils.h>

namespace medialith {

/// Owns a text, wipes its memory on destruction and cannot be printed by accident: streams and log fields refuse it at
/// compile time, fmt writes "[secret]". reveal() is the one way out and easy to find in a review.
class Secret {
 public:
  Secret() = default;
  /// Takes the text over and wipes what the caller moved from.
  explicit Secret(std::string&& text) : text_(text) { wipe(text); }
  explicit Secret(std::string_view text) : text_(text) {}
  explicit Secret(const char* text) : text_(text) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept { swap(other); }
  Secret& operator=(const Secret& other) {
    Secret copy(other);
    swap(copy);
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    Secret moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Secret() { wipe(text_); }

  /// The text itself, valid while this lives and is not assigned to.
  std::string_view reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size(); }

 private:
  void swap(Secret& other) noexcept { text_.swap(other.text_); }
  static void wipe(std::string& text) {
    text.resize(text.capacity());  // a short text that was moved away still stands in the buffer inside the object
    sodium_memzero(text.data(), text.size());
    text.clear();
  }
  std::string text_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;

}  // namespace medialith

template <>
struct fmt::formatter<medialith::Secret> : fmt::formatter<std::string_view> {
  auto format(const medialith::Secret&, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format("[secret]", context);
  }
};
