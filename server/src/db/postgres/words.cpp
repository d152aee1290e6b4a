#include "db/postgres/words.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

namespace medialith::db::postgres {
namespace {

constexpr int kLastPosition = 16'383;
constexpr std::size_t kPositionsPerToken = 255;  // PostgreSQL drops what goes beyond

std::string_view shortened(std::string_view token) {
  if (token.size() <= kTokenBytes) return token;
  std::size_t end = kTokenBytes;
  while ((static_cast<unsigned char>(token[end]) & 0xC0U) == 0x80U) --end;  // never inside a character
  return token.substr(0, end);
}

void append_quoted(std::string& out, std::string_view token) {
  out += '\'';
  for (const char c : token) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
}

}  // namespace

std::string tsvector_literal(const sqlite::Tokenizer& tokenizer, std::span<const std::string_view> texts) {
  std::map<std::string, std::vector<int>, std::less<>> tokens;
  int position = 0;
  const auto note = [&](const sqlite::Token& token) {
    position = std::min(position + 1, kLastPosition);
    auto& positions = tokens[std::string(shortened(token.text))];
    const bool again = !positions.empty() && positions.back() == position;
    if (!again && positions.size() < kPositionsPerToken) positions.push_back(position);
  };
  for (const std::string_view text : texts) tokenizer.each(text, note);
  std::string literal;
  for (const auto& [token, positions] : tokens) {
    if (!literal.empty()) literal += ' ';
    append_quoted(literal, token);
    char before = ':';
    for (const int at : positions) {
      fmt::format_to(std::back_inserter(literal), "{}{}", before, at);
      before = ',';
    }
  }
  return literal;
}

std::string tsquery_operand(std::string_view token, Reach reach) {
  std::string operand;
  append_quoted(operand, shortened(token));
  if (reach == Reach::prefix) operand += ":*";
  return operand;
}

}  // namespace medialith::db::postgres
