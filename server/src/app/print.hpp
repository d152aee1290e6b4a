// Numbers and names as the terminal shows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace medialith::app {

/// "1.9 MB"
std::string print_bytes(std::uint64_t bytes);

/// "12 418"
std::string group_digits(std::int64_t number);

/// A name as it may stand on a terminal: control characters are shown as `?`.
std::string printable(std::string_view name);

}  // namespace medialith::app
