// What Fumi's list and clear are asked for, in the words of the domain.
#pragma once

#include <optional>
#include <string>

#include "http/route.hpp"
#include "web/context.hpp"
#include "web/page.hpp"

namespace medialith::compat {

/// The longest `olderThanDays`: a century.
inline constexpr std::int64_t kMaxDays = 36'500;

/// Whether `q` is read.
enum class Words : std::uint8_t { ignored, searched };

struct HistoryRequest {
  web::PageRequest page;
  std::optional<std::string> after_item;  ///< the cursor is an item's id, to be looked up
};
/// Errors: validation_failed naming parameters as the app does, invalid_cursor.
Result<HistoryRequest> read_history_request(const web::Context& context, Words words);

/// What clearing is about, as bulk work keeps it: everything, or what is older than `olderThanDays`.
Result<std::string> read_clear_request(const web::Context& context);

/// For the route table.
std::vector<http::Parameter> history_parameters(Words words);

}  // namespace medialith::compat
