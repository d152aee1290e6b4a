#include "web/schema.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"

namespace medialith::web {
namespace {

constexpr auto kNoMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kNoMax = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxNodesInside = 20'000;

bool contains(std::span<const std::string_view> values, std::string_view value) {
  return std::ranges::find(values, value) != values.end();
}

class Checker {
 public:
  Checker(Use use, std::span<const std::string_view> ignored) : use_(use), ignored_(ignored) {}

  void object(const Schema& schema, json::View value, const std::string& path) {
    if (value.kind() != json::Kind::object) {
      report(path, "wrong_type", fmt::format("This must be an object, not {}.", json::kind_name(value.kind())));
      return;
    }
    for (const Field& field : schema.fields) {
      if (field.presence == Presence::required && use_ == Use::create && !value.find(field.name)) {
        report(join(path, field.name), "required", fmt::format("`{}` is required.", field.name));
      }
    }
    for (const json::View member : value.children()) known_member(schema, member, path);
  }

  std::vector<FieldError> take() { return std::move(errors_); }

 private:
  void known_member(const Schema& schema, json::View member, const std::string& path) {
    const std::string at = join(path, member.key());
    const auto field = std::ranges::find(schema.fields, member.key(), &Field::name);
    if (field != schema.fields.end()) {
      if (field->presence == Presence::read_only) {
        report(at, "read_only", fmt::format("`{}` is set by the server.", field->name));
      } else {
        this->field(*field, member, at);
      }
    } else if (schema.others == OtherMembers::refused && !(path.empty() && contains(ignored_, member.key()))) {
      report(at, "unknown", fmt::format("There is no member `{}` here.", member.key()));
    }
  }

  void field(const Field& field, json::View value, const std::string& path) {
    if (value.kind() == json::Kind::null && (field.nullable || field.type == Type::any)) return;
    // In a merge patch null removes a member, which then has its default again; a required one has none.
    if (value.kind() == json::Kind::null && use_ == Use::patch && field.presence != Presence::required) return;
    switch (field.type) {
      case Type::any:
        return;
      case Type::string:
        return string(field, value, path);
      case Type::date_time:
        return date_time(value, path);
      case Type::integer:
        return integer(field, value, path);
      case Type::number:
        return number(field, value, path);
      case Type::boolean:
        if (value.kind() != json::Kind::boolean) wrong_type(path, "true or false", value);
        return;
      case Type::object:
        if (value.kind() != json::Kind::object) return wrong_type(path, "an object", value);
        if (field.of != nullptr) inside(value, path, [&](json::View whole) { object(*field.of, whole, path); });
        return;
      case Type::array:
        if (value.kind() != json::Kind::array) return wrong_type(path, "an array", value);
        return inside(value, path, [&](json::View whole) { array(field, whole, path); });
    }
  }

  void string(const Field& field, json::View value, const std::string& path) {
    if (value.kind() != json::Kind::string) return wrong_type(path, "a string", value);
    if (!field.one_of.empty()) return one_of(field, value, path);
    const std::int64_t length = count_characters(value.text());
    if (length < field.min) {
      report(path, "too_short",
             field.min == 1 ? std::string("This must not be empty.")
                            : fmt::format("This must have at least {} characters.", field.min));
    }
    if (length > field.max) {
      report(path, "too_long", fmt::format("This has {} characters; at most {} are allowed.", length, field.max));
    }
    const bool fits = length >= field.min && length <= field.max;
    if (fits && field.rule != nullptr && !field.rule->holds(value.text())) {
      report(path, field.rule->code, std::string(field.rule->message));
    }
  }

  void one_of(const Field& field, json::View value, const std::string& path) {
    if (contains(field.one_of, value.text())) return;
    report(path, "not_allowed", fmt::format("This must be one of: {}.", fmt::join(field.one_of, ", ")));
  }

  void date_time(json::View value, const std::string& path) {
    if (value.kind() != json::Kind::string) return wrong_type(path, "a string", value);
    if (!parse_iso8601(value.text())) {
      report(path, "not_a_time", "This must be a time such as 2026-01-31T12:00:00.000Z.");
    }
  }

