#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/json.hpp"

namespace medialith::json {
namespace {

// Texts are copied and looked at in one go, and all but the shortest without a loop over their bytes: what may overlap
// covers a length that is no multiple. Each copy_… says whether nothing that it copied needs an escape.

constexpr std::size_t kBlock = 32;
constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kHalf = sizeof(std::uint32_t);

constexpr bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

// Not 0 when a byte of `word` is less than `limit`, which is at most 0x80.
constexpr std::uint64_t bytes_below(std::uint64_t word, std::uint64_t limit) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  return (word - kOnes * limit) & ~word & (kOnes << 7);
}

constexpr bool word_is_plain(std::uint64_t word) {
  constexpr std::uint64_t kQuotes = 0x2222222222222222;
  constexpr std::uint64_t kBackslashes = 0x5c5c5c5c5c5c5c5c;
  return (bytes_below(word, 0x20) | bytes_below(word ^ kQuotes, 1) | bytes_below(word ^ kBackslashes, 1)) == 0;
}

bool copy_word(char* to, const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, kWord);
  std::memcpy(to, &word, kWord);
  return word_is_plain(word);
}

bool copy_halves(char* to, const char* from, std::size_t size) {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::memcpy(&first, from, kHalf);
  std::memcpy(&last, from + size - kHalf, kHalf);
  std::memcpy(to, &first, kHalf);
  std::memcpy(to + size - kHalf, &last, kHalf);
  return word_is_plain(first | std::uint64_t{last} << 32);
}

// The compiler turns the loop into a few vector instructions.
bool copy_block(char* to, const char* from) {
  unsigned char any = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto c = static_cast<unsigned char>(from[i]);
    any |= static_cast<unsigned char>((c < 0x20) | (c == '"') | (c == '\\'));
  }
  std::memcpy(to, from, kBlock);
  return any == 0;
}

bool copy_plain(char* to, std::string_view text) {
  const char* from = text.data();
  const std::size_t size = text.size();
  bool plain = true;
  if (size >= kBlock) {
    for (std::size_t i = 0; i + kBlock < size; i += kBlock) plain &= copy_block(to + i, from + i);
    return plain & copy_block(to + size - kBlock, from + size - kBlock);
  }
  if (size >= kWord) {
    for (std::size_t i = 0; i + kWord < size; i += kWord) plain &= copy_word(to + i, from + i);
    return plain & copy_word(to + size - kWord, from + size - kWord);
  }
  if (size >= kHalf) return copy_halves(to, from, size);
  for (std::size_t i = 0; i < size; ++i) {
    to[i] = from[i];
    plain &= !needs_escape(static_cast<unsigned char>(from[i]));
  }
  return plain;
}

// What stands around a string: a comma before a member or an element, a colon behind a key.
struct Around {
  bool comma = false;
  bool colon = false;
};

// Appends `text` in quotes, or nothing at all and false when some of it needs an escape. Room is asked for once.
bool append_plain(std::string& out, std::string_view text, Around around) {
  const std::size_t at = out.size();
  bool plain = false;
  out.resize_and_overwrite(at + text.size() + 4, [&](char* begin, std::size_t /*size*/) {
    char* to = begin + at;
    if (around.comma) *to++ = ',';
    *to++ = '"';
    plain = copy_plain(to, text);
    to += text.size();
    *to++ = '"';
    if (around.colon) *to++ = ':';
    return plain ? static_cast<std::size_t>(to - begin) : at;
  });
  return plain;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 0xfU];
  }
}

void append_escaped(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto* const end = std::ranges::find_if(text, needs_escape);
    const auto run = static_cast<std::size_t>(end - text.begin());
    out.append(text, 0, run);
    text.remove_prefix(run);
    if (text.empty()) break;
    append_escape(out, text.front());
    text.remove_prefix(1);
  }
  out += '"';
}

void append_string(std::string& out, std::string_view text, Around around) {
  if (append_plain(out, text, around)) return;
  if (around.comma) out += ',';
  append_escaped(out, text);
  if (around.colon) out += ':';
}

}  // namespace

void append_string(std::string& out, std::string_view value) { append_string(out, value, {}); }

// Whether a comma comes before the value that follows.
bool Writer::begin_value() {
  assert((!in_object() || after_key_) && "a value in an object needs a key");
  const bool comma = !after_key_ && !first_;
  after_key_ = false;
  first_ = false;
  return comma;
}

void Writer::separate() {
  if (begin_value()) out_ += ',';
}

void Writer::begin(char bracket, bool object) {
  separate();
  out_ += bracket;
  objects_ = (objects_ << 1) | static_cast<std::uint64_t>(object);
  ++depth_;
  first_ = true;
}

void Writer::end(char bracket, bool object) {
  assert(depth_ > 0 && !after_key_ && (depth_ > 64 || in_object() == object) && "the container is not open");
  out_ += bracket;
  objects_ >>= 1;
  --depth_;
  first_ = false;
}

Writer& Writer::begin_object() {
  begin('{', true);
  return *this;
}

Writer& Writer::end_object() {
  end('}', true);
  return *this;
}

Writer& Writer::begin_array() {
  begin('[', false);
  return *this;
}

Writer& Writer::end_array() {
  end(']', false);
  return *this;
}

Writer& Writer::key(std::string_view name) {
  assert((in_object() || depth_ > 64) && !after_key_ && "a key belongs into an object");
  append_string(out_, name, {.comma = !first_, .colon = true});
  first_ = false;
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view value) {
  append_string(out_, value, {.comma = begin_value()});
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out_.append(text.data(), end);
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out_.append(text.data(), end);
  return *this;
}

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }

Writer& Writer::time(Time value) {
  separate();
  out_ += '"';
  append_iso8601(out_, value);
  out_ += '"';
  return *this;
}

Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace medialith::json
