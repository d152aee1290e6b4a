// HTTP/1.1 on the wire (RFC 9112): request heads and chunked bodies, synchronously over bytes that somebody else reads.
// Strict: whatever two parsers on the way could read in two ways is refused (R-H1), and nothing after it is looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/limits.hpp"
#include "http/message.hpp"

namespace medialith::http {

enum class Framing : std::uint8_t { none, length, chunked };

/// A request's head, checked as far as framing goes; targets and fields keep their bytes.
struct RequestHead {
  Method method = Method::get;
  std::string target;
  Headers headers;
  std::string host;  ///< lower case, with port; empty only for HTTP/1.0
  Framing framing = Framing::none;
  std::uint64_t length = 0;      ///< with Framing::length; never 0
  bool keep_alive = false;       ///< what the client asks for
  bool http11 = false;           ///< false: HTTP/1.0
  bool expect_continue = false;  ///< waits for 100 Continue before it sends its body
};

/// Parses one message after another. Any error means: answer, then close; nothing more of the input may be parsed.
class RequestCodec {
 public:
  /// `limits` outlives the codec.
  explicit RequestCodec(const ServerLimits& limits);
  ~RequestCodec();
  RequestCodec(const RequestCodec&) = delete;
  RequestCodec& operator=(const RequestCodec&) = delete;

  /// Makes ready for the next message.
  void reset();

  /// Bytes that the whole head takes, which is then in `out`; 0 while it is not complete: call again with the same
  /// bytes and more behind them. Errors: invalid_request (400), uri_too_long (414), headers_too_large (431),
  /// not_implemented (501: unknown method or transfer coding).
  Result<std::size_t> parse_head(std::string_view input, RequestHead& out);

  /// One step of a chunked body, after parse_head() said so.
  struct Piece {
    std::size_t consumed = 0;  ///< bytes of the input that are done with, those of `body` included
    std::string_view body;     ///< a part of the input
    bool done = false;         ///< the last chunk is behind us
  };
  /// An empty body without `done`: needs more; what is not consumed must come again. Extensions are ignored, trailers
  /// refused. Error: invalid_request.
  Result<Piece> decode(std::string_view input);

 private:
  class Parser;  // Beast's, with our checks

  Result<std::size_t> find_end(std::string_view input);

  const ServerLimits& limits_;
  std::unique_ptr<Parser> parser_;
  // Where the scan for the head's end stands.
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  std::size_t fields_start_ = 0;  // 0 while in the request line
  std::size_t fields_ = 0;
};

}  // namespace medialith::http
