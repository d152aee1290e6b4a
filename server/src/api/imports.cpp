// A file of generations on its way in: cut into items while it comes, written some at a time, skipping what is there.
// So it may be sent again, whole, whatever became of the first try.
#include "api/imports.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "api/generation_body.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/json_array.hpp"
#include "domain/imports.hpp"
#include "http/media_type.hpp"
#include "web/read_body.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

// What one write takes: it must not hold the writer for long.
constexpr std::size_t kBatchItems = 50;
constexpr std::size_t kBatchBytes = 1 << 20;
/// How often a batch is written again when somebody else has taken a number or an id.
constexpr int kMaxTries = 8;

constexpr web::Field kErrorFields[] = {
    {.name = "path", .doc = "Where: `[12].modelId` is of the thirteenth item."},
    {.name = "code", .doc = "A word for programs."},
    {.name = "message", .doc = "One sentence for people."},
};
constexpr web::Schema kError = {.name = "ImportError", .doc = "", .fields = kErrorFields};
constexpr web::Field kSummaryFields[] = {
    {.name = "received", .type = web::Type::integer, .doc = "Items of the file.", .min = 0},
    {.name = "imported", .type = web::Type::integer, .doc = "New here.", .min = 0},
    {.name = "existing", .type = web::Type::integer, .doc = "Left alone: their ids are here already.", .min = 0},
    {.name = "inTrash", .type = web::Type::integer, .doc = "The same, and they lie in the trash.", .min = 0},
    {.name = "refused", .type = web::Type::integer, .doc = "Not valid: `errors` says why.", .min = 0},
    {.name = "errors", .type = web::Type::array, .doc = "The first 100.", .of = &kError},
};

struct Summary {
  std::int64_t received = 0;
  domain::ImportCounts counts;
  std::int64_t refused = 0;
  std::vector<FieldError> errors;
};

std::string summary_json(const Summary& summary) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("received").integer(summary.received);
  out.key("imported").integer(summary.counts.imported);
  out.key("existing").integer(summary.counts.existing);
  out.key("inTrash").integer(summary.counts.in_trash);
  out.key("refused").integer(summary.refused);
  out.key("errors").begin_array();
  for (const FieldError& error : summary.errors) {
    out.begin_object();
    out.key("path").string(error.path).key("code").string(error.code).key("message").string(error.message);
    out.end_object();
  }
  out.end_array().end_object();
  return text;
}

/// A valid item. Errors: validation_failed, naming members.
Result<domain::Imported> read_item(json::View item, Time now) {
  TRY(web::check(kImportItemSchema, item, web::Use::create));
  domain::Imported imported;
  TRY_ASSIGN(imported.created_at, parse_iso8601(item.find("timestamp")->text()));
  if (imported.created_at > now || imported.created_at < Time{0}) {
    return fail(web::invalid("timestamp", "out_of_range", "This must be after 1970 and not in the future."));
  }
  imported.generation.id = item.find("id")->text();
  imported.generation.updated_at = imported.created_at;
  if (const auto updated = item.find("updatedAt")) {
    TRY_ASSIGN(const Time at, parse_iso8601(updated->text()));
    imported.generation.updated_at = std::clamp(at, imported.created_at, now);
  }
  TRY_ASSIGN(imported.generation.fields, fields_of(item));
  imported.search = search_text_of(imported.generation.fields);
  return imported;
}

/// One import under way, in one coroutine.
class Import {
 public:
  explicit Import(Context& context) : context_(context), reader_(kMaxImportItem), rids_(context.services.random) {}

  /// Reads and keeps all of it. What was kept before an error stays; the error's details say how much.
  Task<Result<void>> take() {
    auto done = co_await read_all();
    if (!done) {
      Error error = std::move(done).error();
      if (summary_.received > 0 && error.details_json.empty()) error.details_json = summary_json(summary_);
      co_return fail(std::move(error));
    }
    if (summary_.refused > 0 && summary_.refused == summary_.received) {
      Error error = web::invalid(summary_.errors);
      error.message = "Nothing of this can be imported; `fields` names what is wrong.";
      co_return fail(std::move(error));
    }
    co_return Result<void>();
  }

  const Summary& summary() const { return summary_; }
  std::string sha256() { return to_hex(hash_.finish()); }

 private:
  Task<Result<void>> read_all() {
    while (true) {
      CO_TRY_ASSIGN(const auto bytes, co_await context_.request.body->next());
      if (bytes.empty()) break;
      hash_.update(bytes);
      reader_.feed(text_of(bytes));
      CO_TRY(co_await take_items());
      CO_TRY(co_await make_room());
    }
    CO_TRY(reader_.finish());
    co_return co_await write_batch();
  }

  Task<Result<void>> take_items() {
    while (true) {
      CO_TRY_ASSIGN(auto text, reader_.next());
      if (!text) co_return Result<void>();
      CO_TRY(co_await take_item(std::move(*text)));
    }
  }

  Task<Result<void>> take_item(std::string text) {
    const std::size_t size = text.size();
    auto document = co_await web::parse_body(context_, std::move(text));
    const std::string at = fmt::format("[{}]", summary_.received);
    if (!document) {
      Error error = std::move(document).error();
      for (FieldError& field : error.fields) field.path = at + '.' + field.path;
      co_return fail(std::move(error));
    }
    ++summary_.received;
    auto item = read_item(document->root(), context_.services.clock.now());
    if (!item) {
      refuse(at, item.error());
      co_return Result<void>();
    }
    batch_.push_back(std::move(*item));
    batch_bytes_ += size;
    if (batch_.size() >= kBatchItems || batch_bytes_ >= kBatchBytes) CO_TRY(co_await write_batch());
    co_return Result<void>();
  }

