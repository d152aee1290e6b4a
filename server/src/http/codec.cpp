#include "http/codec.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

#include "base/text.hpp"
#include "http/text.hpp"

namespace medialith::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

// A chunk's size line with its extensions, or the end of a body; clients send a dozen bytes.
constexpr std::size_t kMaxChunkLine = 256;
// Every rest of a chunked body is at least "0\r\n\r\n". Beast 345 asserts that when it comes back to a last chunk.
constexpr std::size_t kMinChunkedRest = 5;
// Method, version and separators beside the target.
constexpr std::size_t kRequestLineRest = 64;

Error refuse(std::string message) { return make_error(ErrorCode::invalid_request, std::move(message)); }

std::string_view view(string_view text) { return {text.data(), text.size()}; }

// Bytes that may stand inside a line: no controls but tab.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = (c >= 0x20 && c != 0x7f) || c == '\t';
  return table;
}();

// RFC 9110 §7.2: uri-host [ ":" port ]; reg-name characters and the brackets of IPv6.
bool is_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("-._~:[]%!$&'()*+,;=").contains(c);
  });
}

}  // namespace

// Beast tells what it found field by field; what it is lenient about is refused here.
class RequestCodec::Parser final : public beast_http::basic_parser<true> {
 public:
  explicit Parser(const ServerLimits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.max_target_bytes + kRequestLineRest + limits.max_header_bytes) + 4);
    body_limit(boost::none);
    eager(false);
  }

  std::optional<Error> refusal;
  RequestHead* head = nullptr;  // set while the head is parsed
  string_view piece;            // of a chunk, in the input
  std::uint64_t chunk_left = 0;

  std::optional<Error> check_framing();

 private:
  void stop(error_code& ec, Error error) {
    refusal = std::move(error);
    ec = beast_http::error::bad_value;
  }

  void on_request_impl(beast_http::verb, string_view name, string_view target, int version, error_code& ec) override;
  void on_field_impl(beast_http::field field, string_view name, string_view value, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override {
    // Beast lets a quoted value hold line ends, which another parser would take for the end of the size.
    if (!is_field_value(view(extensions))) ec = beast_http::error::bad_chunk_extension;
    chunk_left = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    piece = body;
    chunk_left -= body.size();
    return body.size();
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}

  const ServerLimits& limits_;
  std::size_t hosts_ = 0;
  std::size_t lengths_ = 0;
  std::size_t codings_ = 0;
  std::string_view length_;  // into the input, which outlives the parse of the head
  std::string coding_;       // lower case
};

void RequestCodec::Parser::on_request_impl(beast_http::verb, string_view name, string_view target, int version,
                                           error_code& ec) {
  const std::optional<Method> method = http::parse_method(view(name));
  if (!method) {
    return stop(ec, make_error(ErrorCode::not_implemented, "This server does not know the method of the request."));
  }
  if (target.size() > limits_.max_target_bytes) {
    return stop(ec, make_error(ErrorCode::uri_too_long, "The address of the request is too long."));
  }
  head->method = *method;
  head->target = view(target);
  head->http11 = version == 11;
}

void RequestCodec::Parser::on_field_impl(beast_http::field field, string_view name, string_view value, error_code& ec) {
  // Beast reads trailers as fields of the head, which would let a body change who sent it.
  if (head == nullptr) return stop(ec, refuse("Trailers behind a body are not accepted."));
  head->headers.add(view(name), view(value));
  if (field == beast_http::field::host) {
    ++hosts_;
    head->host = to_lower(view(value));
  } else if (field == beast_http::field::content_length) {
    ++lengths_;
    length_ = view(value);
  } else if (field == beast_http::field::transfer_encoding) {
    ++codings_;
    coding_ = to_lower(view(value));
  } else if (field == beast_http::field::expect) {
    head->expect_continue = iequals(view(value), "100-continue");
  }
}

