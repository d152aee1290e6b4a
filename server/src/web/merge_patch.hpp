// JSON merge patch, RFC 7396, over texts: what the patch does not name keeps its place, order and spelling.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace medialith::web {

/// `target` with `patch` applied. Both are valid JSON. Objects merge member by member; null removes; anything else
/// replaces. Error: validation_failed when objects nest deeper than kMaxMergeDepth.
Result<std::string> merge_patch(std::string_view target, std::string_view patch);

inline constexpr int kMaxMergeDepth = 64;

}  // namespace medialith::web
