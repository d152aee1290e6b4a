#include "blob/s3/direct.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "blob/s3/reader.hpp"

namespace medialith::blob::s3 {
namespace {

constexpr std::size_t kReadPiece = 256UL << 10;
/// S3's own limit of an object.
constexpr std::uint64_t kLargestObject = 5ULL << 40;

Error bug(std::string detail) { return make_error(ErrorCode::internal, "The store failed.", std::move(detail)); }

/// The last multiple of `step` before now.
Time grid_before(Time now, std::chrono::milliseconds step) {
  return {now.ms - now.ms % std::max<std::int64_t>(step.count(), 1)};
}

/// The names of uploads come back from rows: anything else there is damage.
bool is_incoming(std::string_view name) {
  const std::size_t slash = name.find('/');
  return name.substr(0, slash) == kIncomingFolder && slash != std::string_view::npos &&
         is_valid_key(name.substr(slash + 1));
}

}  // namespace

Task<Result<std::string>> S3Direct::sign_get(std::string key, Presented presented, std::chrono::seconds valid) {
  if (!is_valid_key(key)) co_return fail(bug("not a key: " + key));
  Call call{.object = core_->client.address().object(key),
            .query = {{"response-content-type", std::move(presented.content_type)},
                      {"response-content-disposition", std::move(presented.content_disposition)},
                      {"response-cache-control", std::move(presented.cache_control)}}};
  co_return co_await core_->client.presign(std::move(call), grid_before(core_->client.now(), valid / 2), valid);
}

Task<Result<DirectUpload>> S3Direct::begin(std::uint64_t size) {
  if (size > kLargestObject) {
    co_return fail(ErrorCode::file_too_large, "The file is larger than the file store takes.");
  }
  DirectUpload upload{.name = incoming_name(core_->client.random()),
                      .upload_id = {},
                      .size = size,
                      .part_size = part_size_for(size, core_->options.direct_part_size)};
  if (upload.parts() == 1) co_return upload;
  CO_TRY_ASSIGN(Upload begun, co_await begin_upload(*core_, core_->client.address().object(upload.name)));
  upload.upload_id = std::move(begun.id);
  co_return upload;
}

Task<Result<SignedRequest>> S3Direct::sign_part(DirectUpload upload, std::uint32_t number, std::chrono::seconds valid) {
  if (!is_incoming(upload.name) || number == 0 || number > upload.parts()) co_return fail(bug("no such part"));
  const std::uint64_t begin = (number - 1) * upload.part_size;
  // Signed, so that nobody can send more than was granted.
  const std::string length = fmt::format("{}", std::min(upload.part_size, upload.size - begin));
  Call call{
      .method = "PUT", .object = core_->client.address().object(upload.name), .headers = {{"content-length", length}}};
  if (!upload.upload_id.empty()) {
    call.query = {{"partNumber", fmt::format("{}", number)}, {"uploadId", upload.upload_id}};
  }
  SignedRequest request{.method = call.method, .url = {}, .headers = {{"content-length", length}}};
  CO_TRY_ASSIGN(request.url, co_await core_->client.presign(std::move(call), core_->client.now(), valid));
  co_return request;
}

/// The provider knows which parts it has: nobody needs to tell their ETags. Joined already is success.
Task<Result<void>> S3Direct::join_parts(const DirectUpload& upload, const std::string& object) {
  const Upload begun{.object = object, .id = upload.upload_id};
  auto parts = co_await list_parts(*core_, begun);
  if (!parts && parts.error().code == ErrorCode::blob_missing) {
    const auto joined = co_await stat_object(*core_, object);
    co_return joined ? Result<void>() : std::unexpected(joined.error());
  }
  if (!parts) co_return std::unexpected(std::move(parts).error());
  std::uint64_t size = 0;
  for (const Part& part : *parts) size += part.size;
  if (parts->size() != upload.parts()) {
    co_return fail(ErrorCode::blob_missing, "Not all parts of the file have arrived.",
                   fmt::format("{}: {} of {} parts", upload.name, parts->size(), upload.parts()));
  }
  if (size != upload.size) {
    co_return fail(ErrorCode::length_mismatch, fmt::format("{} bytes were announced, {} arrived.", upload.size, size));
  }
  co_return co_await complete_upload(*core_, begun, std::move(*parts), size);
}

Task<Result<std::unique_ptr<Staging>>> S3Direct::accept(DirectUpload upload, Expected expected) {
  if (!is_incoming(upload.name)) co_return fail(bug("no incoming upload: " + upload.name));
  const std::string object = core_->client.address().object(upload.name);
  if (!upload.upload_id.empty()) CO_TRY(co_await join_parts(upload, object));
  if (!expected.size) expected.size = upload.size;
  auto staging = std::make_unique<IncomingStaging>(core_, object, expected);
  CO_TRY(co_await staging->load());
  co_return std::unique_ptr<Staging>(std::move(staging));
}

Task<Result<void>> S3Direct::drop(DirectUpload upload) {
  if (!is_incoming(upload.name)) co_return fail(bug("no incoming upload: " + upload.name));
  const std::string object = core_->client.address().object(upload.name);
  if (!upload.upload_id.empty()) {
    const Upload begun{.object = object, .id = upload.upload_id};
    CO_TRY(co_await abort_upload(*core_, begun));
  }
  co_return co_await remove_object(*core_, object);
}

Task<Result<void>> IncomingStaging::load() {
  CO_TRY(check_.begin());
  CO_TRY_ASSIGN(info_, co_await stat_object(*core_, object_));
  CO_TRY_ASSIGN(auto reader, co_await open_object(core_, object_, Range{}));
  Sha256 hash;
  std::vector<std::byte> piece(kReadPiece);
  while (true) {
    CO_TRY_ASSIGN(const std::size_t n, co_await reader->read(piece));
    if (n == 0) break;
    const auto bytes = std::span(piece).first(n);
    CO_TRY(check_.accept(bytes));
    auto update = [&hash, bytes]() -> Result<void> {
      hash.update(bytes);
      return {};
    };
    CO_TRY(co_await net::run_on(core_->disk, update));
  }
  sha256_ = hash.finish();
  co_return Result<void>();
}

Task<Result<void>> IncomingStaging::write(std::span<const std::byte> /*bytes*/) { co_return fail(out_of_order()); }

Task<Result<BlobInfo>> IncomingStaging::finish() {
  if (state_ != State::loaded) co_return fail(out_of_order());
  CO_TRY(check_.end());
  CO_TRY(check_.verify(sha256_));
  state_ = State::finished;
  co_return BlobInfo{.size = check_.received(), .sha256 = sha256_};
}

Task<Result<void>> IncomingStaging::commit(std::string key) {
  if (state_ != State::finished || !is_valid_key(key)) co_return fail(out_of_order());
  // As long as it has the ETag that it had before it was read: a late write through the URL is not taken for it.
  CO_TRY(co_await copy_object(*core_, object_, info_, core_->client.address().object(key)));
  state_ = State::committed;
  co_return Result<void>();
}

Task<Result<std::vector<std::byte>>> IncomingStaging::read_back(std::uint64_t offset, std::size_t length) {
  if (state_ == State::loaded) co_return fail(out_of_order());
  std::vector<std::byte> bytes;
  if (offset >= info_.size || length == 0) co_return bytes;
  bytes.resize(std::min<std::uint64_t>(length, info_.size - offset));
  CO_TRY_ASSIGN(auto reader, co_await open_object(core_, object_, Range{.offset = offset, .length = bytes.size()}));
  std::span<std::byte> rest = bytes;
  while (!rest.empty()) {
    CO_TRY_ASSIGN(const std::size_t n, co_await reader->read(rest));
    if (n == 0) break;
    rest = rest.subspan(n);
  }
  bytes.resize(bytes.size() - rest.size());
  co_return bytes;
}

}  // namespace medialith::blob::s3
