#include "blob/s3/objects.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace medialith::blob::s3 {
namespace {

constexpr std::uint64_t kMaxParts = 10'000;
/// Completing and copying take the provider a while for large objects, in which no byte comes.
constexpr std::chrono::minutes kLongStall{5};
/// What the provider says of an object must never make a browser run it.
const Header kInert = {"content-type", "application/octet-stream"};

std::unexpected<Error> exists() { return fail(ErrorCode::already_exists, "There is a blob with this key already."); }

std::unexpected<Error> damaged(std::string_view object, std::string detail) {
  return fail(ErrorCode::blob_corrupt, "The file was damaged on its way into the store. Try again.",
              fmt::format("{}: {}", object, detail));
}

Result<ObjectInfo> info_of(const Answer& answer) {
  const auto size = parse_integer<std::uint64_t>(answer.head.header("content-length").value_or(""));
  if (!size) {
    return fail(ErrorCode::unavailable, "The file store gave an answer that is not understood.", "no Content-Length");
  }
  return ObjectInfo{.size = *size,
                    .etag = answer.etag(),
                    .sha256 = std::string(answer.head.header("x-amz-checksum-sha256").value_or(""))};
}

/// Whether what is stored is what was meant: by the strongest evidence that the provider gives.
bool is_same(const Core& core, const ObjectInfo& stored, const ObjectInfo& meant) {
  if (stored.size != meant.size) return false;
  if (core.facts.md5_etags && stored.etag != meant.etag) return false;
  return stored.sha256.empty() || meant.sha256.empty() || stored.sha256 == meant.sha256;
}

/// After an answer that leaves open whether it is there: success when it is, else the error.
Task<Result<void>> settle(Core& core, std::string object, ObjectInfo meant, Error error) {
  CO_TRY_ASSIGN(const auto found, co_await find_object(core, object));
  if (!found) co_return fail(std::move(error));
  if (is_same(core, *found, meant)) co_return Result<void>();
  co_return exists();
}

/// Looks at what was just made. What is not what it should be goes away again: nobody knows of it yet.
Task<Result<void>> verify(Core& core, std::string object, ObjectInfo meant) {
  CO_TRY_ASSIGN(const ObjectInfo stored, co_await stat_object(core, object));
  if (is_same(core, stored, meant)) co_return Result<void>();
  CO_TRY(co_await remove_object(core, object));
  co_return damaged(object, fmt::format("{} bytes with ETag {} are stored instead of {} with {}", stored.size,
                                        stored.etag, meant.size, meant.etag));
}

/// Where the provider cannot refuse to overwrite, looking first must do: the names are random and used once.
Task<Result<void>> refuse_existing(Core& core, std::string object) {
  CO_TRY_ASSIGN(const auto found, co_await find_object(core, std::move(object)));
  if (found) co_return exists();
  co_return Result<void>();
}

/// Ends a put or a completion: what the answer means for the object.
Task<Result<void>> conclude(Core& core, std::string object, ObjectInfo meant, Result<Answer> answer) {
  if (!answer) {
    if (answer.error().code != ErrorCode::outcome_unknown) co_return std::unexpected(std::move(answer).error());
    co_return co_await settle(core, std::move(object), std::move(meant), std::move(answer).error());
  }
  if (answer->ok()) co_return co_await verify(core, std::move(object), std::move(meant));
  if (answer->head.status == 412 && !answer->uncertain) co_return exists();
  Error error = error_of(*answer, "store " + object);
  if (!answer->uncertain) co_return fail(std::move(error));
  co_return co_await settle(core, std::move(object), std::move(meant), std::move(error));
}

Task<Result<Part>> copy_part(Core& core, Upload upload, std::string from, ObjectInfo source, Part part,
                             std::uint64_t offset) {
  const std::string query_part = fmt::format("{}", part.number);
  Call call{.method = "PUT",
            .object = upload.object,
            .query = {{"partNumber", query_part}, {"uploadId", upload.id}},
            .headers = {{"x-amz-copy-source", core.client.address().copy_source(from)},
                        {"x-amz-copy-source-if-match", '"' + source.etag + '"'},
                        {"x-amz-copy-source-range", fmt::format("bytes={}-{}", offset, offset + part.size - 1)}},
            .stall = kLongStall};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
  if (answer.head.status == 412) co_return damaged(from, "it changed while it was copied");
  if (!answer.ok()) co_return refused(answer, "copy a part of " + from);
  CO_TRY_ASSIGN(part.etag, parse_etag(answer.body, "CopyPartResult"));
  co_return part;
}

Task<Result<void>> copy_parts(Core& core, Upload upload, std::string from, ObjectInfo source) {
  const std::uint64_t part_size = part_size_for(source.size, core.options.copy_part_size);
  std::vector<Part> parts;
  for (std::uint64_t offset = 0; offset < source.size; offset += part_size) {
    Part part{.number = static_cast<std::uint32_t>(parts.size() + 1),
              .size = std::min(part_size, source.size - offset)};
    CO_TRY_ASSIGN(part, co_await copy_part(core, upload, from, source, part, offset));
    parts.push_back(std::move(part));
  }
  co_return co_await complete_upload(core, std::move(upload), std::move(parts), source.size);
}

Task<Result<void>> copy_large(Core& core, std::string from, ObjectInfo source, std::string to) {
  CO_TRY_ASSIGN(const Upload upload, co_await begin_upload(core, std::move(to)));
  Result<void> copied = co_await copy_parts(core, upload, std::move(from), std::move(source));
  // Should this fail as well, the sweep of old uploads finds it.
  if (!copied) (void)co_await abort_upload(core, upload);
  co_return copied;
}

Task<Result<void>> copy_whole(Core& core, std::string from, ObjectInfo source, std::string to) {
  Call call{.method = "PUT",
            .object = to,
            .headers = {kInert,
                        {"x-amz-copy-source", core.client.address().copy_source(from)},
                        {"x-amz-copy-source-if-match", '"' + source.etag + '"'},
                        {"x-amz-metadata-directive", "REPLACE"}},
            .stall = kLongStall};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
  if (answer.head.status == 412) co_return damaged(from, "it changed while it was copied");
  if (!answer.ok()) co_return refused(answer, "copy " + from);
  CO_TRY_ASSIGN(std::string etag, parse_etag(answer.body, "CopyObjectResult"));
  ObjectInfo meant{.size = source.size, .etag = std::move(etag), .sha256 = std::move(source.sha256)};
  co_return co_await verify(core, std::move(to), std::move(meant));
}

}  // namespace

