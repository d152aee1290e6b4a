#include <algorithm>
#include <array>
#include <string>

#include "media/type.hpp"

namespace medialith::media {
namespace {

// The one place. Sorted by hand for reading: what we expect most comes first.
constexpr std::array kTypes = {
    // content type, kind, extension, inline_safe, active
    TypeInfo{"image/png", MediaKind::image, "png", true, false},
    TypeInfo{"image/jpeg", MediaKind::image, "jpg", true, false},
    TypeInfo{"image/webp", MediaKind::image, "webp", true, false},
    TypeInfo{"image/gif", MediaKind::image, "gif", true, false},
    TypeInfo{"image/avif", MediaKind::image, "avif", true, false},
    TypeInfo{"image/heic", MediaKind::image, "heic", true, false},
    TypeInfo{"image/jxl", MediaKind::image, "jxl", true, false},
    TypeInfo{"image/bmp", MediaKind::image, "bmp", true, false},
    TypeInfo{"image/tiff", MediaKind::image, "tiff", true, false},
    TypeInfo{"image/x-icon", MediaKind::image, "ico", true, false},
    TypeInfo{"video/mp4", MediaKind::video, "mp4", true, false},
    TypeInfo{"video/quicktime", MediaKind::video, "mov", true, false},
    TypeInfo{"video/x-m4v", MediaKind::video, "m4v", true, false},
    TypeInfo{"video/3gpp", MediaKind::video, "3gp", true, false},
    TypeInfo{"video/webm", MediaKind::video, "webm", true, false},
    TypeInfo{"video/x-matroska", MediaKind::video, "mkv", true, false},
    TypeInfo{"video/x-msvideo", MediaKind::video, "avi", true, false},
    TypeInfo{"video/ogg", MediaKind::video, "ogv", true, false},
    TypeInfo{"audio/mpeg", MediaKind::audio, "mp3", true, false},
    TypeInfo{"audio/wav", MediaKind::audio, "wav", true, false},
    TypeInfo{"audio/flac", MediaKind::audio, "flac", true, false},
    TypeInfo{"audio/aac", MediaKind::audio, "aac", true, false},
    TypeInfo{"audio/mp4", MediaKind::audio, "m4a", true, false},
    TypeInfo{"audio/ogg", MediaKind::audio, "ogg", true, false},
    TypeInfo{"audio/webm", MediaKind::audio, "weba", true, false},
    TypeInfo{"audio/aiff", MediaKind::audio, "aiff", true, false},
    TypeInfo{"audio/pcm", MediaKind::audio, "pcm", true, false},
    TypeInfo{"text/plain", MediaKind::file, "txt", true, false},
    TypeInfo{"application/json", MediaKind::file, "json", true, false},
    TypeInfo{"text/csv", MediaKind::file, "csv", true, false},
    TypeInfo{"text/markdown", MediaKind::file, "md", true, false},
    TypeInfo{"text/vtt", MediaKind::file, "vtt", true, false},
    TypeInfo{"model/gltf-binary", MediaKind::file, "glb", true, false},
    TypeInfo{"image/vnd.adobe.photoshop", MediaKind::file, "psd", false, false},
    TypeInfo{"application/zip", MediaKind::file, "zip", false, false},
    TypeInfo{"application/gzip", MediaKind::file, "gz", false, false},
    TypeInfo{"image/svg+xml", MediaKind::file, "svg", false, true},
    TypeInfo{"text/html", MediaKind::file, "html", false, true},
    TypeInfo{"application/xml", MediaKind::file, "xml", false, true},
    TypeInfo{"text/javascript", MediaKind::file, "js", false, true},
    TypeInfo{"text/css", MediaKind::file, "css", false, true},
    TypeInfo{"application/pdf", MediaKind::file, "pdf", false, true},
    TypeInfo{"application/octet-stream", MediaKind::file, "bin", false, false},
};

struct Alias {
  std::string_view name;
  std::string_view content_type;
};

constexpr std::array kAliases = {
    Alias{"image/jpg", "image/jpeg"},
    Alias{"image/pjpeg", "image/jpeg"},
    Alias{"image/x-png", "image/png"},
    Alias{"image/heif", "image/heic"},
    Alias{"image/x-ms-bmp", "image/bmp"},
    Alias{"image/vnd.microsoft.icon", "image/x-icon"},
    Alias{"video/matroska", "video/x-matroska"},
    Alias{"video/avi", "video/x-msvideo"},
    Alias{"video/m4v", "video/x-m4v"},
    Alias{"audio/mp3", "audio/mpeg"},
    Alias{"audio/wave", "audio/wav"},
    Alias{"audio/x-wav", "audio/wav"},
    Alias{"audio/vnd.wave", "audio/wav"},
    Alias{"audio/x-flac", "audio/flac"},
    Alias{"audio/aacp", "audio/aac"},
    Alias{"audio/m4a", "audio/mp4"},
    Alias{"audio/x-m4a", "audio/mp4"},
    Alias{"audio/opus", "audio/ogg"},
    Alias{"audio/x-aiff", "audio/aiff"},
    Alias{"audio/l16", "audio/pcm"},
    Alias{"text/json", "application/json"},
    Alias{"text/x-markdown", "text/markdown"},
    Alias{"text/xml", "application/xml"},
    Alias{"application/xhtml+xml", "text/html"},
    Alias{"application/javascript", "text/javascript"},
    Alias{"application/x-javascript", "text/javascript"},
    Alias{"text/ecmascript", "text/javascript"},
    Alias{"application/ecmascript", "text/javascript"},
    Alias{"application/x-zip-compressed", "application/zip"},
    Alias{"application/x-gzip", "application/gzip"},
};

std::string normalised(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  std::string out;
  for (const char c : content_type.substr(0, 128)) {
    if (c == ' ' || c == '\t') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return out;
}

}  // namespace

std::string_view kind_name(MediaKind kind) {
  switch (kind) {
    case MediaKind::image:
      return "image";
    case MediaKind::video:
      return "video";
    case MediaKind::audio:
      return "audio";
    case MediaKind::file:
      return "file";
  }
  return "file";
}

const TypeInfo& type_info(std::string_view content_type) {
  const std::string given = normalised(content_type);
  std::string_view name = given;
  if (const auto alias = std::ranges::find(kAliases, name, &Alias::name); alias != kAliases.end()) {
    name = alias->content_type;
  }
  const auto row = std::ranges::find(kTypes, name, &TypeInfo::content_type);
  return row == kTypes.end() ? kTypes.back() : *row;
}

Serving serving_of(std::string_view content_type) {
  const TypeInfo& type = type_info(content_type);
  if (type.inline_safe) return {.content_type = type.content_type, .attachment = false};
  return {.content_type = "application/octet-stream", .attachment = true};
}

}  // namespace medialith::media
