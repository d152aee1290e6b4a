// Request targets: splitting, percent-coding, query parameters (RFC 3986, RFC 9112 §3.2). Nothing is normalised: a
// path names one thing only (R-F3, R-H8).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace medialith::http {

/// A request target cut at its `?`. Views into the target, still percent-encoded.
struct Target {
  std::string_view path;   ///< begins with `/`
  std::string_view query;  ///< without the `?`; empty when there is none
};

/// Splits origin-form (`/a?b`) or absolute-form (`http://host/a?b`, RFC 9112 §3.2.2) whose host and port are those of
/// the Host field in `host` (compared without case; `:80` and `:443` count as absent for their scheme).
/// Errors: invalid_request for any other form, another host, a fragment, user information, or bytes that no target may
/// hold (controls, space, DEL).
Result<Target> split_target(std::string_view target, std::string_view host);

/// Decodes a whole path once. Encoded separators are refused, so the slashes of the result are those of the request.
/// The result is a view into `raw_path` when there is nothing to decode, else into `storage`. Errors: invalid_request
/// for a bad escape, NUL, another control character, `\` or encoded `/`, or bytes that are not UTF-8.
Result<std::string_view> decode_path(std::string_view raw_path, std::string& storage);

/// Decodes a query: `&` separates, `+` is a space, a name without `=` has an empty value, empty pieces are skipped.
/// Errors: invalid_request for a bad escape, NUL, bytes that are not UTF-8, or more than kMaxQueryParameters.
inline constexpr std::size_t kMaxQueryParameters = 100;
Result<std::vector<QueryParameter>> parse_query(std::string_view raw_query);

/// Everything but RFC 3986 §2.3 unreserved characters as %XX: for a path segment, a query name or a value.
std::string percent_encode(std::string_view text);
/// The same, but `/` stays: for what a `*` takes.
std::string percent_encode_path(std::string_view path);

}  // namespace medialith::http