// RFC 9112 §6.1 to §6.3, without their leniency.
std::optional<Error> RequestCodec::Parser::check_framing() {
  if (hosts_ > 1 || (hosts_ == 0 && head->http11) || (hosts_ == 1 && !is_host(head->host))) {
    return refuse("A request needs exactly one valid Host field.");
  }
  if (codings_ > 0) {
    if (!head->http11) return refuse("Transfer-Encoding needs HTTP/1.1.");
    if (codings_ > 1) return refuse("A request has at most one Transfer-Encoding field.");
    if (lengths_ > 0) return refuse("A request has either Content-Length or Transfer-Encoding.");
    if (coding_ != "chunked") {
      if (coding_.contains("chunked") || !is_token(coding_)) return refuse("The Transfer-Encoding is not valid.");
      return make_error(ErrorCode::not_implemented, "This server knows no transfer coding but chunked.");
    }
    head->framing = Framing::chunked;
  } else if (lengths_ > 0) {
    const std::optional<std::uint64_t> length = parse_integer<std::uint64_t>(length_);
    if (lengths_ > 1 || !length) return refuse("The Content-Length is not valid.");
    head->length = *length;
    head->framing = *length > 0 ? Framing::length : Framing::none;
  }
  head->keep_alive = keep_alive();
  if (!head->http11 || head->framing == Framing::none) head->expect_continue = false;
  return std::nullopt;
}

RequestCodec::RequestCodec(const ServerLimits& limits) : limits_(limits), parser_(std::make_unique<Parser>(limits)) {}

RequestCodec::~RequestCodec() = default;

void RequestCodec::reset() {
  parser_ = std::make_unique<Parser>(limits_);  // Beast's parsers serve one message each
  scanned_ = line_start_ = fields_start_ = fields_ = 0;
}

// Looks at every byte once. What Beast would fold, skip or wait for ever for is refused as soon as it is seen: bare CR
// and LF, controls, folded lines, and a head that outgrows its limits.
Result<std::size_t> RequestCodec::find_end(std::string_view input) {
  std::size_t end = 0;
  for (; end == 0 && scanned_ < input.size() && fields_ <= limits_.max_header_fields; ++scanned_) {
    const char c = input[scanned_];
    const bool line_begins = scanned_ == line_start_;
    if (kPlain[static_cast<unsigned char>(c)]) {
      if (line_begins && fields_start_ != 0 && (c == ' ' || c == '\t')) return fail(refuse("A header line is folded."));
      continue;
    }
    if (c != '\r') return fail(refuse("The head of the request has a character that it must not have."));
    if (scanned_ + 1 == input.size()) break;
    if (input[scanned_ + 1] != '\n') return fail(refuse("A line of the request's head does not end in CR LF."));
    ++scanned_;
    line_start_ = scanned_ + 1;
    if (fields_start_ == 0) {
      if (line_begins) return fail(refuse("The request has no request line."));
      fields_start_ = line_start_;
    } else if (line_begins) {
      end = line_start_;
    } else {
      ++fields_;
    }
  }
  const std::size_t line = fields_start_ == 0 ? scanned_ : fields_start_;
  if (line > limits_.max_target_bytes + kRequestLineRest) {
    return fail(ErrorCode::uri_too_long, "The address of the request is too long.");
  }
  if (fields_ > limits_.max_header_fields || scanned_ - line > limits_.max_header_bytes + 2) {
    return fail(ErrorCode::headers_too_large, "The header fields of the request are too many or too large.");
  }
  return end;
}

Result<std::size_t> RequestCodec::parse_head(std::string_view input, RequestHead& out) {
  TRY_ASSIGN(const std::size_t end, find_end(input));
  if (end == 0) return end;
  out = RequestHead();
  parser_->head = &out;
  error_code error;
  parser_->put(boost::asio::const_buffer(input.data(), end), error);
  std::optional<Error> refusal = std::move(parser_->refusal);
  if (!refusal && (error || !parser_->is_header_done())) {
    refusal = refuse("The head of the request is malformed.");
    refusal->detail = error.message();
  }
  if (!refusal) refusal = parser_->check_framing();
  parser_->head = nullptr;
  if (refusal) return fail(std::move(*refusal));
  return end;
}

Result<RequestCodec::Piece> RequestCodec::decode(std::string_view input) {
  Piece result;
  while (!parser_->is_done()) {
    const std::string_view rest = input.substr(result.consumed);
    const bool in_line = parser_->chunk_left == 0;
    if (rest.size() < (in_line ? kMinChunkedRest : 1)) return result;
    parser_->piece = {};
    error_code error;
    const std::size_t taken = parser_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (error == beast_http::error::need_more && rest.size() <= kMaxChunkLine) return result;
    if (error || (in_line && taken > kMaxChunkLine)) {
      return fail(make_error(ErrorCode::invalid_request, "The chunks of the body are malformed.", error.message()));
    }
    result.consumed += taken;
    if (!parser_->piece.empty()) {
      result.body = view(parser_->piece);
      return result;
    }
  }
  result.done = true;
  return result;
}

}  // namespace medialith::http
