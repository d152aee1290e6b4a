// A request or response object declared once: it checks bodies, names every offending member, and becomes a component
// of the OpenAPI document.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace medialith::web {

enum class Type : std::uint8_t {
  string,
  integer,
  number,
  boolean,
  object,     ///< any members, or those of `of`
  array,      ///< of strings, or of objects like `of`
  any,        ///< any JSON value
  date_time,  ///< ISO 8601
};

enum class Presence : std::uint8_t {
  optional,
  required,   ///< in a creation and a replacement
  read_only,  ///< made by the server: 400 when a client sends it
};

struct Schema;

/// What a string must be besides its length, where no JSON Schema says it.
struct TextRule {
  bool (*holds)(std::string_view text);
  std::string_view code;     ///< of the field error: `not_a_decimal`
  std::string_view message;  ///< the same for people
};

struct Field {
  std::string_view name;
  Type type = Type::string;
  std::string_view doc;
  Presence presence = Presence::optional;
  bool nullable = false;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();  ///< of a number; characters of a string; items
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_item = 0;                      ///< characters of an array's strings; 0 = no limit
  std::span<const std::string_view> one_of = {};  ///< the only values of a string, or of an array's strings
  const Schema* of = nullptr;                     ///< of an object, or of an array's items
  bool may_be_absent = false;                     ///< in an answer: summaries leave it out
  const TextRule* rule = nullptr;                 ///< of a string that has the right length
};

enum class OtherMembers : std::uint8_t {
  refused,  ///< 400 `unknown`
  kept,     ///< the value is stored as it was sent
};

struct Schema {
  std::string_view name;  ///< of the component: "Generation"
  std::string_view doc;
  std::span<const Field> fields;
  OtherMembers others = OtherMembers::refused;
};

enum class Use : std::uint8_t {
  create,  ///< required members must be there
  patch,   ///< JSON merge patch: null removes, nothing is required
};

/// Checks `value` and names every member that is wrong. `ignored`: members that are dropped silently (`userId`, S0-8).
/// Error: validation_failed with `fields`.
Result<void> check(const Schema& schema, json::View value, Use use, std::span<const std::string_view> ignored = {});

enum class As : std::uint8_t {
  request,   ///< without what the server sets
  patch,     ///< the same as a merge patch: nothing is required, null resets
  response,  ///< every member is there, but those that may be absent
};
/// The JSON Schema of a component, for OpenAPI 3.1.
std::string json_schema(const Schema& schema, As as);

/// A validation_failed error of one or more fields.
Error invalid(std::vector<FieldError> fields);
Error invalid(std::string_view path, std::string_view code, std::string message);

/// Characters (code points) of UTF-8 text.
std::int64_t count_characters(std::string_view text);

}  // namespace medialith::web
