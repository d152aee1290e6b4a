#include "blob/s3/reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "blob/s3/objects.hpp"

namespace medialith::blob::s3 {
namespace {

constexpr int kMaxFailures = 5;

/// What no object reaches. A range that begins behind it is not worth asking for.
constexpr std::uint64_t kNoObjectReaches = 1ULL << 60;

std::string range_header(std::uint64_t offset, std::uint64_t end) {
  return end >= kNoObjectReaches ? fmt::format("bytes={}-", offset) : fmt::format("bytes={}-{}", offset, end - 1);
}

/// The size of the whole object: of Content-Range `bytes 0-9/100` in an answer with a part, else of Content-Length.
std::optional<std::uint64_t> whole_size(const http_client::Head& head) {
  if (head.status != 206) return parse_integer<std::uint64_t>(head.header("content-length").value_or(""));
  const std::string_view range = head.header("content-range").value_or("");
  const std::size_t slash = range.find('/');
  return slash == std::string_view::npos ? std::nullopt : parse_integer<std::uint64_t>(range.substr(slash + 1));
}

/// A part that begins elsewhere than asked would be read as other bytes.
bool begins_at(const http_client::Head& head, std::uint64_t offset) {
  if (head.status != 206) return offset == 0;
  return head.header("content-range").value_or("").starts_with(fmt::format("bytes {}-", offset));
}

std::unexpected<Error> not_understood(const std::string& object) {
  return fail(ErrorCode::unavailable, "The file store gave an answer that is not understood.",
              object + ": neither the range nor the length that was asked for");
}

/// The range cannot be had as it was asked for: nothing of the object lies in it, or there is no object.
Task<Result<std::unique_ptr<Reader>>> open_empty(std::shared_ptr<Core> core, std::string object, std::uint64_t offset) {
  CO_TRY_ASSIGN(const ObjectInfo info, co_await stat_object(*core, object));
  if (offset > info.size) {
    co_return fail(ErrorCode::range_not_satisfiable, fmt::format("The file has only {} bytes.", info.size));
  }
  S3Reader::Source source{.object = std::move(object), .etag = info.etag, .size = info.size};
  co_return std::make_unique<S3Reader>(std::move(core), std::move(source), offset, offset, nullptr);
}

}  // namespace

Task<Result<std::unique_ptr<Reader>>> open_object(std::shared_ptr<Core> core, std::string object, Range range) {
  if (range.length == 0 || range.offset >= kNoObjectReaches) {
    co_return co_await open_empty(std::move(core), std::move(object), range.offset);
  }
  const std::uint64_t asked_end = range.offset + std::min(range.length, kNoObjectReaches);
  Call call{.object = object};
  if (range.offset > 0 || range.length < kNoObjectReaches) {
    call.headers.push_back({"range", range_header(range.offset, asked_end)});
  }
  CO_TRY_ASSIGN(Answer answer, co_await core->client.open(std::move(call)));
  if (answer.head.status == 416) co_return co_await open_empty(std::move(core), std::move(object), range.offset);
  if (!answer.ok()) co_return refused(answer, "read " + object);
  const auto size = whole_size(answer.head);
  if (!size || !begins_at(answer.head, range.offset)) co_return not_understood(object);
  S3Reader::Source source{.object = std::move(object), .etag = answer.etag(), .size = *size};
  co_return std::make_unique<S3Reader>(std::move(core), std::move(source), range.offset, std::min(asked_end, *size),
                                       std::move(answer.exchange));
}

Task<Result<std::size_t>> S3Reader::read(std::span<std::byte> out) {
  if (offset_ == end_) co_return std::size_t{0};
  out = out.first(std::min<std::uint64_t>(out.size(), end_ - offset_));
  while (true) {
    if (!exchange_) CO_TRY(co_await reopen());
    Result<std::size_t> n = co_await exchange_->read(out);
    if (n && *n > 0) {
      offset_ += *n;
      failures_ = 0;
      co_return n;
    }
    exchange_.reset();
    if (++failures_ < kMaxFailures) continue;
    if (!n) co_return n;
    co_return fail(ErrorCode::blob_corrupt, "The file is damaged: it is shorter than it was.", source_.object);
  }
}

/// From where it broke, and of the same object only.
Task<Result<void>> S3Reader::reopen() {
  Call call{.object = source_.object,
            .headers = {{"range", range_header(offset_, end_)}, {"if-match", '"' + source_.etag + '"'}}};
  CO_TRY_ASSIGN(Answer answer, co_await core_->client.open(std::move(call)));
  if (answer.head.status == 412 || answer.head.status == 416) {
    co_return fail(ErrorCode::blob_corrupt, "The file is damaged: it is not what it was.", source_.object);
  }
  if (!answer.ok()) co_return refused(answer, "go on reading " + source_.object);
  if (!begins_at(answer.head, offset_)) co_return not_understood(source_.object);
  exchange_ = std::move(answer.exchange);
  co_return Result<void>();
}

}  // namespace medialith::blob::s3
