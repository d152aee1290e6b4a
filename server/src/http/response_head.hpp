// A response's head on the wire (RFC 9112 §4, RFC 9110 §6.6.1).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/message.hpp"

namespace medialith::http {

/// "Not Found"; empty for a status we never send.
std::string_view reason_phrase(int status);

/// The Date field's text, made anew once a second. For one thread.
class DateText {
 public:
  const std::string& at(Time now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

/// What the server says beside the handler's own fields.
struct ResponseFrame {
  std::optional<std::uint64_t> length = {};  ///< Content-Length
  bool chunked = false;                      ///< Transfer-Encoding: chunked
  bool keep_alive = true;
  bool http11 = true;  ///< the client's version: 1.0 is told of keep-alive, 1.1 of close
  std::string_view date = {};
  std::string_view request_id = {};
  std::chrono::steady_clock::duration taken = {};  ///< Server-Timing
};

/// Appends status line, fields and the empty line. Of the handler's fields those that the server itself answers for
/// (Connection, Content-Length, Date, Transfer-Encoding, X-Request-Id) are left out.
void append_response_head(std::string& out, const Response& response, const ResponseFrame& frame);

}  // namespace medialith::http
