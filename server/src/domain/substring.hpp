// Words as substrings, without case: what is left when full text finds nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace medialith::domain {

/// Appends text without case: ASCII and all that Unicode maps one to one.
void append_without_case(std::string& out, std::string_view text);
std::string without_case(std::string_view text);

/// A bit for each word.
using FoundWords = std::uint64_t;

/// At most 64 words. Immutable; any thread.
class Substrings {
 public:
  explicit Substrings(const std::vector<std::string>& words);
  /// `text`: without case.
  FoundWords found_in(std::string_view text) const;
  FoundWords all() const { return all_; }
  /// Every place in `text`, whatever its case, where a word stands, in bytes, by word; places may overlap.
  void each_place(std::string_view text, const std::function<void(std::size_t begin, std::size_t end)>& on_place) const;

 private:
  std::vector<std::string> words_;  // without case
  FoundWords all_ = 0;
};

}  // namespace medialith::domain
