#include "http/uri.hpp"

#include <algorithm>
#include <utility>

#include "http/text.hpp"

namespace medialith::http {
namespace {

std::unexpected<Error> bad_target(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

// The authority with the scheme's own port taken off.
std::string_view without_default_port(std::string_view authority, std::string_view default_port) {
  if (authority.ends_with(default_port)) authority.remove_suffix(default_port.size());
  return authority;
}

// Cuts `http://host` off an absolute-form target; "" stays for an empty path, which means `/`.
Result<std::string_view> after_authority(std::string_view target, std::string_view host) {
  std::string_view default_port = ":80";
  if (iequals(target.substr(0, 7), "http://")) {
    target.remove_prefix(7);
  } else if (iequals(target.substr(0, 8), "https://")) {
    target.remove_prefix(8);
    default_port = ":443";
  } else {
    return bad_target("The request target must be a path that begins with '/'.");
  }
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  const std::string_view authority = target.substr(0, end);
  // A second opinion about the host is what request smuggling and cache poisoning live on.
  if (authority.empty() ||
      !iequals(without_default_port(authority, default_port), without_default_port(host, default_port))) {
    return bad_target("The request target names another host than the Host field.");
  }
  return target.substr(end);
}

// In a query `+` is a space; in a path nothing may pass for a separator.
enum class Part : std::uint8_t { path, query };

Result<void> decode_into(std::string& out, std::string_view raw, Part part) {
  out.reserve(out.size() + raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    const bool escaped = c == '%';
    if (escaped) {
      const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
      const int low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : -1;
      if (high < 0 || low < 0) return bad_target("The address has a '%' that is not followed by two hex digits.");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && part == Part::query) {
      c = ' ';
    }
    if (c == '\0') return bad_target("The address has a NUL character in it.");
    if (part == Part::path) {
      if (c == '\\' || (c == '/' && escaped)) {
        return bad_target("A segment of the path has a slash or backslash in it.");
      }
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        return bad_target("The path has a control character in it.");
      }
    }
    out.push_back(c);
  }
  return {};
}

constexpr bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// Needs neither decoding nor a check.
constexpr bool is_plain_path_char(char c) { return c > 0x20 && c < 0x7F && c != '%' && c != '\\'; }

std::string encode(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const bool plain = is_unreserved(c) || (keep_slash && c == '/');
    plain ? out.push_back(c) : append_percent_encoded(out, c);
  }
  return out;
}

}  // namespace

Result<Target> split_target(std::string_view target, std::string_view host) {
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || c == '#') {
      return bad_target("The request target has a character in it that must be percent-encoded.");
    }
  }
  if (!target.starts_with('/')) {
    TRY_ASSIGN(target, after_authority(target, host));
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  Target result;
  result.path = target.substr(0, mark);
  if (mark < target.size()) result.query = target.substr(mark + 1);
  if (result.path.empty()) result.path = "/";  // RFC 3986 §6.2.3
  return result;
}

Result<std::string_view> decode_path(std::string_view raw_path, std::string& storage) {
  if (!raw_path.starts_with('/')) return bad_target("A path begins with '/'.");
  if (std::ranges::all_of(raw_path, is_plain_path_char)) return raw_path;
  storage.clear();
  TRY(decode_into(storage, raw_path, Part::path));
  if (!is_utf8(storage)) return bad_target("The path is not UTF-8.");
  return storage;
}

Result<std::vector<QueryParameter>> parse_query(std::string_view raw_query) {
  std::vector<QueryParameter> parameters;
  while (!raw_query.empty()) {
    const std::size_t end = std::min(raw_query.find('&'), raw_query.size());
    const std::string_view piece = raw_query.substr(0, end);
    raw_query.remove_prefix(std::min(end + 1, raw_query.size()));
    if (piece.empty()) continue;
    if (parameters.size() == kMaxQueryParameters) return bad_target("The query has more than 100 parameters.");
    const std::size_t equals = std::min(piece.find('='), piece.size());
    QueryParameter& parameter = parameters.emplace_back();
    TRY(decode_into(parameter.name, piece.substr(0, equals), Part::query));
    TRY(decode_into(parameter.value, piece.substr(std::min(equals + 1, piece.size())), Part::query));
    if (!is_utf8(parameter.name) || !is_utf8(parameter.value)) return bad_target("The query is not UTF-8.");
  }
  return parameters;
}

std::string percent_encode(std::string_view text) { return encode(text, false); }

std::string percent_encode_path(std::string_view path) { return encode(path, true); }

}  // namespace medialith::http
