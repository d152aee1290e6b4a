#include "domain/substring.hpp"

#include <algorithm>
#include <clocale>
#include <cstring>
#include <cwctype>
#include <span>

namespace medialith::domain {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// Without an early end the compiler looks at many bytes at once.
bool is_ascii(std::string_view text) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

/// The C library's table of Unicode's simple case mappings.
class CaseMap {
 public:
  CaseMap() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  ~CaseMap() {
    if (locale_ != nullptr) ::freelocale(locale_);
  }
  CaseMap(const CaseMap&) = delete;
  CaseMap& operator=(const CaseMap&) = delete;
  char32_t lower(char32_t c) const {
    return locale_ == nullptr ? c : static_cast<char32_t>(::towlower_l(static_cast<std::wint_t>(c), locale_));
  }

 private:
  locale_t locale_;
};

std::size_t length_of(unsigned char first) { return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4; }

char32_t decode(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  char32_t value = first & (0x7FU >> character.size());
  for (const char c : character.substr(1)) value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
  return value;
}

void encode(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6U));
    out += static_cast<char>(0x80 | (c & 0x3FU));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12U));
    out += static_cast<char>(0x80 | ((c >> 6U) & 0x3FU));
    out += static_cast<char>(0x80 | (c & 0x3FU));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18U));
    out += static_cast<char>(0x80 | ((c >> 12U) & 0x3FU));
    out += static_cast<char>(0x80 | ((c >> 6U) & 0x3FU));
    out += static_cast<char>(0x80 | (c & 0x3FU));
  }
}

void append_mapped(std::string& out, std::string_view text) {
  static const CaseMap map;
  while (!text.empty()) {
    const std::size_t length = std::min(length_of(static_cast<unsigned char>(text.front())), text.size());
    const std::string_view character = text.substr(0, length);
    const char32_t lowered = map.lower(decode(character));
    // A mapping to another length would move all that follows, and with it every highlight.
    std::string encoded;
    encode(encoded, lowered);
    out += encoded.size() == length ? std::string_view(encoded) : character;
    text.remove_prefix(length);
  }
}

}  // namespace

void append_without_case(std::string& out, std::string_view text) {
  if (!is_ascii(text)) return append_mapped(out, text);
  const std::size_t begin = out.size();
  out.append(text);
  for (char& c : std::span(out).subspan(begin)) c = lower(c);
}

std::string without_case(std::string_view text) {
  std::string out;
  append_without_case(out, text);
  return out;
}

Substrings::Substrings(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    all_ = all_ << 1U | 1U;
    words_.push_back(without_case(word));
  }
}

FoundWords Substrings::found_in(std::string_view text) const {
  FoundWords found = 0;
  for (const std::string& word : words_) {
    const bool here = ::memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
    found = found << 1U | (here ? 1U : 0U);
  }
  return found;
}

void Substrings::each_place(std::string_view text,
                            const std::function<void(std::size_t, std::size_t)>& on_place) const {
  const std::string in = without_case(text);
  for (const std::string& word : words_) {
    for (std::size_t at = in.find(word); at != std::string_view::npos; at = in.find(word, at + 1)) {
      on_place(at, at + word.size());
    }
  }
}

}  // namespace medialith::domain