  void integer(const Field& field, json::View value, const std::string& path) {
    if (value.kind() != json::Kind::number) return wrong_type(path, "a whole number", value);
    const auto number = value.integer();
    if (!number) return report(path, "wrong_type", "This must be a whole number.");
    if (*number < field.min || *number > field.max) out_of_range(field, path);
  }

  void number(const Field& field, json::View value, const std::string& path) {
    if (value.kind() != json::Kind::number) return wrong_type(path, "a number", value);
    const double number = value.number();
    if ((field.min != kNoMin && number < static_cast<double>(field.min)) ||
        (field.max != kNoMax && number > static_cast<double>(field.max))) {
      out_of_range(field, path);
    }
  }

  /// Bodies are kept one level deep, because most of what is large in them is stored as it came; the few members that
  /// have a shape of their own are small and looked into here.
  template <class F>
  void inside(json::View value, const std::string& path, F look) {
    // How deep it may be has been decided when the whole body was parsed.
    const json::ParseOptions options{.max_depth = json::kMaxDepth, .keep_depth = 6, .max_nodes = kMaxNodesInside};
    auto whole = json::Document::parse(std::string(value.raw()), options);
    if (!whole) return report(path, "too_large", "This has too many values.");
    look(whole->root());
  }

  void array(const Field& field, json::View value, const std::string& path) {
    const std::vector<json::View> items = value.children();
    if (static_cast<std::int64_t>(items.size()) < field.min) {
      report(path, "too_few", fmt::format("This has {} items; at least {} are needed.", items.size(), field.min));
    }
    if (static_cast<std::int64_t>(items.size()) > field.max) {
      report(path, "too_many", fmt::format("This has {} items; at most {} are allowed.", items.size(), field.max));
      return;
    }
    for (std::size_t i = 0; i < items.size(); ++i) item(field, items[i], fmt::format("{}[{}]", path, i));
  }

  void item(const Field& field, json::View value, const std::string& path) {
    if (field.of != nullptr) {
      // A merge patch replaces arrays whole (RFC 7396): what stands in one is complete.
      const Use outer = std::exchange(use_, Use::create);
      object(*field.of, value, path);
      use_ = outer;
      return;
    }
    if (value.kind() != json::Kind::string) return wrong_type(path, "a string", value);
    if (!field.one_of.empty()) return one_of(field, value, path);
    if (value.text().empty()) report(path, "too_short", "This must not be empty.");
    if (field.max_item > 0 && count_characters(value.text()) > field.max_item) {
      report(path, "too_long", fmt::format("At most {} characters are allowed.", field.max_item));
    }
  }

  void out_of_range(const Field& field, const std::string& path) {
    if (field.min != kNoMin && field.max != kNoMax) {
      report(path, "out_of_range", fmt::format("This must be from {} to {}.", field.min, field.max));
    } else if (field.min != kNoMin) {
      report(path, "out_of_range", fmt::format("This must be at least {}.", field.min));
    } else {
      report(path, "out_of_range", fmt::format("This must be at most {}.", field.max));
    }
  }

  void wrong_type(const std::string& path, std::string_view wanted, json::View value) {
    report(path, "wrong_type", fmt::format("This must be {}, not {}.", wanted, json::kind_name(value.kind())));
  }

  void report(const std::string& path, std::string_view code, std::string message) {
    errors_.push_back({path, std::string(code), std::move(message)});
  }

  static std::string join(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
  }

