#include "http/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "http/http_date.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 40> kReasons = {{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {460, "Checksum Mismatch"},  // tus
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
}};

constexpr std::array<std::string_view, 5> kOurs = {"connection", "content-length", "date", "transfer-encoding",
                                                   "x-request-id"};

bool is_ours(std::string_view name) {
  return std::ranges::any_of(kOurs, [name](std::string_view ours) { return iequals(name, ours); });
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Milliseconds with three digits behind the point.
void append_milliseconds(std::string& out, std::chrono::steady_clock::duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  const auto whole = static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 0));
  append_number(out, whole / 1000);
  out += '.';
  for (const std::uint64_t unit : {100U, 10U, 1U}) out += static_cast<char>('0' + whole / unit % 10);
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* found = std::ranges::lower_bound(kReasons, status, {}, &std::pair<int, std::string_view>::first);
  return found != kReasons.end() && found->first == status ? found->second : std::string_view();
}

const std::string& DateText::at(Time now) {
  if (now.ms / 1000 != second_) {
    second_ = now.ms / 1000;
    text_ = format_http_date(now);
  }
  return text_;
}

void append_response_head(std::string& out, const Response& response, const ResponseFrame& frame) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nDate: ";
  out += frame.date;
  for (const auto& [name, value] : response.headers) {
    if (is_ours(name)) continue;
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
  }
  if (frame.length) {
    out += "\r\nContent-Length: ";
    append_number(out, *frame.length);
  } else if (frame.chunked) {
    out += "\r\nTransfer-Encoding: chunked";
  }
  if (!frame.keep_alive) {
    out += "\r\nConnection: close";
  } else if (!frame.http11) {
    out += "\r\nConnection: keep-alive";
  }
  out += "\r\nX-Request-Id: ";
  out += frame.request_id;
  out += "\r\nServer-Timing: total;dur=";
  append_milliseconds(out, frame.taken);
  out += "\r\n\r\n";
}

}  // namespace medialith::http
