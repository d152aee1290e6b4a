// Files compiled into the binary: the console and what /docs needs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "http/message.hpp"

namespace medialith::http {

/// How long browsers and caches may keep a file without asking.
enum class Freshness : std::uint8_t {
  revalidate,  ///< `no-cache`: always asked for, answered 304 while unchanged (index.html)
  immutable,   ///< a year: the name has a hash of the content in it
};

/// One file. All views are static.
struct EmbeddedFile {
  std::string_view path;          ///< as requested: "/assets/index-3fa9.js"
  std::string_view content_type;  ///< "text/javascript; charset=utf-8"
  std::string_view bytes;
  std::string_view br_bytes;    ///< the same compressed; empty when that does not pay
  std::string_view gzip_bytes;  ///< likewise
  std::string_view etag;        ///< opaque text without quotes, of `bytes`; each encoding's tag is derived from it
  Freshness freshness = Freshness::revalidate;
};

/// The file at that decoded path, or nullptr. `files` is sorted by path.
const EmbeddedFile* find_embedded(std::span<const EmbeddedFile> files, std::string_view path);

/// 200 with the best encoding the client takes, or 304. For GET and HEAD (whose body the server drops). Copies nothing.
/// Errors: precondition_failed for an If-Match that does not hold.
Result<Response> serve_embedded(const EmbeddedFile& file, const Request& request);

}  // namespace medialith::http
