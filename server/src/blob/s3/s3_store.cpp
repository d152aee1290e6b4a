#include "blob/s3/s3_store.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "blob/s3/objects.hpp"
#include "blob/s3/probe.hpp"
#include "blob/s3/reader.hpp"
#include "blob/s3/staging.hpp"

namespace medialith::blob {
namespace {

constexpr std::size_t kLongestPage = 1000;
constexpr std::string_view kStoreIdName = "STORE_ID";

std::unexpected<Error> no_key(std::string_view key) {
  return fail(ErrorCode::internal, "The store failed.", fmt::format("not a key: {}", key));
}

Md5::Value md5_of(std::string_view text) {
  Md5 hash;
  hash.update(bytes_of(text));
  return hash.finish();
}

Result<std::shared_ptr<s3::Core>> make_core(S3Options options, const s3::Parts& parts) {
  TRY_ASSIGN(s3::Address address, s3::Address::make(options.address));
  return std::make_shared<s3::Core>(std::move(address), std::move(options), parts);
}

/// One page of all objects whose name begins with `prefix`.
struct ListRequest {
  std::string prefix;
  std::string after;         ///< names behind it
  std::string continuation;  ///< of the page before, which then counts instead
  std::size_t limit = kLongestPage;
};

Task<Result<s3::ObjectList>> list_objects(s3::Core& core, ListRequest request) {
  s3::Call call{.query = {{"list-type", "2"},
                          {"encoding-type", "url"},
                          {"max-keys", fmt::format("{}", request.limit)},
                          {"prefix", std::move(request.prefix)}}};
  if (!request.continuation.empty()) {
    call.query.emplace_back("continuation-token", std::move(request.continuation));
  } else if (!request.after.empty()) {
    call.query.emplace_back("start-after", std::move(request.after));
  }
  CO_TRY_ASSIGN(const s3::Answer answer, co_await core.client.ask(std::move(call)));
  if (!answer.ok()) co_return s3::refused(answer, "list the bucket");
  co_return s3::parse_objects(answer.body);
}

}  // namespace

Task<Result<std::unique_ptr<S3Store>>> S3Store::open(S3Options options, s3::Parts parts) {
  CO_TRY_ASSIGN(auto core, make_core(std::move(options), parts));
  CO_TRY(co_await s3::probe(*core));
  co_return std::unique_ptr<S3Store>(new S3Store(std::move(core)));
}

Task<Result<std::unique_ptr<S3Store>>> S3Store::open_to_read(S3Options options, s3::Parts parts) {
  options.create_bucket = false;
  CO_TRY_ASSIGN(auto core, make_core(std::move(options), parts));
  CO_TRY(co_await s3::reach_bucket(*core));
  co_return std::unique_ptr<S3Store>(new S3Store(std::move(core)));
}

Capabilities S3Store::capabilities() const {
  Capabilities result;
  result.presigned = true;
  result.server_copy = true;
  return result;
}

Task<Result<std::unique_ptr<Staging>>> S3Store::stage(Expected expected) {
  auto staging = std::make_unique<s3::S3Staging>(core_, expected);
  CO_TRY(staging->begin());
  co_return std::unique_ptr<Staging>(std::move(staging));
}

Task<Result<std::unique_ptr<Reader>>> S3Store::open(std::string key, Range range) {
  if (!is_valid_key(key)) co_return no_key(key);
  co_return co_await s3::open_object(core_, address().object(key), range);
}

Task<Result<std::uint64_t>> S3Store::stat(std::string key) {
  if (!is_valid_key(key)) co_return no_key(key);
  CO_TRY_ASSIGN(const s3::ObjectInfo info, co_await s3::stat_object(*core_, address().object(key)));
  co_return info.size;
}

Task<Result<void>> S3Store::remove(std::string key) {
  if (!is_valid_key(key)) co_return no_key(key);
  co_return co_await s3::remove_object(*core_, address().object(key));
}

Task<Result<void>> S3Store::copy(std::string from, std::string to) {
  if (!is_valid_key(from)) co_return no_key(from);
  if (!is_valid_key(to)) co_return no_key(to);
  const std::string source = address().object(from);
  CO_TRY_ASSIGN(const s3::ObjectInfo info, co_await s3::stat_object(*core_, source));
  co_return co_await s3::copy_object(*core_, source, info, address().object(to));
}

Task<Result<ListPage>> S3Store::list(std::string prefix, std::string cursor, std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kLongestPage);
  ListRequest request{.prefix = address().object(prefix), .after = {}, .continuation = {}, .limit = limit};
  if (!cursor.empty()) request.after = address().object(cursor);
  ListPage page;
  bool more = false;
  do {
    CO_TRY_ASSIGN(s3::ObjectList list, co_await list_objects(*core_, request));
    for (s3::ListedObject& object : list.objects) {
      // What is not ours (STORE_ID, incoming, other people's objects) is passed over.
      auto key = address().key_of(object.key);
      if (!key || !is_valid_key(*key)) continue;
      more = page.blobs.size() == limit;
      if (more) break;
      page.blobs.push_back({std::move(*key), object.size, object.modified});
    }
    request.continuation = std::move(list.continuation);
  } while (page.blobs.size() < limit && !request.continuation.empty());
  if (more || !request.continuation.empty()) page.next_cursor = page.blobs.back().key;
  co_return page;
}

