// A generation as a client sends it.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/generations.hpp"

namespace medialith::api {

/// The fields of a whole document (POST, PUT), already checked against its schema; what is absent has its default.
Result<domain::GenerationFields> fields_of(json::View body);

/// `fields` with a JSON merge patch applied (RFC 7396), already checked against its schema.
Result<domain::GenerationFields> patched(const domain::GenerationFields& fields, json::View patch);

/// Whether a client may name a generation so; not with a word that stands beside `:id` in a route.
bool is_valid_generation_id(std::string_view id);
/// Money as it is written: digits, one point at most, a minus in front at most.
bool is_decimal(std::string_view text);
/// Three capital letters (ISO 4217).
bool is_currency(std::string_view text);

}  // namespace medialith::api
