// The half of a connection that sends.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <unistd.h>

#include "http/connection.hpp"

namespace medialith::http {
namespace {

constexpr std::size_t kSourcePiece = 64 * 1024;
constexpr std::size_t kFilePiece = 256 * 1024;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::optional<std::uint64_t> length_of(const Response& response) {
  struct Visitor {
    std::optional<std::uint64_t> operator()(const std::string& text) const { return text.size(); }
    std::optional<std::uint64_t> operator()(std::string_view text) const { return text.size(); }
    std::optional<std::uint64_t> operator()(const std::shared_ptr<const std::string>& text) const {
      return text->size();
    }
    std::optional<std::uint64_t> operator()(const FileBody& file) const { return file.length(); }
    std::optional<std::uint64_t> operator()(const std::unique_ptr<BodySource>& source) const {
      return source->length();
    }
  };
  return std::visit(Visitor(), response.body);
}

// RFC 9110 §6.4.1; Content-Length is not sent with them either, where it would describe something else.
bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

Result<std::size_t> read_file(int fd, std::span<std::byte> out, std::uint64_t offset) {
  for (;;) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    return fail(ErrorCode::internal, "A stored file cannot be read.",
                got == 0 ? "end of file" : std::generic_category().message(errno));
  }
}

}  // namespace

// Sends the response. True when the connection is still good for another request: `keep`, unless it had to be ended to
// frame the body.
Task<bool> Connection::respond(const Request& request, Response& response, bool http11, bool keep) {
  ResponseFrame frame{.keep_alive = keep, .http11 = http11, .request_id = request.id};
  const bool no_body = has_no_body(response.status);
  if (!no_body) {
    frame.length = length_of(response);
    frame.chunked = !frame.length && http11;
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
    if (!frame.length && !http11) frame.keep_alive = false;
  }
  frame.date = context_.date.at(context_.clock.now());
  frame.taken = std::chrono::steady_clock::now() - request.started;
  head_.clear();
  append_response_head(head_, response, frame);
  stream_.set_deadline(std::chrono::steady_clock::time_point::max());

  const bool head_only = no_body || request.method == Method::head;
  const Result<void> sent = co_await send(response, frame, head_only);
  if (sent) co_return frame.keep_alive;
  // What the peer has must not look like the whole.
  stream_.abort();
  const bool ours = sent.error().code != ErrorCode::unavailable && sent.error().code != ErrorCode::request_timeout;
  if (ours) context_.callbacks.on_failure(request, sent.error().message + " " + sent.error().detail);
  co_return false;
}

Task<Result<void>> Connection::send(Response& response, const ResponseFrame& frame, bool head_only) {
  if (head_only) return send_text({});
  if (const auto* text = std::get_if<std::string>(&response.body)) return send_text(*text);
  if (const auto* text = std::get_if<std::string_view>(&response.body)) return send_text(*text);
  if (const auto* text = std::get_if<std::shared_ptr<const std::string>>(&response.body)) return send_text(**text);
  if (const auto* file = std::get_if<FileBody>(&response.body)) return send_file(*file);
  return send_source(*std::get<std::unique_ptr<BodySource>>(response.body), frame);
}

Task<Result<void>> Connection::write(std::span<const std::span<const std::byte>> buffers) {
  Result<void> sent = co_await stream_.write(buffers);
  if (sent) {
    std::uint64_t size = 0;
    for (const auto& buffer : buffers) size += buffer.size();
    context_.bytes_sent.fetch_add(size, std::memory_order_relaxed);
  }
  co_return sent;
}

Task<Result<void>> Connection::send_text(std::string_view body) {
  const std::array buffers = {bytes_of(head_), bytes_of(body)};
  co_return co_await write(buffers);
}

Task<Result<void>> Connection::send_file(const FileBody& file) {
  if (stream_.can_send_file()) {
    CO_TRY(co_await stream_.send_file(bytes_of(head_), file.fd(), file.offset(), file.length()));
    context_.bytes_sent.fetch_add(head_.size() + file.length(), std::memory_order_relaxed);
    co_return Result<void>();
  }
  const std::size_t size = std::min<std::uint64_t>(kFilePiece, file.length());
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
  std::span<const std::byte> head = bytes_of(head_);
  for (std::uint64_t done = 0; done < file.length() || !head.empty();) {
    std::size_t got = 0;
    if (done < file.length()) {
      const std::span room(buffer.get(), std::min<std::uint64_t>(size, file.length() - done));
      CO_TRY_ASSIGN(got, read_file(file.fd(), room, file.offset() + done));
    }
    const std::array buffers = {head, std::span<const std::byte>(buffer.get(), got)};
    CO_TRY(co_await write(buffers));
    head = {};
    done += got;
  }
  co_return Result<void>();
}

Task<Result<void>> Connection::send_source(BodySource& source, const ResponseFrame& frame) {
  // The head goes first: a stream of events may have none for a while.
  CO_TRY(co_await send_text({}));
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kSourcePiece);
  std::uint64_t done = 0;
  while (!frame.length || done < *frame.length) {
    CO_TRY_ASSIGN(const std::size_t got, co_await source.read(std::span(buffer.get(), kSourcePiece)));
    if (got == 0) break;
    done += got;
    if (frame.length && done > *frame.length) break;
    std::array<char, 18> line{};
    std::string_view size;
    if (frame.chunked) {
      char* end = std::to_chars(line.data(), line.data() + 16, got, 16).ptr;
      *end++ = '\r';
      *end++ = '\n';
      size = std::string_view(line.data(), end);
    }
    const std::array buffers = {bytes_of(size), std::span<const std::byte>(buffer.get(), got),
                                bytes_of(frame.chunked ? "\r\n" : "")};
    CO_TRY(co_await write(buffers));
  }
  if (frame.length && done != *frame.length) {
    co_return fail(ErrorCode::internal, "A body was not as long as it was said to be.");
  }
  if (!frame.chunked) co_return Result<void>();
  const std::array last = {bytes_of("0\r\n\r\n")};
  co_return co_await write(last);
}

}  // namespace medialith::http
