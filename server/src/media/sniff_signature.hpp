// Inside sniff(): what a file's signature says.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace medialith::media {

/// The content type whose signature the bytes carry, or empty. Audio in a container that is also used for video (MP4,
/// WebM) answers as video. Sources: WHATWG MIME Sniffing §6, RFC 8794, ISO/IEC 14496-12 §4.3, RFC 3533.
std::string_view binary_signature(std::span<const std::byte> head);

/// A PDF header within the first 1024 bytes, where readers accept one.
bool has_pdf_mark(std::span<const std::byte> head);

/// A ZIP entry (APPNOTE §4.3.7) anywhere: the start of a JAR behind a picture.
bool has_zip_entry(std::span<const std::byte> head);

}  // namespace medialith::media
