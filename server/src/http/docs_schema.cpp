#include "http/docs_schema.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/json.hpp"
#include "http/html.hpp"

namespace medialith::http {
namespace {

constexpr int kMaxDepth = 4;

std::string_view text_of_member(json::View object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->text() : std::string_view();
}

// "string", "integer or null": `type` may be one name or several.
std::string type_names(json::View schema) {
  const auto type = schema.find("type");
  if (!type) return "any JSON";
  if (type->kind() == json::Kind::string) return std::string(type->text());
  std::string names;
  for (const json::View name : type->children()) names.append(names.empty() ? "" : " or ").append(name.text());
  return names;
}

std::string_view reference_name(json::View schema) {
  const std::string_view reference = text_of_member(schema, "$ref");
  return reference.substr(reference.rfind('/') + 1);
}

std::string type_html(json::View schema) {
  if (const std::string_view name = reference_name(schema); !name.empty()) {
    return fmt::format("<a href=\"#schema-{0}\">{0}</a>", escape_html(name));
  }
  std::string text = escape_html(type_names(schema));
  if (const auto items = schema.find("items")) text += " of " + type_html(*items);
  if (const auto format = text_of_member(schema, "format"); !format.empty()) text += ", " + escape_html(format);
  return text;
}

std::optional<std::string> bounds(json::View schema, std::string_view low, std::string_view high, const char* unit) {
  const auto min = schema.find(low);
  const auto max = schema.find(high);
  if (min && max) return fmt::format("{} to {}{}", min->raw(), max->raw(), unit);
  if (min) return fmt::format("at least {}{}", min->raw(), unit);
  if (max) return fmt::format("at most {}{}", max->raw(), unit);
  return std::nullopt;
}

// What a value may be beside its type: enumerations and limits.
std::string limits_html(json::View schema) {
  std::string text;
  if (const auto values = schema.find("enum")) {
    for (const json::View value : values->children()) {
      text += (text.empty() ? "One of " : ", ") + fmt::format("<code>{}</code>", escape_html(value.raw()));
    }
    text += ". ";
  }
  for (const auto& limit :
       {bounds(schema, "minimum", "maximum", ""), bounds(schema, "minLength", "maxLength", " characters"),
        bounds(schema, "minItems", "maxItems", " items")}) {
    if (limit) text += escape_html(*limit) + ". ";
  }
  return text.empty() ? text : fmt::format("<small>{}</small>", text);
}

bool is_required(json::View object, std::string_view name) {
  const auto required = object.find("required");
  if (!required) return false;
  return std::ranges::any_of(required->children(), [&](json::View member) { return member.text() == name; });
}

void append_rows(std::string& out, json::View object, const std::string& prefix, int depth) {
  const auto properties = object.find("properties");
  if (!properties || depth > kMaxDepth) return;
  for (const json::View member : properties->children()) {
    const std::string path = prefix + std::string(member.key());
    out += fmt::format("<tr><td><code>{}</code>{}</td><td>{}</td><td>{} {}</td></tr>\n", escape_html(path),
                       is_required(object, member.key()) ? " <b class=\"req\" title=\"required\">*</b>" : "",
                       type_html(member), escape_html(text_of_member(member, "description")), limits_html(member));
    append_rows(out, member, path + ".", depth + 1);
    if (const auto items = member.find("items")) append_rows(out, *items, path + "[].", depth + 1);
  }
}

std::string placeholder(json::View schema) {
  if (const auto values = schema.find("enum"); values && !values->children().empty()) {
    return std::string(values->children().front().raw());
  }
  const std::string type = type_names(schema);
  if (type.starts_with("integer") || type.starts_with("number")) return "1";
  if (type.starts_with("boolean")) return "true";
  if (type.starts_with("array")) return "[]";
  if (type.starts_with("object")) return "{}";
  return "\"…\"";
}

}  // namespace

std::string schema_table(std::string_view json) {
  const auto document = json::Document::parse(std::string(json), {.keep_depth = 24});
  if (!document) return "";
  const json::View root = document->root();
  std::string out;
  if (const auto text = text_of_member(root, "description"); !text.empty()) {
    out += fmt::format("<p>{}</p>\n", escape_html(text));
  }
  std::string rows;
  append_rows(rows, root, "", 1);
  if (const auto items = root.find("items")) append_rows(rows, *items, "[].", 1);
  if (rows.empty()) return out + fmt::format("<p>{} {}</p>\n", type_html(root), limits_html(root));
  return out +
         "<div class=\"scroll\"><table class=\"members\"><tr><th>Member</th><th>Type</th><th>Meaning</th></tr>\n" +
         rows + "</table></div>\n";
}

std::string schema_example(std::string_view json) {
  const auto document = json::Document::parse(std::string(json), {.keep_depth = 24});
  if (!document) return "{}";
  const auto properties = document->root().find("properties");
  std::string out = "{";
  if (properties) {
    for (const json::View member : properties->children()) {
      if (!is_required(document->root(), member.key())) continue;
      if (out.size() > 1) out += ", ";
      json::append_string(out, member.key());
      out += ": " + placeholder(member);
    }
  }
  return out + "}";
}

}  // namespace medialith::http
