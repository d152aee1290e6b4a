#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

#include "base/json.hpp"

namespace medialith::json {
namespace {

// How many bytes are looked at before one decision. The compiler turns the loop over them into a few vector
// instructions.
constexpr std::size_t kBlock = 32;

constexpr bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

bool block_needs_escape(const char* block) {
  unsigned char any = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto c = static_cast<unsigned char>(block[i]);
    any |= static_cast<unsigned char>((c < 0x20) | (c == '"') | (c == '\\'));
  }
  return any != 0;
}

// Length of the front of `text` that can be copied as it is.
std::size_t plain_run(std::string_view text) {
  std::size_t i = 0;
  while (i + kBlock <= text.size() && !block_needs_escape(text.data() + i)) i += kBlock;
  while (i < text.size() && !needs_escape(static_cast<unsigned char>(text[i]))) ++i;
  return i;
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

}  // namespace

void append_string(std::string& out, std::string_view value) {
  out += '"';
  while (true) {
    const std::size_t run = plain_run(value);
    out.append(value.data(), run);
    if (run == value.size()) break;
    append_escape(out, value[run]);
    value.remove_prefix(run + 1);
  }
  out += '"';
}

void Writer::separate() {
  assert((!in_object() || after_key_) && "a value in an object needs a key");
  if (after_key_) {
    after_key_ = false;
  } else if (!first_) {
    out_ += ',';
  }
  first_ = false;
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
  if (!first_) out_ += ',';
  first_ = false;
  append_string(out_, name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view value) {
  separate();
  append_string(out_, value);
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

Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace medialith::json
