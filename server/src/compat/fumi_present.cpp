#include "compat/fumi_present.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "web/asset_url.hpp"
#include "web/context.hpp"
#include "web/members.hpp"

namespace medialith::compat {
namespace {

using web::integer_or_null;
using web::text_or_null;
using web::time_or_null;

void write_deletion(json::Writer& out, const domain::Operation& operation) {
  out.begin_object();
  out.key("deleted").integer(operation.changed);
  out.key("matched").integer(operation.matched);
  out.key("operation").string(operation.id);
  out.end_object();
}

/// Each offending member once, with what is wrong with it.
std::string details_of(const std::vector<FieldError>& fields) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    if (std::ranges::find(fields.begin(), field, field->path, &FieldError::path) != field) continue;
    out.key(field->path).string(field->message);
  }
  out.end_object();
  return text;
}

}  // namespace

void write_media_file(json::Writer& out, const domain::AssetView& asset, const web::Services& services,
                      std::int64_t signed_until_s) {
  out.key("id").string(asset.id);
  text_or_null(out, "historyItemId", asset.generation_id);
  out.key("fileType").string(asset.kind);
  out.key("blobUrl").string(web::content_url({services, std::nullopt}, asset.id, asset.url_epoch));
  out.key("signedUrl").string(web::content_url({services, signed_until_s}, asset.id, asset.url_epoch));
  text_or_null(out, "originalFilename", asset.filename);
  integer_or_null(out, "fileSize", asset.size);
  out.key("contentType").string(asset.content_type);
  out.key("checksumSha256");
  asset.sha256.empty() ? out.null() : out.string(to_hex(asset.sha256));
  integer_or_null(out, "width", asset.width);
  integer_or_null(out, "height", asset.height);
  out.key("duration");
  asset.duration_ms ? out.number(static_cast<double>(*asset.duration_ms) / 1000) : out.null();
  out.key("createdAt").time(domain::created_at(asset.rid.value));
  time_or_null(out, "deletedAt", asset.deleted_at);
}

web::GenerationShape history_shape(const web::Services& services) {
  const std::int64_t signed_until_s = web::default_expiry_s(services.clock.now());
  return {.generation =
              [](std::string& text, const domain::GenerationView& item, domain::Highlighter*) {
                json::Writer out(text);
                out.begin_object();
                out.key("id").string(item.id);
                out.key("timestamp").time(domain::created_at(item.rid.value));
                out.key("createdAt").time(domain::created_at(item.rid.value));
                out.key("updatedAt").time(item.updated_at);
                out.key("modelId").string(item.model_id);
                out.key("modelName").string(item.model_name);
                out.key("category").string(item.category);
                out.key("provider").string(item.provider);
                out.key("prompt").string(item.prompt);
                out.key("inputParams").raw(item.input_params.value_or("{}"));
                out.key("result").raw(item.result.value_or("{}"));
                out.key("metadata").raw(item.metadata.value_or("{}"));
                out.key("mediaFiles").begin_array();
                const std::size_t place = text.size();
                out.end_array().end_object();
                return place;
              },
          .asset =
              [&services, signed_until_s](json::Writer& out, const domain::AssetView& asset) {
                out.begin_object();
                write_media_file(out, asset, services, signed_until_s);
                out.end_object();
              }};
}

std::string kept_file_json(const domain::AssetView& asset, const web::Services& services, Duplicate duplicate) {
  // The app hands this URL to a model's provider and keeps it with the parameters: the longest that there is.
  const std::int64_t until_s = services.clock.now().ms / 1000 + std::chrono::seconds(web::kUrlMaxLife).count();
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_media_file(out, asset, services, until_s);
  out.key("url").string(web::content_url({services, until_s}, asset.id, asset.url_epoch));
  out.key("metadata").begin_object();
  out.key("filename").string(asset.filename.value_or(asset.id));
  out.key("size").integer(asset.size.value_or(0));
  out.key("contentType").string(asset.content_type);
  out.key("uploadedAt").time(domain::created_at(asset.rid.value));
  out.end_object();
  if (duplicate == Duplicate::yes) out.key("duplicate").boolean(true);
  out.end_object();
  return text;
}

http::Response deleted_response(const domain::Operation& operation) {
  std::string text;
  json::Writer out(text);
  write_deletion(out, operation);
  return web::json_response(operation.completed ? 200 : 202, std::move(text));
}

http::Response deleted_one_response() { return web::json_response(200, R"({"deleted":1})"); }

http::Response present_history_error(const Error& error, const http::Request& request) {
  Error shown = error;
  if (shown.code == ErrorCode::not_found) shown.message = "There is no such history item.";
  for (FieldError& field : shown.fields) {
    if (field.path != "generationId") continue;
    field.path = "historyItemId";
    field.message = shown.message;
  }
  if (shown.details_json.empty() && !shown.fields.empty()) shown.details_json = details_of(shown.fields);
  return web::present_error(shown, request);
}

domain::GenerationFields with_members(domain::GenerationFields fields, json::View body) {
  const auto set_text = [&](std::string_view name, std::string& member) {
    if (const auto value = body.find(name)) member = value->text();
  };
  const auto set_object = [&](std::string_view name, std::string& member) {
    if (const auto value = body.find(name)) member = value->raw();
  };
  set_text("modelId", fields.model_id);
  set_text("modelName", fields.model_name);
  set_text("category", fields.category);
  set_text("provider", fields.provider);
  set_text("prompt", fields.prompt);
  set_object("inputParams", fields.input_params);
  set_object("result", fields.result);
  set_object("metadata", fields.metadata);
  return fields;
}

}  // namespace medialith::compat
