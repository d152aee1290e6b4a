#include <charconv>

#include "http/conditional.hpp"
#include "web/context.hpp"

namespace medialith::web {
namespace {

/// What was refused for want of room may come again soon.
std::optional<std::chrono::seconds> retry_after(const Error& error) {
  const bool passes = error.code == ErrorCode::overloaded || error.code == ErrorCode::unavailable;
  return passes && !error.retry_after ? std::chrono::seconds(1) : error.retry_after;
}

}  // namespace

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

Result<http::Response> versioned_response(const http::Request& request, int status, std::string body,
                                          std::int64_t version) {
  const std::string etag = version_etag(version);
  if (request.method == http::Method::get || request.method == http::Method::head) {
    const http::Validators validators{.exists = true, .etag = etag};
    TRY_ASSIGN(const auto decision, http::evaluate_preconditions(request.method, request.headers, validators));
    if (decision == http::Precondition::failed) {
      return fail(ErrorCode::precondition_failed, "This has another version than the one that you named.");
    }
    if (decision == http::Precondition::not_modified) {
      http::Response unchanged;
      unchanged.status = 304;
      unchanged.headers.set("ETag", etag);
      return unchanged;
    }
  }
  http::Response response = json_response(status, std::move(body));
  response.headers.set("ETag", etag);
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

http::Response present_error(const Error& error, const http::Request& request) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("error").string(error.message);
  out.key("code").string(wire_name(error.code));
  out.key("requestId").string(request.id);
  if (!error.details_json.empty()) out.key("details").raw(error.details_json);
  if (!error.fields.empty()) {
    out.key("fields").begin_array();
    for (const FieldError& field : error.fields) {
      out.begin_object();
      out.key("path").string(field.path);
      out.key("code").string(field.code);
      out.key("message").string(field.message);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
  http::Response response = json_response(http_status(error.code), std::move(body));
  if (const auto wait = retry_after(error)) response.headers.set("Retry-After", std::to_string(wait->count()));
  if (error.code == ErrorCode::unauthenticated) response.headers.set("WWW-Authenticate", "Bearer");
  return response;
}

std::string version_etag(std::int64_t version) { return http::strong_etag(std::to_string(version)); }

Result<std::optional<std::int64_t>> if_match_version(const http::Request& request) {
  const auto field = request.headers.find("If-Match");
  if (!field || *field == "*") return std::nullopt;
  const auto opaque = http::etag_opaque(*field);
  std::int64_t version = 0;
  if (opaque) {
    const auto [end, error] = std::from_chars(opaque->data(), opaque->data() + opaque->size(), version);
    if (error == std::errc() && end == opaque->data() + opaque->size() && !field->starts_with("W/")) return version;
  }
  return fail(ErrorCode::precondition_failed, "If-Match must be the ETag of the version you have seen.");
}

}  // namespace medialith::web
