#include "http/content_disposition.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "http/parameters.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

constexpr std::string_view kExtendedPrefix = "UTF-8''";

// `attr-char` of RFC 8187 §3.2.1: a token character that has no meaning in an extended value.
bool is_attr_char(char c) { return is_token_char(c) && c != '*' && c != '\'' && c != '%'; }

// What goes into quotes unchanged. `%` is left out, since some clients decode it there.
bool is_fallback_char(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%' && c != '/'; }

std::string fallback(std::string_view filename) {
  std::string out;
  for (const char c : filename) {
    const bool continuation = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (is_fallback_char(c)) {
      out.push_back(c);
    } else if (!continuation) {
      out.push_back('_');
    }
  }
  return out;
}

Result<std::string> decode_extended(std::string_view value) {
  const auto refused = [] { return fail(ErrorCode::invalid_request, "The filename* of a part is malformed."); };
  const std::size_t first = value.find('\'');
  const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos || !iequals(value.substr(0, first), "utf-8")) return refused();
  value.remove_prefix(second + 1);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      if (!is_attr_char(value[i])) return refused();
      out.push_back(value[i]);
      continue;
    }
    const int high = i + 2 < value.size() ? hex_value(value[i + 1]) : -1;
    const int low = i + 2 < value.size() ? hex_value(value[i + 2]) : -1;
    if (high < 0 || low < 0) return refused();
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

Result<void> check_name(std::string_view what, std::string_view name) {
  if (is_plain_text(name)) return {};
  return fail(ErrorCode::invalid_request,
              "The " + std::string(what) + " of a part is not UTF-8 or has a control character in it.");
}

}  // namespace

std::string content_disposition(Disposition disposition, std::string_view filename) {
  std::string out(disposition == Disposition::attachment ? "attachment" : "inline");
  if (filename.empty()) return out;
  const std::string ascii = fallback(filename);
  out.append("; filename=\"").append(ascii).push_back('"');
  if (ascii == filename || !is_utf8(filename)) return out;
  out.append("; filename*=").append(kExtendedPrefix);
  for (const char c : filename) is_attr_char(c) ? out.push_back(c) : append_percent_encoded(out, c);
  return out;
}

Result<ParsedDisposition> parse_content_disposition(std::string_view value) {
  auto parsed = parse_parameterized(value);
  if (!parsed || !is_token(parsed->value)) {
    return fail(ErrorCode::invalid_request, "A Content-Disposition is malformed.");
  }
  ParsedDisposition result;
  result.type = to_lower(parsed->value);
  if (const std::string* name = parsed->find("name"); name != nullptr) {
    TRY(check_name("name", *name));
    result.name = *name;
  }
  if (const std::string* extended = parsed->find("filename*"); extended != nullptr) {
    TRY_ASSIGN(result.filename, decode_extended(*extended));
  } else if (const std::string* plain = parsed->find("filename"); plain != nullptr) {
    result.filename = *plain;
  }
  if (result.filename) TRY(check_name("file name", *result.filename));
  return result;
}

}  // namespace medialith::http
