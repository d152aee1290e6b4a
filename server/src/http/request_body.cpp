#include "http/request_body.hpp"

#include <algorithm>
#include <utility>

namespace medialith::http {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

RequestBody::RequestBody(net::ByteStream& stream, ReadBuffer& buffer, RequestCodec& codec, const ServerLimits& limits,
                         const RequestHead& head)
    : stream_(stream),
      buffer_(buffer),
      codec_(codec),
      limits_(limits),
      framing_(head.framing),
      length_(head.length),
      continue_owed_(head.expect_continue),
      finished_(head.framing == Framing::none),
      window_left_(limits.stall_deadline) {}

std::optional<std::uint64_t> RequestBody::length() const {
  if (framing_ == Framing::chunked) return std::nullopt;
  return length_;
}

Task<Result<std::span<const std::byte>>> RequestBody::next() {
  release();
  if (finished_) co_return std::span<const std::byte>();
  if (failed_) co_return fail(ErrorCode::length_mismatch, "The rest of the body cannot be read.");
  if (framing_ == Framing::length && length_ > limit_) {
    co_return fail(ErrorCode::body_too_large, "The body of the request is too large.");
  }
  if (continue_owed_) {
    continue_owed_ = false;
    stream_.set_deadline(std::chrono::steady_clock::time_point::max());
    const std::span<const std::byte> line = std::as_bytes(std::span(kContinue));
    CO_TRY(co_await stream_.write(std::span(&line, 1)));
  }
  Result<std::span<const std::byte>> piece = co_await pull();
  if (piece && received_ > limit_) {
    piece = fail(ErrorCode::body_too_large, "The body of the request is too large.");
  }
  failed_ = !piece;
  co_return piece;
}

Task<Result<std::span<const std::byte>>> RequestBody::pull() {
  for (;;) {
    if (framing_ == Framing::length) {
      const std::string_view there = buffer_.view();
      if (!there.empty()) {
        const std::string_view piece = there.substr(0, std::min<std::uint64_t>(there.size(), length_ - received_));
        finished_ = received_ + piece.size() == length_;
        co_return hand_out(piece);
      }
    } else {
      CO_TRY_ASSIGN(const RequestCodec::Piece step, codec_.decode(buffer_.view()));
      buffer_.consume(step.consumed - step.body.size());
      finished_ = step.done;
      if (step.done || !step.body.empty()) co_return hand_out(step.body);
    }
    CO_TRY(co_await fill());
  }
}

Result<std::span<const std::byte>> RequestBody::hand_out(std::string_view bytes) {
  received_ += bytes.size();
  handed_out_ = bytes.size();
  return std::as_bytes(std::span(bytes));
}

void RequestBody::release() {
  buffer_.consume(handed_out_);
  handed_out_ = 0;
}

Task<Result<void>> RequestBody::fill() {
  // A small body fits what its head came in.
  const bool small = framing_ == Framing::length && length_ - received_ <= ReadBuffer::kIdle;
  const auto before = std::chrono::steady_clock::now();
  stream_.set_deadline(before + window_left_);
  Result<std::size_t> read = co_await stream_.read_some(buffer_.room(small ? ReadBuffer::kIdle : ReadBuffer::kFull));
  // A peer that resets has cut its body like one that closes: its doing, no failure of ours.
  if (!read && read.error().code == ErrorCode::unavailable) read = 0;
  CO_TRY_ASSIGN(const std::size_t got, std::move(read));
  if (got == 0) co_return fail(ErrorCode::length_mismatch, "The connection ended before the body did.");
  buffer_.commit(got);
  // Only waiting counts: what the handler does with the bytes is our time, not the peer's.
  window_left_ -= std::chrono::steady_clock::now() - before;
  window_bytes_ += got;
  const auto seconds = std::chrono::duration<double>(limits_.stall_deadline).count();
  if (static_cast<double>(window_bytes_) >= static_cast<double>(limits_.min_body_rate) * seconds) {
    window_bytes_ = 0;
    window_left_ = limits_.stall_deadline;
  }
  co_return Result<void>();
}

bool RequestBody::drainable(std::size_t bytes) const {
  if (finished_) return true;
  return !failed_ && !continue_owed_ && framing_ == Framing::length && length_ - received_ <= bytes;
}

Task<Result<void>> RequestBody::drain() {
  release();
  while (!finished_) {
    CO_TRY(co_await pull());
    release();
  }
  co_return Result<void>();
}

}  // namespace medialith::http
