#include "api/uploads.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "api/assets.hpp"
#include "base/bytes.hpp"
#include "http/media_type.hpp"
#include "web/form.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;
using Bytes = std::span<const std::byte>;

/// `sha-256=:<base64>:` of Repr-Digest or Content-Digest (RFC 9530); other algorithms are passed over.
Result<std::optional<Digest>> declared_digest(const http::Request& request) {
  for (const std::string_view name : {"Repr-Digest", "Content-Digest"}) {
    const auto field = request.headers.find(name);
    if (!field) continue;
    constexpr std::string_view kStart = "sha-256=:";
    const std::size_t start = field->find(kStart);
    if (start == std::string_view::npos) continue;
    const std::string_view rest = field->substr(start + kStart.size());
    const auto bytes = from_base64(rest.substr(0, rest.find(':')));
    if (!bytes || bytes->size() != sizeof(Digest) || rest.find(':') == std::string_view::npos) {
      return fail(web::invalid(name, "not_a_digest", "This must be sha-256=:<base64 of 32 bytes>:."));
    }
    Digest digest;
    std::ranges::copy(*bytes, digest.begin());
    return digest;
  }
  return std::nullopt;
}

Task<Answer> present(Context& context, domain::ArrivalOutcome outcome) {
  if (outcome.replay) {
    context.replay = outcome.replay;
    const auto duplicate = outcome.replay->status == 200 ? Duplicate::yes : Duplicate::no;
    co_return co_await asset_response(context, outcome.asset_id, outcome.replay->status, duplicate);
  }
  const bool created = outcome.arrival == domain::Arrival::created;
  co_return co_await asset_response(context, outcome.asset_id, created ? 201 : 200,
                                    created ? Duplicate::no : Duplicate::yes);
}

intake::Arriving arriving(const Context& context) {
  return {.principal = context.who(), .key = context.key(), .replay = context.replay ? &*context.replay : nullptr};
}

Task<Answer> take_form(Context& context, intake::Intake& intake, std::string_view content_type) {
  for (const std::string_view name : {"filename", "generationId"}) {
    if (context.request.query_value(name)) {
      co_return fail(web::invalid(name, "not_allowed", "A form carries this as a field, not in the query."));
    }
  }
  CO_TRY_ASSIGN(auto form, web::Form::create(*context.request.body, content_type, {.home = "generationId"}));
  CO_TRY(co_await form.find_file());
  intake::Arriving file = arriving(context);
  file.filename = form.filename();
  file.declared_type = form.file().content_type;
  auto source = form.source(file.generation_id);
  CO_TRY_ASSIGN(auto outcome, co_await intake.take(file, std::move(source)));
  context.settled = file.replay == nullptr;
  co_return co_await present(context, std::move(outcome));
}

Task<Answer> take_raw(Context& context, intake::Intake& intake, std::string_view content_type) {
  http::Request& request = context.request;
  intake::Arriving file = arriving(context);
  if (const auto name = request.query_value("filename")) file.filename = std::string(*name);
  if (const auto id = request.query_value("generationId")) file.generation_id = std::string(*id);
  file.declared_type = content_type;
  file.size = request.body->length();
  CO_TRY_ASSIGN(file.sha256, declared_digest(request));
  auto source = [&]() -> Task<Result<Bytes>> { return request.body->next(); };
  CO_TRY_ASSIGN(auto outcome, co_await intake.take(file, source));
  context.settled = file.replay == nullptr;
  co_return co_await present(context, std::move(outcome));
}

Task<Answer> upload(Context& context, intake::Intake& intake) {
  const std::string content_type(context.request.headers.find("Content-Type").value_or(""));
  const auto type = http::parse_media_type(content_type);
  // Also one without its boundary: it is refused as a form, not kept as bytes.
  if (web::is_form(content_type)) co_return co_await take_form(context, intake, content_type);
  // A JSON body without a file name is what asks for an upload grant, not a file.
  if (type && type->essence == "application/json" && !context.request.query_value("filename")) {
    co_return fail(ErrorCode::unsupported_media_type,
                   "To keep a JSON file name it: ?filename=. Else send a file as multipart/form-data or as raw bytes.");
  }
  co_return co_await take_raw(context, intake, content_type);
}

}  // namespace

void add_upload_routes(web::Routes& routes, intake::Intake& intake) {
  routes.add(
      {.method = http::Method::post,
       .pattern = "/v1/uploads",
       .operation = "uploadFile",
       .summary = "Keeps a file: a form with a part `file`, or the raw bytes.",
       .tag = "assets",
       .scope = http::Scope::write,
       .body = {.kind = http::BodyKind::bytes,
                .max_bytes = intake.max_body_size(),
                .types = {"multipart/form-data", "*/*"}},
       .parameters = {{"filename", "query", "string", "The file's name, of a raw body."},
                      {"generationId", "query", "string", "The generation it belongs to, of a raw body."},
                      {"Repr-Digest", "header", "string", "`sha-256=:…:` (RFC 9530): other bytes are refused."}},
       .responses =
           {{201,
             "Kept: its bytes are on disk.",
             "Asset",
             "application/json",
             {"ETag", "Location", "Idempotency-Replayed"}},
            {200, "These bytes were here already.", "Asset", "application/json", {"ETag", "Idempotency-Replayed"}},
            {404, "The generation it is to belong to is not there."}},
       .mutation = true},
      [&intake](Context& context) { return upload(context, intake); });
}

}  // namespace medialith::api
