#include "domain/relevance.hpp"

#include <algorithm>
#include <cstring>

#include "domain/substring.hpp"

namespace medialith::domain {
namespace {

// What stands far down in a long prompt, and counts no more than this: bytes.
constexpr std::size_t kScoredBytes = 4096;
constexpr double kWhole = 4;   // the word itself
constexpr double kStart = 2;   // a word that begins with it
constexpr double kWithin = 1;  // inside a word
constexpr double kEarly = 1;   // at the very start; falls towards 0
constexpr double kTogether = 6;

constexpr double kPrompt = 1;
constexpr double kNames = 0.8;
constexpr double kFileNames = 0.6;
constexpr double kNegativePrompt = 0.2;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t place_of(std::string_view text, std::string_view word, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, word.data(), word.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

double score_of(std::string_view text, std::string_view word) {
  double best = 0;
  constexpr int kPlaces = 8;
  std::size_t at = place_of(text, word, 0);
  for (int place = 0; place < kPlaces && at != std::string_view::npos; ++place) {
    const bool starts = at == 0 || !is_word(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_word(text[at + word.size()]);
    const double early = kEarly / (1 + static_cast<double>(at) / 64);
    best = std::max(best, (starts && ends ? kWhole : starts ? kStart : kWithin) + early);
    at = place_of(text, word, at + 1);
  }
  return best;
}

}  // namespace

Relevance::Relevance(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    words_.push_back(without_case(word));
    together_ += (together_.empty() ? "" : " ") + words_.back();
  }
}

double Relevance::score_in(std::string_view text) {
  if (text.empty()) return 0;
  buffer_.clear();
  append_without_case(buffer_, text.substr(0, kScoredBytes));
  double sum = 0;
  for (const std::string& word : words_) sum += score_of(buffer_, word);
  if (words_.size() > 1 && place_of(buffer_, together_, 0) != std::string_view::npos) sum += kTogether;
  return sum;
}

double Relevance::score(const ScoredTexts& texts) {
  return kPrompt * score_in(texts.prompt) + kNames * score_in(texts.names) + kFileNames * score_in(texts.file_names) +
         kNegativePrompt * score_in(texts.negative_prompt);
}

}  // namespace medialith::domain
