// Words as substrings, without case: what is left when full text finds nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace medialith::domain {

/// Text without case: ASCII and all that Unicode maps one to one.
std::string without_case(std::string_view text);

/// Used by one thread at a time: it keeps a buffer.
class Substrings {
 public:
  explicit Substrings(const std::vector<std::string>& words);
  /// Starts a row.
  void begin() { found_.assign(words_.size(), false); }
  /// Looks for every word in one of the row's texts.
  void look_in(std::string_view text);
  /// Whether each word was in one of the texts since begin().
  bool all_found() const;
  /// Every place in `text` where a word stands, in bytes, by word; places may overlap.
  void each_place(std::string_view text, const std::function<void(std::size_t begin, std::size_t end)>& on_place);

 private:
  std::string_view folded(std::string_view text);

  std::vector<std::string> words_;  // without case
  bool ascii_ = true;               // all of them
  std::vector<bool> found_;
  std::string buffer_;
};

}  // namespace medialith::domain
