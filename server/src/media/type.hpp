// What a file is, decided from its bytes, and how it may be served.
//
// A type is one of a closed table. What a browser could run (HTML, SVG, XML, PDF, scripts) and what is two things at
// once is active: it never leaves the server under its own type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace medialith::media {

enum class MediaKind : std::uint8_t { image, video, audio, file };

/// "image", "video", "audio" or "file".
std::string_view kind_name(MediaKind kind);

/// One row of the type table. All text is static.
struct TypeInfo {
  std::string_view content_type;  ///< lower case, without parameters
  MediaKind kind;                 ///< what it can be shown as; an active type is a file, whatever it depicts
  std::string_view extension;     ///< without the dot; ends blob keys
  bool inline_safe;               ///< may be served under its own type and shown in the browser
  bool active;                    ///< a browser could run it
};

/// A row by content type, parameters and case ignored, common other names understood (`image/jpg`). The row of
/// application/octet-stream when there is none.
const TypeInfo& type_info(std::string_view content_type);

/// How bytes of a type are answered (R-F5). What is not inline-safe is application/octet-stream and an attachment.
struct Serving {
  std::string_view content_type;
  bool attachment;
};
Serving serving_of(std::string_view content_type);

struct Sniffed {
  std::string_view content_type;  ///< one of the table's, static
  MediaKind kind;
  std::string_view extension;
  bool active;  ///< true for active types, and for polyglots, whose content type is application/octet-stream
};

/// How many bytes of the start are worth giving.
inline constexpr std::size_t kSniffBytes = 64 * 1024;

/// Decides from the first bytes (up to kSniffBytes are looked at; the whole file when it is shorter). `declared_type`
/// (a Content-Type header, or empty) and `filename` (or empty) only choose among what the bytes allow: audio or video
/// of an MP4, the flavour of a text, the name of unknown bytes when that name is inert and has no signature that these
/// bytes would have to carry.
Sniffed sniff(std::span<const std::byte> head, std::string_view declared_type, std::string_view filename);

}  // namespace medialith::media
