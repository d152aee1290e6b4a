// The texts of configuration values: sizes, durations, booleans, lists. Used by config.cpp; a tool that reads the same
// units from elsewhere may use them too.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace medialith {

/// true/false, yes/no, on/off, 1/0 in any case.
std::optional<bool> parse_boolean(std::string_view text);
/// Bytes: `500`, `64KiB`, `10 GiB`, whole numbers only; KB … TB are powers of 1000, KiB … TiB of 1024, in any case.
std::optional<std::int64_t> parse_size(std::string_view text);
/// `30d`, `24h`, `15m`, `0s`, `250ms`, or several: `1h30m`. A unit is needed, also with 0.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// Separated by commas or white space; empty entries are dropped.
std::vector<std::string> parse_list(std::string_view text);

/// `10GiB`, `1500`: the largest unit that divides it.
std::string print_size(std::int64_t bytes);
/// `1h`, `90s`: the largest unit that divides it.
std::string print_duration(std::chrono::milliseconds duration);

}  // namespace medialith
