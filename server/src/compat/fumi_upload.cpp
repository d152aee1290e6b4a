#include <utility>

#include "compat/fumi.hpp"
#include "compat/fumi_present.hpp"
#include "domain/assets.hpp"
#include "web/form.hpp"

namespace medialith::compat {
namespace {

using web::Context;
using Answer = Result<http::Response>;

/// Always 200: the app looks at no other status.
Task<Answer> kept_response(Context& context, std::string id, Duplicate duplicate) {
  // A retry is answered with what its first try made, wherever that lies now.
  const domain::Trash trash = context.replay ? domain::Trash::include : domain::Trash::exclude;
  std::string text;
  auto look = [&](db::Connection& connection) {
    const auto on_asset = [&](const domain::AssetView& asset) {
      text = kept_file_json(asset, context.services, duplicate);
    };
    return domain::find_asset(connection, context.who().user, id, on_asset, trash);
  };
  CO_TRY_ASSIGN(const bool found, co_await context.services.database.read(look));
  if (!found) co_return fail(ErrorCode::not_found, "There is no such asset.");
  co_return web::json_response(200, std::move(text));
}

Task<Result<void>> find_file(web::Form& form) {
  auto found = co_await form.find_file();
  const bool none = !found && found.error().fields.size() == 1 && found.error().fields.front().code == "required";
  if (none) found.error().message = "No file provided.";
  co_return found;
}

Task<Answer> upload(Context& context, intake::Intake& intake) {
  const std::string content_type(context.request.headers.find("Content-Type").value_or(""));
  CO_TRY_ASSIGN(auto form, web::Form::create(*context.request.body, content_type,
                                             {.home = "historyItemId", .drops_unknown = true}));
  CO_TRY(co_await find_file(form));
  intake::Arriving file{
      .principal = context.who(), .key = context.key(), .replay = context.replay ? &*context.replay : nullptr};
  file.filename = form.filename();
  file.declared_type = form.file().content_type;
  auto source = form.source(file.generation_id);
  CO_TRY_ASSIGN(domain::ArrivalOutcome outcome, co_await intake.take(file, std::move(source)));
  context.settled = file.replay == nullptr;
  if (outcome.replay) context.replay = outcome.replay;
  const bool was_there = outcome.replay ? outcome.replay->status == 200 : outcome.arrival != domain::Arrival::created;
  co_return co_await kept_response(context, outcome.asset_id, was_there ? Duplicate::yes : Duplicate::no);
}

}  // namespace

void add_fumi_upload_route(web::Routes& routes, intake::Intake& intake) {
  routes.add(
      {.method = http::Method::post,
       .pattern = "/api/upload",
       .operation = "uploadHistoryFile",
       .summary = "Keeps the file of a form's part `file`; a field `historyItemId` says whose it is.",
       .tag = "history (Fumi)",
       .scope = http::Scope::write,
       .body = {.kind = http::BodyKind::bytes, .max_bytes = intake.max_body_size(), .types = {"multipart/form-data"}},
       .responses =
           {{200, "Kept: its bytes are on disk.", "HistoryUpload", "application/json", {"Idempotency-Replayed"}},
            {404, "The item it is to belong to is not there."}},
       .mutation = true},
      [&intake](Context& context) { return upload(context, intake); });
}

}  // namespace medialith::compat
