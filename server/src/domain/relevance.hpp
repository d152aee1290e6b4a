// How well a row fits a search, by the row alone: a score that other rows do not move keeps pages where they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace medialith::domain {

/// The texts of a row, views into it.
struct ScoredTexts {
  std::string_view prompt;
  std::string_view negative_prompt;
  std::string_view names;  ///< model, category, provider, seed
  std::string_view file_names;
};

/// Used by one thread at a time: it keeps a buffer.
class Relevance {
 public:
  explicit Relevance(const std::vector<std::string>& words);
  /// Higher is better: where a word stands (the prompt counts most, what should not be seen least), whether as a whole
  /// word, and how early; and whether the words stand together as they were typed.
  double score(const ScoredTexts& texts);

 private:
  double score_in(std::string_view text);

  std::vector<std::string> words_;  // lower case
  std::string together_;
  std::string buffer_;
};

}  // namespace medialith::domain
