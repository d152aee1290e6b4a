// Dates of header fields (RFC 9110 §5.6.7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace medialith::http {

/// IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT". Milliseconds are cut off; years 0000 to 9999.
std::string format_http_date(Time time);

/// Reads IMF-fixdate alone; the two obsolete forms, which no client has sent for decades, are nullopt as garbage is.
/// The weekday must be the date's. A leap second (:60) counts as :59.
std::optional<Time> parse_http_date(std::string_view text);

}  // namespace medialith::http
