#include "domain/highlight.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "domain/search_words.hpp"
#include "domain/substring.hpp"

namespace medialith::domain {
namespace {

using Bytes = std::pair<std::size_t, std::size_t>;

std::vector<Bytes> without_overlaps(std::vector<Bytes> places) {
  std::ranges::sort(places);
  std::vector<Bytes> merged;
  for (const Bytes& place : places) {
    if (!merged.empty() && place.first <= merged.back().second) {
      merged.back().second = std::max(merged.back().second, place.second);
    } else {
      merged.push_back(place);
    }
  }
  return merged;
}

/// Counts UTF-16 code units along a text; places come in ascending order.
class Utf16 {
 public:
  explicit Utf16(std::string_view text) : text_(text) {}
  std::int64_t at(std::size_t byte) {
    for (; at_ < byte; ++at_) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if ((c & 0xC0) != 0x80) units_ += c >= 0xF0 ? 2 : 1;
    }
    return units_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t units_ = 0;
};

}  // namespace

Highlighter::Highlighter(const db::sqlite::Tokenizer& tokenizer, const std::vector<std::string>& words,
                         Matching matching)
    : tokenizer_(tokenizer), words_(words), matching_(matching) {
  if (matching == Matching::substrings) return;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::ranges::copy(tokenizer.tokens(words[i]), std::back_inserter(stems_));
    if (i + 1 < words.size() || !ends_in_prefix(tokenizer, words[i])) continue;
    prefix_ = std::move(stems_.back());
    stems_.pop_back();
  }
}

std::vector<Range> Highlighter::ranges(std::string_view text) {
  std::vector<Bytes> places;
  if (matching_ == Matching::substrings) {
    Substrings(words_).each_place(text, [&](std::size_t begin, std::size_t end) { places.emplace_back(begin, end); });
  } else {
    tokenizer_.each(text, [&](const db::sqlite::Token& token) {
      const bool hit = std::ranges::find(stems_, token.text) != stems_.end() ||
                       (!prefix_.empty() && token.text.starts_with(prefix_));
      if (hit) places.emplace_back(token.begin, token.end);
    });
  }
  std::vector<Range> ranges;
  Utf16 units(text);
  for (const Bytes& place : without_overlaps(std::move(places))) {
    const std::int64_t begin = units.at(place.first);
    ranges.push_back({begin, units.at(place.second)});
  }
  return ranges;
}

}  // namespace medialith::domain
