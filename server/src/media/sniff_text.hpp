// Inside sniff(): what bytes without a signature are.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace medialith::media {

/// No byte that WHATWG MIME Sniffing §3 calls binary, or UTF-16 with a byte order mark.
bool looks_like_text(std::span<const std::byte> head);

/// text/html, image/svg+xml or application/xml when the text starts as such, behind a byte order mark, white space and
/// comments; application/json or text/vtt when it plainly is that; else empty.
std::string_view text_signature(std::span<const std::byte> head);

/// A tag that starts a document anywhere in the first 1024 bytes.
bool has_html_mark(std::span<const std::byte> head);

}  // namespace medialith::media
