#include "http/static_files.hpp"

#include <algorithm>
#include <string>

#include "http/conditional.hpp"
#include "http/media_type.hpp"

namespace medialith::http {

const EmbeddedFile* find_embedded(std::span<const EmbeddedFile> files, std::string_view path) {
  const auto found = std::ranges::lower_bound(files, path, {}, &EmbeddedFile::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

Result<Response> serve_embedded(const EmbeddedFile& file, const Request& request) {
  const Encoding encoding = choose_encoding(request.headers.find("accept-encoding"),
                                            {.br = !file.br_bytes.empty(), .gzip = !file.gzip_bytes.empty()});
  // A strong tag names exact bytes, so each encoding needs its own (RFC 9110 §8.8.3.3).
  std::string opaque(file.etag);
  if (encoding != Encoding::identity) opaque.append("-").append(encoding_name(encoding));
  const std::string etag = strong_etag(opaque);
  const Validators current{.etag = etag, .last_modified = {}};
  TRY_ASSIGN(const Precondition precondition, evaluate_preconditions(request.method, request.headers, current));
  if (precondition == Precondition::failed) {
    return fail(ErrorCode::precondition_failed, "The file has changed.");
  }
  Response response;
  response.headers.add("ETag", etag);
  response.headers.add("Vary", "Accept-Encoding");
  response.headers.add("Cache-Control",
                       file.freshness == Freshness::immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (precondition == Precondition::not_modified) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", file.content_type);
  if (encoding != Encoding::identity) response.headers.add("Content-Encoding", encoding_name(encoding));
  response.body = encoding == Encoding::br ? file.br_bytes : encoding == Encoding::gzip ? file.gzip_bytes : file.bytes;
  return response;
}

}  // namespace medialith::http
