// Members that are null when there is no value, as every wire writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace medialith::web {

inline void text_or_null(json::Writer& out, std::string_view key, std::optional<std::string_view> value) {
  out.key(key);
  value ? out.string(*value) : out.null();
}

inline void time_or_null(json::Writer& out, std::string_view key, std::optional<Time> value) {
  out.key(key);
  value ? out.time(*value) : out.null();
}

inline void integer_or_null(json::Writer& out, std::string_view key, std::optional<std::int64_t> value) {
  out.key(key);
  value ? out.integer(*value) : out.null();
}

}  // namespace medialith::web
