#include "api/asset_content.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "blob/store.hpp"
#include "domain/assets.hpp"
#include "http/conditional.hpp"
#include "http/content_disposition.hpp"
#include "http/range.hpp"
#include "media/type.hpp"
#include "web/schema.hpp"

namespace medialith::api {
namespace {

using web::Context;
using Answer = Result<http::Response>;

/// A year: a blob never changes, and its URL names it for good.
constexpr std::string_view kImmutable = "private, max-age=31536000, immutable";

/// How long a URL to the store is good for, at least half of it; and, well within that, how long the redirect to it.
constexpr std::chrono::hours kRedirectValid{1};
constexpr std::string_view kRedirectCached = "private, max-age=300";

/// Streams what has no descriptor to send from.
class BlobBody final : public http::BodySource {
 public:
  BlobBody(std::unique_ptr<blob::Reader> reader, std::uint64_t length) : reader_(std::move(reader)), length_(length) {}
  std::optional<std::uint64_t> length() const override { return length_; }
  Task<Result<std::size_t>> read(std::span<std::byte> out) override { co_return co_await reader_->read(out); }

 private:
  std::unique_ptr<blob::Reader> reader_;
  std::uint64_t length_;  // of the range
};

/// Who may read, and how: by signature or as the owner.
struct Permission {
  domain::AssetContent content;
  bool is_signed = false;
  bool download = false;
};

std::unexpected<Error> not_found() { return fail(ErrorCode::not_found, "There is no such asset."); }

Task<Result<std::optional<domain::AssetContent>>> find(Context& context) {
  auto look = [&](db::Connection& connection) { return domain::find_content(connection, context.path_value(0)); };
  co_return co_await context.services.database.read(look);
}

Task<Result<Permission>> permit_signed(Context& context) {
  const auto claims =
      context.services.urls.verify(context.path_value(0), context.request.raw_query, context.services.clock.now());
  if (!claims) co_return std::unexpected(claims.error());
  CO_TRY_ASSIGN(auto content, co_await find(context));
  if (!content) co_return not_found();
  if (content->url_epoch != claims->epoch) {
    co_return fail(ErrorCode::invalid_signature, "This link is not valid or has expired. Ask for a new one.");
  }
  co_return Permission{std::move(*content), true, claims->download};
}

Task<Result<Permission>> permit_owner(Context& context) {
  if (!context.principal) co_return fail(ErrorCode::unauthenticated, "Sign in, send a key, or use a signed link.");
  if (!has(context.who().scopes, domain::Scopes::read)) {
    co_return fail(ErrorCode::insufficient_scope, "This key's scopes do not include reading.");
  }
  for (const http::QueryParameter& parameter : context.request.query) {
    if (parameter.name != "download" && parameter.name != "userId") {
      co_return fail(
          web::invalid(parameter.name, "unknown", fmt::format("There is no parameter `{}` here.", parameter.name)));
    }
    if (parameter.name == "download" && context.request.query_value("download")->data() != parameter.value.data()) {
      co_return fail(web::invalid("download", "repeated", "`download` may be given once."));
    }
  }
  CO_TRY_ASSIGN(auto content, co_await find(context));
  if (!content || content->owner != context.who().user) co_return not_found();
  const auto download = context.request.query_value("download");
  co_return Permission{std::move(*content), false, download && *download != "0" && *download != "false"};
}

bool claims_signature(const http::Request& request) {
  for (const http::QueryParameter& parameter : request.query) {
    if (parameter.name == "sig" || parameter.name == "exp" || parameter.name == "epoch") return true;
  }
  return false;
}

/// How the bytes are shown, whoever hands them out.
blob::Presented present(const Permission& permission) {
  const media::Serving serving = media::serving_of(permission.content.content_type);
  // Text is UTF-8 or nothing a browser should guess at.
  const bool text = serving.content_type.starts_with("text/");
  const bool attached = serving.attachment || permission.download;
  return {.content_type = std::string(serving.content_type) + (text ? "; charset=utf-8" : ""),
          .content_disposition =
              http::content_disposition(attached ? http::Disposition::attachment : http::Disposition::inline_,
                                        permission.content.filename.value_or("")),
          .cache_control = std::string(kImmutable)};
}

void set_headers(http::Response& response, const Permission& permission, const std::string& etag) {
  http::Headers& headers = response.headers;
  blob::Presented presented = present(permission);
  headers.set("Content-Type", std::move(presented.content_type));
  headers.set("Content-Disposition", std::move(presented.content_disposition));
  headers.set("ETag", etag);
  headers.set("Cache-Control", std::move(presented.cache_control));
  headers.set("Accept-Ranges", "bytes");
  headers.set("Content-Security-Policy", "sandbox; default-src 'none'");
  headers.set("Cross-Origin-Resource-Policy", permission.is_signed ? "cross-origin" : "same-origin");
  if (!permission.is_signed) headers.set("Vary", "Authorization, Cookie");
}

/// To the store itself. A URL there is for GET alone: HEAD is answered here.
Task<Answer> redirect(const Permission& permission, blob::DirectTransfers& direct) {
  CO_TRY_ASSIGN(std::string url,
                co_await direct.sign_get(permission.content.blob_key, present(permission), kRedirectValid));
  http::Response response;
  response.status = 302;
  response.headers.set("Location", std::move(url));
  response.headers.set("Cache-Control", kRedirectCached);
  if (!permission.is_signed) response.headers.set("Vary", "Authorization, Cookie");
  co_return response;
}

Task<Answer> send(Context& context, blob::BlobStore& blobs, const Permission& permission) {
  const std::string etag = http::strong_etag(to_hex(bytes_of(permission.content.sha256)));
  const http::Validators validators{.exists = true, .etag = etag};
  const http::Request& request = context.request;
  CO_TRY_ASSIGN(const auto decision, http::evaluate_preconditions(request.method, request.headers, validators));
  if (decision == http::Precondition::failed) {
    co_return fail(ErrorCode::precondition_failed, "The bytes have another ETag.");
  }
  http::Response response;
  set_headers(response, permission, etag);
  if (decision == http::Precondition::not_modified) {
    response.status = 304;
    co_return response;
  }
  if (request.method == http::Method::get && context.services.settings.redirect_downloads &&
      blobs.direct() != nullptr) {
    co_return co_await redirect(permission, *blobs.direct());
  }
  const std::uint64_t size = permission.content.size;
  const http::RangeDecision range = http::decide_range(request.method, request.headers, validators, size);
  if (range.kind == http::RangeKind::unsatisfiable) {
    http::Response refused = web::present_error(
        make_error(ErrorCode::range_not_satisfiable, fmt::format("The file has {} bytes.", size)), request);
    refused.headers.set("Content-Range", http::unsatisfied_range(size));
    co_return refused;
  }
  CO_TRY_ASSIGN(auto reader, co_await blobs.open(permission.content.blob_key, {range.offset, range.length}));
  if (range.kind == http::RangeKind::part) {
    response.status = 206;
    response.headers.set("Content-Range", http::content_range(range.offset, range.length, size));
  }
  if (reader->size() != size) {
    co_return fail(ErrorCode::blob_corrupt, "The file is damaged: it has not the length that it had.",
                   permission.content.blob_key);
  }
  if (const auto file = reader->file()) {
    response.body = http::FileBody(file->fd, file->offset, file->length, std::shared_ptr<void>(std::move(reader)));
  } else {
    response.body = std::make_unique<BlobBody>(std::move(reader), range.length);
  }
  co_return response;
}

}  // namespace

Task<Answer> asset_content(Context& context, blob::BlobStore& blobs) {
  // A link that claims to be signed stands or falls by its signature, whatever cookie comes with it.
  auto permission =
      claims_signature(context.request) ? co_await permit_signed(context) : co_await permit_owner(context);
  if (!permission) co_return std::unexpected(permission.error());
  co_return co_await send(context, blobs, *permission);
}

}  // namespace medialith::api
