// A generation as a client sends it.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/generations.hpp"

namespace medialith::api {

/// The fields of a whole document (POST, PUT), already checked against its schema; what is absent has its default.
/// Error: validation_failed for what no schema can say (an amount that is no decimal).
Result<domain::GenerationFields> fields_of(json::View body);

/// `fields` with a JSON merge patch applied (RFC 7396), already checked against its schema.
Result<domain::GenerationFields> patched(const domain::GenerationFields& fields, json::View patch);

/// Ids that a generation cannot have, because the words stand beside `:id` in a route.
bool is_valid_generation_id(std::string_view id);

}  // namespace medialith::api
