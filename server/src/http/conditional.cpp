#include "http/conditional.hpp"

#include <algorithm>
#include <cassert>

#include "http/http_date.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

// `etagc` of RFC 9110 §8.8.3.
bool is_etag_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

struct EntityTag {
  std::string_view opaque;
  bool weak = false;
};

// Takes one tag off the front of `text`.
std::optional<EntityTag> take_etag(std::string_view& text) {
  EntityTag tag;
  if (text.starts_with("W/")) {
    tag.weak = true;
    text.remove_prefix(2);
  }
  if (!text.starts_with('"')) return std::nullopt;
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  tag.opaque = text.substr(1, end - 1);
  if (!std::ranges::all_of(tag.opaque, is_etag_char)) return std::nullopt;
  text.remove_prefix(end + 1);
  return tag;
}

std::optional<EntityTag> parse_etag(std::string_view text) {
  const auto tag = take_etag(text);
  return text.empty() ? tag : std::nullopt;
}

// The fields of one name as the one list they are (RFC 9110 §5.3); nullopt when there is none.
std::optional<std::string> joined(const Headers& headers, std::string_view name) {
  std::optional<std::string> list;
  for (const std::string_view value : headers.all(name)) {
    if (list) list->append(", ");
    list = list.value_or("").append(value);
  }
  return list;
}

std::int64_t whole_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(time.ms)).count();
}

std::optional<Time> date_of(const Headers& headers, std::string_view name) {
  const auto value = headers.find(name);
  return value ? parse_http_date(*value) : std::nullopt;
}

Result<bool> matches(std::string_view list, const Validators& current, EtagComparison comparison, bool safe) {
  const auto match = etag_list_matches(list, current, comparison);
  if (match) return *match;
  if (safe) return false;
  return fail(ErrorCode::invalid_request,
              "If-Match and If-None-Match take entity tags in double quotes, such as \"3\", or *.");
}

}  // namespace

std::string strong_etag(std::string_view opaque) {
  assert(std::ranges::all_of(opaque, is_etag_char));
  return '"' + std::string(opaque) + '"';
}

std::string weak_etag(std::string_view opaque) { return "W/" + strong_etag(opaque); }

std::optional<std::string_view> etag_opaque(std::string_view etag) {
  const auto tag = parse_etag(trim(etag));
  return tag ? std::optional(tag->opaque) : std::nullopt;
}

std::optional<bool> etag_list_matches(std::string_view list, const Validators& current, EtagComparison comparison) {
  if (trim(list) == "*") return current.exists;
  const auto own = current.exists ? parse_etag(current.etag) : std::nullopt;
  const auto equal = [&](const EntityTag& tag) {
    return own && own->opaque == tag.opaque && (comparison == EtagComparison::weak || (!own->weak && !tag.weak));
  };
  bool found = false;
  std::size_t tags = 0;
  for (std::string_view rest = trim(list); !rest.empty();) {
    if (rest.front() != ',') {
      const auto tag = take_etag(rest);
      if (!tag) return std::nullopt;
      found = found || equal(*tag);
      ++tags;
      rest = trim(rest);
      if (!rest.empty() && rest.front() != ',') return std::nullopt;
    }
    if (!rest.empty()) rest = trim(rest.substr(1));
  }
  return tags == 0 ? std::nullopt : std::optional(found);
}

Result<Precondition> evaluate_preconditions(Method method, const Headers& headers, const Validators& current) {
  const bool safe = is_safe(method);
  if (const auto list = joined(headers, "if-match")) {
    TRY_ASSIGN(const bool match, matches(*list, current, EtagComparison::strong, safe));
    if (!match) return Precondition::failed;
  } else if (const auto since = date_of(headers, "if-unmodified-since"); since && current.last_modified) {
    if (whole_seconds(*current.last_modified) > whole_seconds(*since)) return Precondition::failed;
  }
  if (const auto list = joined(headers, "if-none-match")) {
    TRY_ASSIGN(const bool match, matches(*list, current, EtagComparison::weak, safe));
    if (match) return safe ? Precondition::not_modified : Precondition::failed;
  } else if (const auto since = date_of(headers, "if-modified-since"); since && safe && current.last_modified) {
    if (whole_seconds(*current.last_modified) <= whole_seconds(*since)) return Precondition::not_modified;
  }
  return Precondition::proceed;
}

}  // namespace medialith::http
