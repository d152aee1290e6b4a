// Small questions about header text, shared by the parsers of this module (RFC 9110 §5.6).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace medialith::http {

/// ASCII lower case; other bytes unchanged.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool iequals(std::string_view a, std::string_view b);

/// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);

/// `token` of RFC 9110 §5.6.2, not empty.
bool is_token(std::string_view text);
/// `tchar` of RFC 9110 §5.6.2.
bool is_token_char(char c);

/// What a field value may hold: no control character but tab (CR, LF and NUL above all).
bool is_field_value(std::string_view text);

/// Well-formed UTF-8 (RFC 3629): no surrogates, nothing over U+10FFFF, no overlong forms.
bool is_utf8(std::string_view text);

/// UTF-8 without control characters (C0, DEL, C1): what a name that people see may be.
bool is_plain_text(std::string_view text);

/// The value of a hex digit, or -1.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Appends `c` as "%2F", in upper case (RFC 3986 §2.1).
void append_percent_encoded(std::string& out, char c);

/// Takes the next element of a comma-separated list off the front of `rest`, white space trimmed; a comma inside a
/// quoted string does not separate. nullopt at the end. Empty elements are returned empty (callers skip them, RFC 9110
/// §5.6.1.2).
std::optional<std::string_view> next_list_element(std::string_view& rest, char separator = ',');

}  // namespace medialith::http