std::string incoming_name(Random& random) {
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  return fmt::format("{}/{}", kIncomingFolder, to_hex(bytes));
}

Task<Result<std::optional<ObjectInfo>>> find_object(Core& core, std::string object) {
  Call call{.method = "HEAD", .object = object};
  if (core.facts.checksums) call.headers.push_back({"x-amz-checksum-mode", "ENABLED"});
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
  if (answer.missing()) co_return std::nullopt;
  if (!answer.ok()) co_return refused(answer, "look at " + object);
  CO_TRY_ASSIGN(ObjectInfo info, info_of(answer));
  co_return std::optional(std::move(info));
}

Task<Result<ObjectInfo>> stat_object(Core& core, std::string object) {
  CO_TRY_ASSIGN(auto info, co_await find_object(core, object));
  if (!info) co_return fail(ErrorCode::blob_missing, "The stored file is missing.", object);
  co_return std::move(*info);
}

Task<Result<void>> put_object(Core& core, std::string object, Content content) {
  if (!core.facts.conditional_put) CO_TRY(co_await refuse_existing(core, object));
  ObjectInfo meant{.size = content.bytes.size(), .etag = to_hex(content.md5)};
  Call call{.method = "PUT",
            .object = object,
            .headers = {kInert, {"content-md5", to_base64(content.md5)}},
            .body = content.bytes,
            .payload = to_hex(content.sha256)};
  if (core.facts.checksums) {
    meant.sha256 = to_base64(content.sha256);
    call.headers.push_back({"x-amz-checksum-sha256", meant.sha256});
  }
  if (core.facts.conditional_put) call.headers.push_back({"if-none-match", "*"});
  Result<Answer> answer = co_await core.client.ask(std::move(call));
  // The answer to a put tells by itself what has arrived: another trip would say the same.
  if (answer && answer->ok() && core.facts.md5_etags && answer->etag() == meant.etag) co_return Result<void>();
  co_return co_await conclude(core, std::move(object), std::move(meant), std::move(answer));
}