  Use use_;
  std::span<const std::string_view> ignored_;
  std::vector<FieldError> errors_;
};

std::string_view type_name(Type type) {
  switch (type) {
    case Type::string:
    case Type::date_time:
      return "string";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::object:
      return "object";
    case Type::array:
      return "array";
    case Type::any:
      return "";
  }
  return "";
}

void write_schema(json::Writer& out, const Schema& schema, As as);

bool may_be_null(const Field& field, As as) {
  return field.nullable || (as == As::patch && field.presence != Presence::required);
}

void write_limits(json::Writer& out, const Field& field) {
  const bool text = field.type == Type::string;
  const bool items = field.type == Type::array;
  if (field.min != kNoMin) out.key(text ? "minLength" : items ? "minItems" : "minimum").integer(field.min);
  if (field.max != kNoMax) out.key(text ? "maxLength" : items ? "maxItems" : "maximum").integer(field.max);
}

void write_enum(json::Writer& out, const Field& field, As as) {
  if (field.one_of.empty()) return;
  out.key("enum").begin_array();
  for (const std::string_view value : field.one_of) out.string(value);
  if (may_be_null(field, as) && field.type != Type::array) out.null();
  out.end_array();
}

void write_items(json::Writer& out, const Field& field, As as) {
  if (field.type != Type::array) return;
  out.key("items");
  if (field.of != nullptr) {
    write_schema(out, *field.of, as == As::patch ? As::request : as);
    return;
  }
  out.begin_object().key("type").string("string");
  write_enum(out, field, as);
  if (field.max_item > 0) out.key("maxLength").integer(field.max_item);
  out.end_object();
}

bool is_required(const Field& field, As as) {
  if (as == As::response) return !field.may_be_absent;
  return as == As::request && field.presence == Presence::required;
}

/// Members and what else may stand beside them; the type is written by who calls.
void write_members(json::Writer& out, const Schema& schema, As as) {
  out.key("properties").begin_object();
  for (const Field& field : schema.fields) {
    if (as != As::response && field.presence == Presence::read_only) continue;
    out.key(field.name).begin_object();
    const std::string_view type = type_name(field.type);
    if (!type.empty() && may_be_null(field, as)) {
      out.key("type").begin_array().string(type).string("null").end_array();
    } else if (!type.empty()) {
      out.key("type").string(type);
    }
    if (field.type == Type::date_time) out.key("format").string("date-time");
    if (!field.doc.empty()) out.key("description").string(field.doc);
    if (field.type != Type::array) write_enum(out, field, as);
    write_limits(out, field);
    write_items(out, field, as);
    if (field.type == Type::object && field.of != nullptr) write_members(out, *field.of, as);
    out.end_object();
  }
  out.end_object();
  out.key("required").begin_array();
  for (const Field& field : schema.fields) {
    if (is_required(field, as)) out.string(field.name);
  }
  out.end_array();
  if (schema.others == OtherMembers::refused) out.key("additionalProperties").boolean(false);
}

void write_schema(json::Writer& out, const Schema& schema, As as) {
  out.begin_object();
  if (!schema.doc.empty()) out.key("description").string(schema.doc);
  out.key("type").string("object");
  write_members(out, schema, as);
  out.end_object();
}

}  // namespace

Result<void> check(const Schema& schema, json::View value, Use use, std::span<const std::string_view> ignored) {
  Checker checker(use, ignored);
  checker.object(schema, value, "");
  std::vector<FieldError> errors = checker.take();
  if (!errors.empty()) return fail(invalid(std::move(errors)));
  return {};
}

std::string json_schema(const Schema& schema, As as) {
  std::string text;
  json::Writer out(text);
  write_schema(out, schema, as);
  return text;
}

Error invalid(std::vector<FieldError> fields) {
  Error error;
  error.code = ErrorCode::validation_failed;
  error.message = fields.size() == 1 ? fmt::format("`{}` is not valid: {}", fields.front().path, fields.front().message)
                                     : fmt::format("{} members are not valid; `fields` names them.", fields.size());
  if (fields.size() == 1 && fields.front().path.empty()) error.message = fields.front().message;
  error.fields = std::move(fields);
  return error;
}

Error invalid(std::string_view path, std::string_view code, std::string message) {
  std::vector<FieldError> fields;
  fields.push_back({std::string(path), std::string(code), std::move(message)});
  return invalid(std::move(fields));
}

std::int64_t count_characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace medialith::web
