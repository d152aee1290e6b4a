#include <algorithm>
#include <charconv>
#include <cstdint>

#include "media/comfy_graph.hpp"
#include "media/png_text.hpp"
#include "media/text.hpp"

namespace medialith::media::comfy {
namespace {

// The number behind `\u` at the front of `text`; nullopt when it is no such escape.
std::optional<std::uint32_t> escaped(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data() + 2, text.data() + 6, value, 16);
  if (read.ptr != text.data() + 6) return std::nullopt;
  return value;
}

// Copies one escape from the front of `text` and answers its length.
std::size_t repair_escape(std::string_view text, std::string& out) {
  const auto first = escaped(text);
  if (!first) {
    out += text.substr(0, 2);
    return 2;
  }
  if (*first == 0) return 6;
  if (*first < 0xD800 || *first > 0xDFFF) {
    out += text.substr(0, 6);
    return 6;
  }
  const auto second = escaped(text.substr(6));
  if (*first <= 0xDBFF && second && *second >= 0xDC00 && *second <= 0xDFFF) {
    out += text.substr(0, 12);
    return 12;
  }
  out += "\\ufffd";
  return 6;
}

// NaN, Infinity or -Infinity at the front of `text`, or nothing.
std::string_view python_number(std::string_view text) {
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
    if (text.starts_with(word)) return word;
  }
  return {};
}

}  // namespace

std::string repaired_json(std::string_view text) {
  const std::string clean = clean_utf8(text, kMaxPngTextBytes);
  std::string out;
  out.reserve(clean.size());
  bool in_string = false;
  for (std::string_view rest = clean; !rest.empty();) {
    // On to what may need repair: an escape, or a word that is no JSON; and to where strings begin and end.
    const std::size_t run = std::min(rest.find_first_of(in_string ? "\"\\" : "\"NI-"), rest.size());
    out += rest.substr(0, run);
    rest.remove_prefix(run);
    if (rest.empty()) break;
    std::size_t length = 1;
    if (rest.front() == '\\') {
      length = repair_escape(rest, out);
    } else if (rest.front() == '"') {
      in_string = !in_string;
      out += '"';
    } else if (const std::string_view word = python_number(rest); !word.empty()) {
      length = word.size();
      out += "null";
    } else {
      out += rest.front();
    }
    rest.remove_prefix(std::min(length, rest.size()));
  }
  return out;
}

}  // namespace medialith::media::comfy
