#include "db/sql.hpp"

namespace medialith::db {
namespace {

bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

// The end of what starts at `begin` and is copied as it is: a quoted text, a comment, or one character.
std::size_t end_of_opaque(std::string_view text, std::size_t begin) {
  const char c = text[begin];
  if (c == '\'' || c == '"') {
    const std::size_t close = text.find(c, begin + 1);
    return close == std::string_view::npos ? text.size() : close + 1;
  }
  if (text.substr(begin, 2) == "--") {
    const std::size_t close = text.find('\n', begin);
    return close == std::string_view::npos ? text.size() : close;
  }
  if (text.substr(begin, 2) == "/*") {
    const std::size_t close = text.find("*/", begin + 2);
    return close == std::string_view::npos ? text.size() : close + 2;
  }
  return begin + 1;
}

// The length of the name when `{name}` starts at `begin`, else 0.
std::size_t braced_name(std::string_view text, std::size_t begin) {
  if (text[begin] != '{') return 0;
  std::size_t end = begin + 1;
  while (end < text.size() && is_name_char(text[end])) ++end;
  return end < text.size() && text[end] == '}' ? end - begin - 1 : 0;
}

}  // namespace

Statement& Statement::append_value(Value value) {
  values_.push_back(value);
  parts_.push_back({.placeholder = values_.size()});
  return *this;
}

std::string Statement::text(Dialect dialect) const {
  std::string text(sql_.text(dialect));
  for (const Part& part : parts_) {
    if (part.placeholder == 0) {
      text += part.sql.text(dialect);
    } else {
      text += '$';
      text += std::to_string(part.placeholder);
    }
  }
  return text;
}

std::string expand_tables(std::string_view text, std::string_view prefix) {
  std::string out;
  out.reserve(text.size() + prefix.size() * 2);
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t length = braced_name(text, at); length > 0) {
      out += prefix;
      out += text.substr(at + 1, length);
      at += length + 2;
      continue;
    }
    const std::size_t end = end_of_opaque(text, at);
    out += text.substr(at, end - at);
    at = end;
  }
  return out;
}

}  // namespace medialith::db