Task<Result<Upload>> begin_upload(Core& core, std::string object) {
  Call call{.method = "POST", .object = object, .query = {{"uploads", ""}}, .headers = {kInert}};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
  if (!answer.ok()) co_return refused(answer, "begin the upload of " + object);
  CO_TRY_ASSIGN(std::string id, parse_upload_id(answer.body));
  co_return Upload{std::move(object), std::move(id)};
}

Task<Result<void>> complete_upload(Core& core, Upload upload, std::vector<Part> parts, std::uint64_t size) {
  if (!core.facts.conditional_complete) CO_TRY(co_await refuse_existing(core, upload.object));
  const std::string body = complete_body(parts);
  Call call{.method = "POST",
            .object = upload.object,
            .query = {{"uploadId", upload.id}},
            .headers = {{"content-type", "application/xml"}},
            .body = bytes_of(body),
            .stall = kLongStall};
  if (core.facts.conditional_complete) call.headers.push_back({"if-none-match", "*"});
  Result<Answer> answer = co_await core.client.ask(std::move(call));
  ObjectInfo meant{.size = size, .etag = etag_of_parts(parts)};
  co_return co_await conclude(core, std::move(upload.object), std::move(meant), std::move(answer));
}

Task<Result<void>> abort_upload(Core& core, Upload upload) {
  Call call{.method = "DELETE", .object = upload.object, .query = {{"uploadId", upload.id}}};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
  if (!answer.ok() && !answer.missing()) co_return refused(answer, "abort the upload of " + upload.object);
  co_return Result<void>();
}

Task<Result<std::vector<Part>>> list_parts(Core& core, Upload upload) {
  std::vector<Part> parts;
  std::string marker;
  do {
    Call call{.object = upload.object, .query = {{"uploadId", upload.id}}};
    if (!marker.empty()) call.query.emplace_back("part-number-marker", marker);
    CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
    if (answer.missing()) co_return fail(ErrorCode::blob_missing, "There is no such upload.", upload.object);
    if (!answer.ok()) co_return refused(answer, "list the parts of " + upload.object);
    CO_TRY_ASSIGN(PartList page, parse_parts(answer.body));
    std::ranges::move(page.parts, std::back_inserter(parts));
    marker = std::move(page.next_marker);
  } while (!marker.empty() && parts.size() <= kMaxParts);
  co_return parts;
}

Task<Result<void>> copy_object(Core& core, std::string from, ObjectInfo source, std::string to) {
  CO_TRY(co_await refuse_existing(core, to));
  const bool large = source.size > core.options.largest_copy;
  Result<void> copied =
      large ? co_await copy_large(core, from, source, to) : co_await copy_whole(core, from, source, to);
  CO_TRY(std::move(copied));
  if (core.facts.conditional_copy) co_return Result<void>();
  // The provider does not know the condition (Ceph before 19): `from` must be what it was, then the copy is of that.
  CO_TRY_ASSIGN(const ObjectInfo after, co_await stat_object(core, from));
  if (after.etag == source.etag) co_return Result<void>();
  CO_TRY(co_await remove_object(core, to));
  co_return damaged(from, "it changed while it was copied");
}

Task<Result<void>> remove_object(Core& core, std::string object) {
  Call call{.method = "DELETE", .object = object};
  CO_TRY_ASSIGN(const Answer answer, co_await core.client.ask(std::move(call)));
  if (!answer.ok() && !answer.missing()) co_return refused(answer, "remove " + object);
  co_return Result<void>();
}

std::uint64_t part_size_for(std::uint64_t size, std::uint64_t smallest) {
  constexpr std::uint64_t kMiB = 1ULL << 20;
  const std::uint64_t least = size / kMaxParts + (size % kMaxParts == 0 ? 0 : 1);
  if (least <= smallest) return smallest;
  return (least + kMiB - 1) / kMiB * kMiB;
}

std::uint64_t growing_part_size(std::uint64_t number, std::uint64_t most, std::uint64_t smallest) {
  if (part_size_for(most, smallest) == smallest) return smallest;
  return smallest << std::min<std::uint64_t>((number - 1) / 1000, kMaxParts / 1000 - 1);
}

std::string etag_of_parts(std::span<const Part> parts) {
  Md5 hash;
  for (const Part& part : parts) {
    if (const auto md5 = from_hex(part.etag)) hash.update(*md5);
  }
  return fmt::format("{}-{}", to_hex(hash.finish()), parts.size());
}

}  // namespace medialith::blob::s3
