// Lists: query parameters, cursors and the answer's frame (design.md §4).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/search.hpp"
#include "web/context.hpp"
#include "web/page_cache.hpp"

namespace medialith::web {

inline constexpr std::int64_t kPageDefault = 50;
inline constexpr std::int64_t kPageMax = 100;
/// A page ends early when it is this large: bytes.
inline constexpr std::size_t kPageBytes = 1 << 20;

/// A `sort` by its name on the wire; with `-` in front it descends.
struct SortName {
  std::string_view name;
  domain::Sort sort;
};

/// What every list takes.
struct PageRequest {
  domain::Search search;  ///< its limit is one more than a page has, to know whether it ends
  std::int64_t limit = kPageDefault;
  std::optional<std::int64_t> sign_until_s;  ///< `sign=SECONDS`: URLs usable until then
  std::string list;                          ///< names the list and its order, for cursors
};

/// Reads everything but what is a list's own, whose mistakes are in `errors` already, so that one answer names them
/// all. `sorts`: what the list can be sorted by. Errors: validation_failed, invalid_cursor.
Result<PageRequest> read_page_request(const Context& context, std::string_view list, std::span<const SortName> sorts,
                                      std::vector<FieldError> errors);

/// Reads `cursor`, which belongs to its list and order; one of substrings goes on with substrings. Error:
/// invalid_cursor.
Result<void> open_cursor(const Context& context, PageRequest& page);

/// Reads `limit` alone.
std::int64_t read_limit(const Context& context, std::vector<FieldError>& errors);

/// `expiresIn` or `sign` in seconds to a moment: from 1 s to 7 days.
Result<std::int64_t> expiry_after(const Context& context, std::string_view parameter, std::int64_t seconds);

/// The parameters for the route table. `sorts`: for people.
std::vector<http::Parameter> page_parameters(std::string_view sorts, std::vector<http::Parameter> own);

/// `{"items":[…],"nextCursor":…}` with its Link header. `items`: from `{"items":[` on. `last`: of the last item when
/// more follow.
Page finish_page(const Context& context, std::string_view list, std::string items,
                 const std::optional<domain::Position>& last);
http::Response page_response(const Page& page);
/// Both.
http::Response page_response(const Context& context, std::string_view list, std::string items,
                             const std::optional<domain::Position>& last);

/// The cursor's list for the pages that follow one that was matched so.
std::string list_of(const PageRequest& request, domain::Matching matching);

/// How a list is read: a search may take long.
inline db::ReadKind read_kind(const domain::Search& search) {
  return domain::is_long(search) ? db::ReadKind::long_read : db::ReadKind::short_read;
}

}  // namespace medialith::web
