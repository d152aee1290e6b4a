// JSON Schemas as tables and examples, for the page at /docs.
#pragma once

#include <string>
#include <string_view>

namespace medialith::http {

/// The members of an object schema as a table, those of inner objects under dotted names; a sentence for other schemas.
/// `json` is valid JSON.
std::string schema_table(std::string_view json);

/// A smallest request: the required members with placeholders, as JSON text in one line.
std::string schema_example(std::string_view json);

}  // namespace medialith::http
