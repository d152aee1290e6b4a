// Lists: query parameters, cursors and the answer's frame (design.md §4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/present.hpp"
#include "domain/generations.hpp"
#include "web/context.hpp"

namespace medialith::api {

inline constexpr std::int64_t kPageDefault = 50;
inline constexpr std::int64_t kPageMax = 100;
/// A page ends early when it is this large: bytes.
inline constexpr std::size_t kPageBytes = 1 << 20;

/// What every list takes.
struct PageRequest {
  std::int64_t limit = kPageDefault;
  std::optional<std::int64_t> after_rid;
  domain::Order order = domain::Order::newest_first;
  std::optional<std::int64_t> sign_until_s;  ///< `sign=SECONDS`: URLs usable until then
  std::optional<Time> created_after;
  std::optional<Time> created_before;
  std::string list;  ///< names the list and its order, for cursors
};

/// Reads `limit`, `sort`, `sign`, `createdAfter`, `createdBefore`; what is wrong with them is added to `errors`, which
/// the filters share, so that one answer names them all.
PageRequest read_page_request(const web::Context& context, std::string_view list, std::vector<FieldError>& errors);

/// Every value of a repeatable filter; each must pass `valid`.
std::vector<std::string> read_filter(const web::Context& context, std::string_view name,
                                     bool (*valid)(std::string_view), std::vector<FieldError>& errors);

/// Ends the reading: fails with all of `errors` if there are any, else opens `cursor`. Errors: validation_failed,
/// invalid_cursor.
Result<void> finish_page_request(const web::Context& context, PageRequest& page, std::vector<FieldError> errors);
bool any_text(std::string_view text);

/// `expiresIn` or `sign` in seconds to a moment: from 1 s to 7 days.
Result<std::int64_t> expiry_after(const web::Context& context, std::string_view parameter, std::int64_t seconds);

/// The parameters for the route table.
std::vector<http::Parameter> page_parameters(std::vector<http::Parameter> filters);

/// `{"items":[…],"nextCursor":…}` with its Link header. `last_rid`: of the last item when more follow.
http::Response page_response(const web::Context& context, const PageRequest& page, std::string items,
                             std::optional<std::int64_t> last_rid);

}  // namespace medialith::api
