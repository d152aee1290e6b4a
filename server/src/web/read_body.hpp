// Bodies that have to be whole: JSON.
#pragma once

#include <string>

#include "base/json.hpp"
#include "web/context.hpp"

namespace medialith::web {

/// The body, up to the route's limit. Bodies over 1 MiB take from the budget, which `share` gives back.
/// Errors: unsupported_media_type, body_too_large, length_mismatch, overloaded.
Task<Result<std::string>> read_body(Context& context, BodyBudget::Share& share);

/// The body as JSON, its outermost members kept; a large one is parsed on the `work` pool. Error: malformed_json.
Task<Result<json::Document>> parse_body(Context& context, std::string body);

}  // namespace medialith::web
