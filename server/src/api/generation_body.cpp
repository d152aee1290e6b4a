#include "api/generation_body.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "web/merge_patch.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using domain::GenerationFields;

constexpr std::array<std::string_view, 4> kReservedIds = {"stats", "search", "lineage", "restore"};

bool is_null(json::View value) { return value.kind() == json::Kind::null; }

/// The member's text, or `otherwise` when it is absent or null.
std::string text_or(json::View body, std::string_view name, std::string otherwise) {
  const auto member = body.find(name);
  return member && !is_null(*member) ? std::string(member->text()) : std::move(otherwise);
}

std::optional<std::string> maybe_text(json::View body, std::string_view name) {
  const auto member = body.find(name);
  if (!member || is_null(*member)) return std::nullopt;
  return std::string(member->text());
}

Result<domain::Money> money_of(std::string_view json) {
  TRY_ASSIGN(const auto document, json::Document::parse(std::string(json)));
  return domain::Money{text_or(document.root(), "amount", ""), text_or(document.root(), "currency", "")};
}

std::optional<std::int64_t> milliseconds(std::optional<json::View> seconds) {
  if (!seconds || is_null(*seconds)) return std::nullopt;
  return std::llround(seconds->number() * 1000);
}

Result<std::optional<domain::Money>> maybe_money(std::optional<json::View> cost) {
  if (!cost || is_null(*cost)) return std::nullopt;
  TRY_ASSIGN(domain::Money money, money_of(cost->raw()));
  return std::optional(std::move(money));
}

std::optional<std::int64_t> maybe_integer(std::optional<json::View> value) {
  return value && !is_null(*value) ? value->integer() : std::nullopt;
}

std::string json_or(std::optional<json::View> value, std::string otherwise) {
  return value && !is_null(*value) ? std::string(value->raw()) : std::move(otherwise);
}

}  // namespace

Result<GenerationFields> fields_of(json::View body) {
  GenerationFields fields;
  fields.model_id = text_or(body, "modelId", "");
  fields.model_name = text_or(body, "modelName", fields.model_id);
  fields.provider = text_or(body, "provider", fields.provider);
  fields.category = text_or(body, "category", fields.category);
  fields.prompt = text_or(body, "prompt", "");
  fields.input_params = json_or(body.find("inputParams"), "{}");
  fields.metadata = json_or(body.find("metadata"), "{}");
  // null is a value of its own for `result`, which may be any JSON.
  if (const auto result = body.find("result")) fields.result = result->raw();
  if (const auto recipe = body.find("recipe"); recipe && !is_null(*recipe)) fields.recipe = recipe->raw();
  fields.status = domain::status_from(text_or(body, "status", "completed")).value_or(fields.status);
  fields.error = maybe_text(body, "error");
  fields.duration_ms = milliseconds(body.find("duration"));
  TRY_ASSIGN(fields.cost, maybe_money(body.find("cost")));
  if (const auto favorite = body.find("favorite")) fields.favorite = favorite->boolean();
  fields.rating = maybe_integer(body.find("rating"));
  fields.tags = json_or(body.find("tags"), "[]");
  return fields;
}

namespace {

using Setter = std::function<Result<void>(GenerationFields&, json::View)>;

Setter text(std::string GenerationFields::* member, std::string_view otherwise) {
  return [=](GenerationFields& fields, json::View value) -> Result<void> {
    fields.*member = is_null(value) ? otherwise : value.text();
    return {};
  };
}

Setter merged(std::string GenerationFields::* member) {
  return [=](GenerationFields& fields, json::View value) -> Result<void> {
    if (is_null(value)) {
      fields.*member = "{}";
    } else {
      TRY_ASSIGN(fields.*member, web::merge_patch(fields.*member, value.raw()));
    }
    return {};
  };
}

Result<void> set_recipe(GenerationFields& fields, json::View value) {
  if (is_null(value)) {
    fields.recipe.reset();
    return {};
  }
  TRY_ASSIGN(fields.recipe, web::merge_patch(fields.recipe.value_or("{}"), value.raw()));
  return {};
}

Result<void> set_cost(GenerationFields& fields, json::View value) {
  if (is_null(value)) {
    fields.cost.reset();
    return {};
  }
  std::string before = "{}";
  if (fields.cost) {
    before.clear();
    json::Writer out(before);
    out.begin_object();
    out.key("amount").string(fields.cost->amount);
    out.key("currency").string(fields.cost->currency);
    out.end_object();
  }
  TRY_ASSIGN(const std::string merged, web::merge_patch(before, value.raw()));
  TRY_ASSIGN(domain::Money money, money_of(merged));
  std::vector<FieldError> missing;
  if (money.amount.empty()) missing.push_back({"cost.amount", "required", "`amount` is required."});
  if (money.currency.empty()) missing.push_back({"cost.currency", "required", "`currency` is required."});
  if (!missing.empty()) return fail(web::invalid(std::move(missing)));
  fields.cost = std::move(money);
  return {};
}

struct Member {
  std::string_view name;
  Setter set;
};

const std::vector<Member>& members() {
  static const std::vector<Member> kMembers = {
      {"modelId", text(&GenerationFields::model_id, "")},
      {"modelName",
       [](GenerationFields& f, json::View v) -> Result<void> {
         f.model_name = is_null(v) ? f.model_id : std::string(v.text());
         return {};
       }},
      {"provider", text(&GenerationFields::provider, "unknown")},
      {"category", text(&GenerationFields::category, "unknown")},
      {"prompt", text(&GenerationFields::prompt, "")},
      {"inputParams", merged(&GenerationFields::input_params)},
      {"metadata", merged(&GenerationFields::metadata)},
      {"result", merged(&GenerationFields::result)},
      {"recipe", set_recipe},
      {"status",
       [](GenerationFields& f, json::View v) -> Result<void> {
         f.status = domain::status_from(v.text()).value_or(domain::GenerationStatus::completed);
         return {};
       }},
      {"error",
       [](GenerationFields& f, json::View v) -> Result<void> {
         f.error = is_null(v) ? std::nullopt : std::optional(std::string(v.text()));
         return {};
       }},
      {"duration",
       [](GenerationFields& f, json::View v) -> Result<void> {
         f.duration_ms = milliseconds(v);
         return {};
       }},
      {"cost", set_cost},
      {"favorite",
       [](GenerationFields& f, json::View v) -> Result<void> {
         f.favorite = v.boolean();
         return {};
       }},
      {"rating",
       [](GenerationFields& f, json::View v) -> Result<void> {
         f.rating = maybe_integer(v);
         return {};
       }},
      {"tags",
       [](GenerationFields& f, json::View v) -> Result<void> {
         f.tags = json_or(v, "[]");
         return {};
       }},
  };
  return kMembers;
}

}  // namespace

Result<GenerationFields> patched(const GenerationFields& fields, json::View patch) {
  GenerationFields next = fields;
  // In the order of the table, not of the patch: modelName's default is the new modelId.
  for (const Member& member : members()) {
    const auto value = patch.find(member.name);
    if (value) TRY(member.set(next, *value));
  }
  return next;
}

bool is_valid_generation_id(std::string_view id) { return is_valid_client_id(id, kReservedIds); }

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "0" : text.substr(point + 1);
  constexpr std::string_view kDigits = "0123456789";
  return !whole.empty() && !fraction.empty() && whole.find_first_not_of(kDigits) == std::string_view::npos &&
         fraction.find_first_not_of(kDigits) == std::string_view::npos;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace medialith::api
