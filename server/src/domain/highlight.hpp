// Where a search hit, for whoever shows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "db/sqlite/tokenizer.hpp"
#include "domain/search.hpp"

namespace medialith::domain {

/// A stretch of text in UTF-16 code units, as JavaScript counts: `text.slice(begin, end)`.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool operator==(const Range&) const = default;
};

/// Used by one thread at a time. `tokenizer` outlives it.
class Highlighter {
 public:
  Highlighter(const db::sqlite::Tokenizer& tokenizer, const std::vector<std::string>& words, Matching matching);
  /// What of `text` was searched for: in order, not overlapping.
  std::vector<Range> ranges(std::string_view text);

 private:
  const db::sqlite::Tokenizer& tokenizer_;
  const std::vector<std::string>& words_;
  Matching matching_;
  std::vector<std::string> stems_;
  std::string prefix_;  // of the last word; empty when it is no prefix
};

}  // namespace medialith::domain