  void refuse(const std::string& at, const Error& error) {
    ++summary_.refused;
    for (const FieldError& field : error.fields) {
      if (summary_.errors.size() == kMaxImportErrors) return;
      summary_.errors.push_back({field.path.empty() ? at : at + '.' + field.path, field.code, field.message});
    }
  }

  Task<Result<void>> write_batch() {
    if (batch_.empty()) co_return Result<void>();
    for (int tries = 1;; ++tries) {
      auto rids = rids_;
      auto run = [&](db::Transaction& tx) {
        domain::Mutation mutation(tx, context_.who(), nullptr, context_.services.clock.now());
        return domain::import_generations(mutation, batch_, rids = rids_);
      };
      const auto counts = co_await context_.services.database.write(run, batch_bytes_);
      if (counts) {
        context_.settled = true;
        add(*counts);
        rids_ = rids;
        break;
      }
      const ErrorCode code = counts.error().code;
      const bool taken = code == ErrorCode::version_conflict || code == ErrorCode::already_exists;
      if (!taken || tries == kMaxTries) co_return std::unexpected(counts.error());
    }
    batch_.clear();
    batch_bytes_ = 0;
    co_return Result<void>();
  }

  void add(const domain::ImportCounts& counts) {
    summary_.counts.imported += counts.imported;
    summary_.counts.existing += counts.existing;
    summary_.counts.in_trash += counts.in_trash;
  }

  /// A large item takes its part of the budget for bodies that have to be whole.
  Task<Result<void>> make_room() {
    const std::size_t held = reader_.held();
    if (held <= std::max(web::kUncountedBody, share_.bytes())) co_return Result<void>();
    co_return co_await context_.services.bodies.enlarge(share_, std::min<std::uint64_t>(2 * held, kMaxImportItem));
  }

  Context& context_;
  json::ArrayReader reader_;
  Sha256 hash_;
  domain::ImportRids rids_;
  web::BodyBudget::Share share_;
  std::vector<domain::Imported> batch_;
  std::size_t batch_bytes_ = 0;
  Summary summary_;
};

/// Keeps the answer for retries, when the key was not used meanwhile.
Task<Result<void>> keep_answer(Context& context, std::string id, std::string details) {
  auto run = [&](db::Transaction& tx) -> Result<std::optional<domain::Replay>> {
    domain::Mutation mutation(tx, context.who(), context.key(), context.services.clock.now());
    TRY_ASSIGN(auto replay, mutation.ask());
    if (!replay) mutation.answer(200, "import", id, details);
    return replay;
  };
  CO_TRY_ASSIGN(context.replay, co_await context.services.database.write(run));
  co_return Result<void>();
}

/// A retry brings the same bytes, and is answered as the first try was.
Task<Answer> replay(Context& context) {
  Sha256 hash;
  while (true) {
    CO_TRY_ASSIGN(const auto bytes, co_await context.request.body->next());
    if (bytes.empty()) break;
    hash.update(bytes);
  }
  CO_TRY_ASSIGN(const auto details, json::Document::parse(context.replay->details));
  if (to_hex(hash.finish()) != details.root().find("sha256")->text()) {
    co_return fail(ErrorCode::idempotency_key_reused, "This Idempotency-Key was used for another import.");
  }
  co_return web::json_response(200, std::string(details.root().find("summary")->raw()));
}

Task<Answer> import_all(Context& context) {
  const auto type = http::parse_media_type(context.request.headers.find("Content-Type").value_or(""));
  if (!type || type->essence != "application/json") {
    co_return fail(ErrorCode::unsupported_media_type, "Send the file with Content-Type: application/json.");
  }
  if (context.replay) co_return co_await replay(context);
  Import import(context);
  CO_TRY(co_await import.take());
  std::string summary = summary_json(import.summary());
  if (context.key() != nullptr) {
    std::string details = fmt::format(R"({{"sha256":"{}","summary":{}}})", import.sha256(), summary);
    CO_TRY(co_await keep_answer(context, context.services.uuids.make(), std::move(details)));
  }
  co_return web::json_response(200, std::move(summary));
}

}  // namespace

constinit const web::Schema kImportSummarySchema = {
    .name = "ImportSummary", .doc = "What became of an import.", .fields = kSummaryFields};

void add_import_routes(web::Routes& routes) {
  routes.add(
      {.method = http::Method::post,
       .pattern = "/v1/imports",
       .operation = "importGenerations",
       .summary = "Keeps generations from elsewhere with the times they had there. May be sent again: what is "
                  "here already is left alone.",
       .tag = "transfer",
       .scope = http::Scope::import,
       .body =
           {.kind = http::BodyKind::bytes, .max_bytes = kMaxImport, .types = {"application/json"}, .schema = "Import"},
       .responses = {{200, "It was read to its end.", "ImportSummary", "application/json", {"Idempotency-Replayed"}}},
       .mutation = true},
      import_all);
}

}  // namespace medialith::api
