// Entity tags and preconditions (RFC 9110 §8.8 and §13).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/message.hpp"

namespace medialith::http {

/// `"opaque"` and `W/"opaque"`. The text holds no quote, space or control character (assertion).
std::string strong_etag(std::string_view opaque);
std::string weak_etag(std::string_view opaque);

/// The text between the quotes of a tag, strong or weak: a document's version, sent back in If-Match; nullopt when
/// malformed.
std::optional<std::string_view> etag_opaque(std::string_view etag);

/// What is known of the representation that the request is about.
struct Validators {
  bool exists = true;                 ///< false: nothing is there yet (PUT), so `*` matches nothing
  std::string_view etag = {};         ///< with its quotes; empty = none
  std::optional<Time> last_modified;  ///< compared in whole seconds, as it was sent
};

enum class Precondition : std::uint8_t {
  proceed,       ///< do what was asked
  not_modified,  ///< 304, with the ETag and Last-Modified that a 200 would have
  failed,        ///< 412
};

/// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of RFC 9110 §13.2.2 (Range
/// and If-Range come after: range.hpp). A date that cannot be read is as if it were absent.
/// Errors: invalid_request when an unsafe method comes with a list of tags that cannot be read; for GET and HEAD such a
/// list matches nothing.
Result<Precondition> evaluate_preconditions(Method method, const Headers& headers, const Validators& current);

/// True when a list of tags (or `*`) has one that is equal: both strong and the same (strong comparison), or the same
/// apart from `W/` (weak). nullopt when the list is malformed.
enum class EtagComparison : std::uint8_t { strong, weak };
std::optional<bool> etag_list_matches(std::string_view list, const Validators& current, EtagComparison comparison);

}  // namespace medialith::http
