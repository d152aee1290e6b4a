#include "api/bulk_request.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "api/generation_body.hpp"
#include "api/present.hpp"
#include "web/filter.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using domain::BulkAction;

std::string text_of(json::View value) {
  return std::string(value.kind() == json::Kind::string ? value.text() : value.raw());
}

/// The members of a filter as a query would name them.
std::vector<http::QueryParameter> named_values(json::View filter) {
  std::vector<http::QueryParameter> named;
  for (const json::View member : filter.children()) {
    if (member.kind() != json::Kind::array) {
      named.push_back({std::string(member.key()), text_of(member)});
      continue;
    }
    for (const json::View value : member.children()) named.push_back({std::string(member.key()), text_of(value)});
  }
  return named;
}

std::vector<FieldError> check_filter(json::View filter) {
  std::vector<FieldError> errors;
  for (const json::View member : filter.children()) {
    const auto known = std::ranges::find(web::filter_parameters(), member.key(), &http::Parameter::name);
    if (known == web::filter_parameters().end()) {
      errors.push_back({std::string(member.key()), "unknown", "There is no such filter."});
    } else if (member.kind() == json::Kind::object || member.kind() == json::Kind::null ||
               (member.kind() == json::Kind::array && !known->repeatable)) {
      errors.push_back({std::string(member.key()), "wrong_type",
                        known->repeatable ? "This must be a value or an array of values." : "This must be one value."});
    }
  }
  (void)web::read_filter(named_values(filter), errors);
  for (FieldError& error : errors) error.path = "filter." + error.path;
  return errors;
}

std::vector<FieldError> check_members(BulkAction action, json::View body) {
  std::vector<FieldError> errors;
  const auto ids = body.find("ids");
  const auto filter = body.find("filter");
  const auto set = body.find("set");
  const auto days = body.find("olderThanDays");
  if (!ids && !filter && !days) errors.push_back({"ids", "required", "Send `ids`, `filter` or `olderThanDays`."});
  if (ids && days) errors.push_back({"olderThanDays", "not_allowed", "This narrows a `filter`, not `ids`."});
  if (filter && days && filter->find("createdBefore")) {
    errors.push_back({"olderThanDays", "not_allowed", "Send either this or `filter.createdBefore`."});
  }
  if (ids && filter) errors.push_back({"filter", "not_allowed", "Send either `ids` or `filter`."});
  if (action == BulkAction::update && !set) errors.push_back({"set", "required", "This says what is changed."});
  if (action != BulkAction::update && set) errors.push_back({"set", "not_allowed", "Only an `update` sets something."});
  if (!filter) return errors;
  auto of_filter = check_filter(*filter);
  errors.insert(errors.end(), of_filter.begin(), of_filter.end());
  return errors;
}

/// The filter, with the moment that `olderThanDays` means now: the operation may take a while.
void write_filter(json::Writer& out, json::View body, Time now) {
  out.begin_object();
  if (const auto filter = body.find("filter")) {
    for (const json::View member : filter->children()) out.key(member.key()).raw(member.raw());
  }
  if (const auto days = body.find("olderThanDays")) {
    const std::chrono::milliseconds age = std::chrono::days(days->integer().value_or(0));
    out.key("createdBefore").time({now.ms - age.count()});
  }
  out.end_object();
}

}  // namespace

Result<std::string> kept_request(BulkAction action, json::View sent, Time now) {
  // A route's body is kept as nodes less deep than filters and changes reach.
  TRY_ASSIGN(const json::Document document,
             json::Document::parse(std::string(sent.raw()), {.max_depth = json::kMaxDepth}));
  const json::View body = document.root();
  std::vector<FieldError> errors = check_members(action, body);
  if (const auto set = body.find("set")) {
    auto checked = web::check(kGenerationPatchSchema, *set, web::Use::patch);
    if (!checked) {
      for (FieldError& error : checked.error().fields) {
        error.path = "set." + error.path;
        errors.push_back(std::move(error));
      }
    }
    if (set->find("version")) errors.push_back({"set.version", "read_only", "Each generation has its own."});
  }
  if (!errors.empty()) return fail(web::invalid(std::move(errors)));
  std::string text;
  json::Writer out(text);
  out.begin_object();
  for (const std::string_view name : {"ids", "set"}) {
    if (const auto member = body.find(name)) out.key(name).raw(member->raw());
  }
  if (!body.find("ids")) write_filter(out.key("filter"), body, now);
  out.end_object();
  return text;
}

Result<BulkTarget> read_target(const domain::Operation& operation) {
  TRY_ASSIGN(const json::Document document, json::Document::parse(operation.request, {.max_depth = json::kMaxDepth}));
  const json::View request = document.root();
  BulkTarget target;
  if (const auto ids = request.find("ids")) {
    for (const json::View id : ids->children()) target.ids.emplace_back(id.text());
  } else if (const auto filter = request.find("filter")) {
    target.what = BulkTarget::What::filter;
    std::vector<FieldError> errors;
    const auto named = named_values(*filter);
    target.filter = web::read_filter(named, errors);
    target.words = web::read_words(named);
    if (request.find("substrings")) target.matching = domain::Matching::substrings;
  } else if (const auto undone = request.find("undo")) {
    target.what = BulkTarget::What::undo;
    target.undone = domain::action_from(undone->text()).value_or(BulkAction::trash);
  } else {
    target.what = BulkTarget::What::trash;
  }
  if (operation.action == BulkAction::restore) target.filter.deleted = true;
  if (operation.action == BulkAction::trash || operation.action == BulkAction::update) target.filter.deleted = false;
  if (const auto set = request.find("set")) {
    TRY_ASSIGN(target.set, json::Document::parse(std::string(set->raw()), {.max_depth = json::kMaxDepth}));
  }
  return target;
}

}  // namespace medialith::api