Task<Result<std::optional<std::string>>> S3Store::store_id() {
  s3::Call call{.object = address().object(kStoreIdName)};
  CO_TRY_ASSIGN(const s3::Answer answer, co_await core_->client.ask(std::move(call)));
  if (answer.missing()) co_return std::nullopt;
  if (!answer.ok()) co_return s3::refused(answer, "read STORE_ID");
  if (!is_valid_store_id(answer.body)) {
    co_return fail(ErrorCode::blob_corrupt, "The store's STORE_ID is damaged.", answer.body.substr(0, 100));
  }
  co_return std::optional(answer.body);
}

Task<Result<void>> S3Store::set_store_id(std::string id) {
  if (!is_valid_store_id(id)) co_return fail(ErrorCode::internal, "The store failed.", "not a store id");
  s3::Call call{.method = "PUT",
                .object = address().object(kStoreIdName),
                .headers = {{"content-type", "text/plain"}, {"content-md5", to_base64(md5_of(id))}},
                .body = bytes_of(id)};
  CO_TRY_ASSIGN(const s3::Answer answer, co_await core_->client.ask(std::move(call)));
  if (!answer.ok()) co_return s3::refused(answer, "write STORE_ID");
  co_return Result<void>();
}

Task<Result<std::size_t>> S3Store::sweep_staging(Time older_than) {
  CO_TRY_ASSIGN(const std::size_t uploads, co_await sweep_uploads(older_than));
  CO_TRY_ASSIGN(const std::size_t incoming, co_await sweep_incoming(older_than));
  co_return uploads + incoming;
}

Task<Result<std::size_t>> S3Store::sweep_uploads(Time older_than) {
  std::size_t swept = 0;
  s3::UploadList page;
  do {
    s3::Call call{.query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", address().object("")}}};
    if (!page.next_key.empty()) {
      call.query.emplace_back("key-marker", page.next_key);
      call.query.emplace_back("upload-id-marker", page.next_upload_id);
    }
    CO_TRY_ASSIGN(const s3::Answer answer, co_await core_->client.ask(std::move(call)));
    if (!answer.ok()) co_return s3::refused(answer, "list the uploads under way");
    CO_TRY_ASSIGN(page, s3::parse_uploads(answer.body));
    for (const s3::ListedUpload& upload : page.uploads) {
      if (upload.initiated >= older_than || !address().key_of(upload.key)) continue;
      const s3::Upload old{.object = upload.key, .id = upload.upload_id};
      CO_TRY(co_await s3::abort_upload(*core_, old));
      ++swept;
    }
  } while (!page.next_key.empty());
  co_return swept;
}

Task<Result<std::size_t>> S3Store::sweep_incoming(Time older_than) {
  std::size_t swept = 0;
  ListRequest request{.prefix = address().object(kIncomingFolder) + "/", .after = {}, .continuation = {}};
  do {
    CO_TRY_ASSIGN(s3::ObjectList list, co_await list_objects(*core_, request));
    for (const s3::ListedObject& object : list.objects) {
      if (object.modified >= older_than) continue;
      CO_TRY(co_await s3::remove_object(*core_, object.key));
      ++swept;
    }
    request.continuation = std::move(list.continuation);
  } while (!request.continuation.empty());
  co_return swept;
}

Task<Result<std::vector<s3::CorsRule>>> S3Store::cors() {
  s3::Call call{.query = {{"cors", ""}}};
  CO_TRY_ASSIGN(const s3::Answer answer, co_await core_->client.ask(std::move(call)));
  if (answer.missing()) co_return std::vector<s3::CorsRule>();
  if (!answer.ok()) co_return s3::refused(answer, "read the bucket's CORS rules");
  co_return s3::parse_cors(answer.body);
}

Task<Result<void>> S3Store::set_cors(std::vector<s3::CorsRule> rules) {
  const std::string body = s3::cors_body(rules);
  s3::Call call{.method = "PUT",
                .query = {{"cors", ""}},
                .headers = {{"content-type", "application/xml"}, {"content-md5", to_base64(md5_of(body))}},
                .body = bytes_of(body)};
  CO_TRY_ASSIGN(const s3::Answer answer, co_await core_->client.ask(std::move(call)));
  if (!answer.ok()) co_return s3::refused(answer, "write the bucket's CORS rules");
  co_return Result<void>();
}

}  // namespace medialith::blob
