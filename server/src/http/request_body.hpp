// The body of one request, pulled from the connection by its handler.
#pragma once

#include <chrono>
#include <cstdint>

#include "http/codec.hpp"
#include "http/message.hpp"
#include "http/read_buffer.hpp"
#include "net/byte_stream.hpp"

namespace medialith::http {

/// Lives in the connection's frame for one request. Whatever the handler does not pull is still in the connection.
class RequestBody final : public BodyReader {
 public:
  /// What it refers to outlives it; `codec` has just parsed `head`.
  RequestBody(net::ByteStream& stream, ReadBuffer& buffer, RequestCodec& codec, const ServerLimits& limits,
              const RequestHead& head);

  /// More than this fails next() with body_too_large. 0 until the route is known.
  void set_limit(std::uint64_t bytes) { limit_ = bytes; }

  std::optional<std::uint64_t> length() const override;
  Task<Result<std::span<const std::byte>>> next() override;

  /// Everything has been received and the next request follows, if any.
  bool finished() const { return finished_; }
  /// What the peer has still to send can be read away within `bytes`, and is on its way: it does not wait for our
  /// 100 Continue.
  bool drainable(std::size_t bytes) const;
  /// Reads away what is left of a drainable body.
  Task<Result<void>> drain();
  /// Gives back the view that next() handed out last.
  void release();
  std::uint64_t received() const { return received_; }

 private:
  Task<Result<std::span<const std::byte>>> pull();
  Task<Result<void>> fill();
  Result<std::span<const std::byte>> hand_out(std::string_view bytes);

  net::ByteStream& stream_;
  ReadBuffer& buffer_;
  RequestCodec& codec_;
  const ServerLimits& limits_;
  const Framing framing_;
  const std::uint64_t length_;
  std::uint64_t limit_ = 0;
  std::uint64_t received_ = 0;
  std::size_t handed_out_ = 0;  // bytes at the front of the buffer that the caller looks at
  bool continue_owed_;
  bool finished_;
  bool failed_ = false;
  // A body has to move min_body_rate * stall_deadline bytes in each such time that it keeps us waiting.
  std::chrono::steady_clock::duration window_left_;
  std::uint64_t window_bytes_ = 0;
};

}  // namespace medialith::http
