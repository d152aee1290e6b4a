#include "media/sniff_signature.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "media/byte_source.hpp"

namespace medialith::media {
namespace {

using Head = std::span<const std::byte>;

std::string_view as_text(Head head) { return {reinterpret_cast<const char*>(head.data()), head.size()}; }

bool has_at(Head head, std::size_t at, std::string_view what) {
  return head.size() >= at + what.size() && as_text(head).substr(at, what.size()) == what;
}

template <std::size_t Size>
constexpr std::string_view lit(const char (&text)[Size]) {
  return {text, Size - 1};  // keeps the zeros that a signature holds
}

// "GIF8" is text, so the block behind the header must look like one; a script that starts with GIF89a does not.
bool is_gif(Head head) {
  if (!has_at(head, 0, "GIF87a") && !has_at(head, 0, "GIF89a")) return false;
  if (head.size() < 13) return true;
  const std::uint8_t flags = u8(head, 10);
  const std::size_t block = 13 + (flags & 0x80 ? std::size_t{3} << ((flags & 7) + 1) : 0);
  if (head.size() <= block) return true;
  return std::string_view("!,;").contains(static_cast<char>(head[block]));
}

bool is_bmp(Head head) {
  static constexpr std::array<std::uint32_t, 7> kHeaderSizes = {12, 40, 52, 56, 64, 108, 124};
  return head.size() >= 18 && has_at(head, 0, "BM") && u32le(head, 6) == 0 &&
         std::ranges::find(kHeaderSizes, u32le(head, 14)) != kHeaderSizes.end();
}

bool is_icon(Head head) {
  return head.size() >= 22 && has_at(head, 0, lit("\0\0\1\0")) && u16le(head, 4) >= 1 && u16le(head, 4) <= 256 &&
         u8(head, 9) == 0 && u32le(head, 18) >= 22;
}

std::string_view brand_type(std::string_view brand) {
  struct Row {
    std::string_view prefix;
    std::string_view content_type;
  };
  static constexpr std::array kBrands = {
      Row{"avif", "image/avif"},      Row{"avis", "image/avif"}, Row{"heic", "image/heic"}, Row{"heix", "image/heic"},
      Row{"heim", "image/heic"},      Row{"heis", "image/heic"}, Row{"hevc", "image/heic"}, Row{"hevx", "image/heic"},
      Row{"qt  ", "video/quicktime"}, Row{"M4A", "audio/mp4"},   Row{"M4B", "audio/mp4"},   Row{"M4P", "audio/mp4"},
      Row{"F4A", "audio/mp4"},        Row{"M4V", "video/x-m4v"}, Row{"3g", "video/3gpp"},   Row{"iso", "video/mp4"},
      Row{"mp4", "video/mp4"},        Row{"mp7", "video/mp4"},   Row{"avc1", "video/mp4"},  Row{"dash", "video/mp4"},
      Row{"MSNV", "video/mp4"},       Row{"cmf", "video/mp4"},   Row{"f4v", "video/mp4"},   Row{"F4V", "video/mp4"},
      Row{"hvc1", "video/mp4"},       Row{"NDS", "video/mp4"},   Row{"XAVC", "video/mp4"},
  };
  const auto row = std::ranges::find_if(kBrands, [&](const Row& r) { return brand.starts_with(r.prefix); });
  return row == kBrands.end() ? "" : row->content_type;
}

// ftyp: size, "ftyp", major brand, minor version, compatible brands. A size that cannot be true is not an MP4.
std::string_view iso_media(Head head) {
  if (head.size() < 12 || !has_at(head, 4, "ftyp")) return "";
  const std::uint32_t size = u32be(head, 0);
  if (size < 16 || size > 4096 || size % 4 != 0) return "";
  const std::string_view box = as_text(head).substr(0, size);
  if (const auto major = brand_type(box.substr(8, 4)); !major.empty()) return major;
  for (std::size_t at = 16; at + 4 <= box.size(); at += 4) {
    if (const auto compatible = brand_type(box.substr(at, 4)); !compatible.empty()) return compatible;
  }
  return "";
}

struct Vint {
  std::uint64_t value;
  std::size_t length;
};

// RFC 8794 §4: the number of leading zeros is the length; ids keep the marker bit, sizes do not.
std::optional<Vint> vint(Head head, std::size_t at, bool keep_marker) {
  if (at >= head.size() || u8(head, at) == 0) return std::nullopt;
  const auto length = static_cast<std::size_t>(std::countl_zero(u8(head, at))) + 1;
  if (at + length > head.size()) return std::nullopt;
  std::uint64_t value = keep_marker ? u8(head, at) : u8(head, at) & (0xFFU >> length);
  for (std::size_t i = 1; i < length; ++i) value = value << 8 | u8(head, at + i);
  return Vint{.value = value, .length = length};
}

std::string_view ebml(Head head) {
  constexpr std::uint64_t kDocType = 0x4282;
  if (!has_at(head, 0, "\x1A\x45\xDF\xA3")) return "";
  const auto header = vint(head, 4, false);
  if (!header) return "";
  std::size_t at = 4 + header->length;
  const std::size_t end = at + static_cast<std::size_t>(std::min<std::uint64_t>(header->value, 512));
  while (at < end) {
    const auto id = vint(head, at, true);
    if (!id) return "";
    const auto size = vint(head, at + id->length, false);
    if (!size || size->value > 512) return "";
    at += id->length + size->length;
    if (id->value == kDocType) {
      if (has_at(head, at, "webm")) return "video/webm";
      return has_at(head, at, "matroska") ? "video/x-matroska" : "";
    }
    at += static_cast<std::size_t>(size->value);
  }
  return "";
}

std::string_view riff(Head head) {
  if (!has_at(head, 0, "RIFF") && !has_at(head, 0, "RF64")) return "";
  if (has_at(head, 8, "WEBP")) return "image/webp";
  if (has_at(head, 8, "WAVE")) return "audio/wav";
  return has_at(head, 8, "AVI ") ? "video/x-msvideo" : "";
}

// The first page tells the codec of the first stream; video comes first where there is one (RFC 5334 §4).
std::string_view ogg(Head head) {
  if (!has_at(head, 0, lit("OggS\0"))) return "";
  const std::string_view page = as_text(head).substr(0, 512);
  for (const std::string_view video :
       {std::string_view("\x80theora"), std::string_view("fishead"), std::string_view("BBCD")}) {
    if (page.contains(video)) return "video/ogg";
  }
  return "audio/ogg";
}

// ISO/IEC 11172-3 §2.4.2.3 and 13818-3; 0 when this is not a frame header of layer II or III. Layer I is left out: its
// headers begin like a UTF-16 byte order mark and nobody makes it.
std::size_t mpeg_frame_length(Head head, std::size_t at) {
  static constexpr std::array<std::array<std::uint16_t, 15>, 3> kKilobits = {{
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},  // version 1, layer II
      {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},   // version 1, layer III
      {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},       // versions 2 and 2.5
  }};
  static constexpr std::array<std::uint32_t, 3> kHertz = {44100, 48000, 32000};
  if (at + 4 > head.size() || u8(head, at) != 0xFF || (u8(head, at + 1) & 0xE0) != 0xE0) return 0;
  const unsigned version = u8(head, at + 1) >> 3 & 3;  // 0: 2.5, 2: 2, 3: 1
  const unsigned layer = u8(head, at + 1) >> 1 & 3;    // 1: III, 2: II
  const unsigned rate = u8(head, at + 2) >> 4;
  const unsigned hertz = u8(head, at + 2) >> 2 & 3;
  if (version == 1 || (layer != 1 && layer != 2) || rate == 0 || rate == 15 || hertz == 3) return 0;
  const std::uint32_t bits = kKilobits[version == 3 ? (layer == 2 ? 0 : 1) : 2][rate] * 1000U;
  const std::uint32_t samples = kHertz[hertz] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  const std::uint32_t slots = layer == 1 && version != 3 ? 72 : 144;
  return slots * bits / samples + (u8(head, at + 2) >> 1 & 1);
}

// ISO/IEC 13818-7 §6.2; 0 when this is not an ADTS header.
std::size_t adts_frame_length(Head head, std::size_t at) {
  if (at + 7 > head.size() || u8(head, at) != 0xFF || (u8(head, at + 1) & 0xF6) != 0xF0) return 0;
  if ((u8(head, at + 2) >> 2 & 0xF) > 12) return 0;  // a reserved sampling frequency
  const std::size_t length = (u8(head, at + 3) & 3U) << 11 | u8(head, at + 4) << 3 | u8(head, at + 5) >> 5;
  return length >= 7 ? length : 0;
}

// Two bytes of sync are too few: the next frame must follow, unless the file ends with this one.
template <class FrameLength>
bool has_two_frames(Head head, FrameLength frame_length) {
  const std::size_t first = frame_length(head, 0);
  return first != 0 && (first == head.size() || frame_length(head, first) != 0);
}

// An ID3v2 tag (size: four bytes of seven bits) usually stands before MP3, sometimes before FLAC or AAC.
std::string_view id3(Head head) {
  if (head.size() < 10 || !has_at(head, 0, "ID3") || u8(head, 3) < 2 || u8(head, 3) > 4) return "";
  std::size_t size = 10;
  for (std::size_t i = 6, shift = 21; i < 10; ++i, shift -= 7) {
    if (u8(head, i) > 0x7F) return "";
    size += std::size_t{u8(head, i)} << shift;
  }
  if (has_at(head, size, "fLaC")) return "audio/flac";
  return adts_frame_length(head, size) != 0 ? "audio/aac" : "audio/mpeg";
}

struct Magic {
  std::size_t at;
  std::string_view bytes;
  std::string_view content_type;
};

std::string_view fixed_magic(Head head) {
  static constexpr std::array kMagic = {
      Magic{0, "\x89PNG\r\n\x1A\n", "image/png"},
      Magic{0, "\xFF\xD8\xFF", "image/jpeg"},
      Magic{0, lit("II*\0"), "image/tiff"},
      Magic{0, lit("MM\0*"), "image/tiff"},
      Magic{0, lit("II+\0\b\0\0\0"), "image/tiff"},
      Magic{0, lit("MM\0+\0\b\0\0"), "image/tiff"},
      Magic{0, "\xFF\x0A", "image/jxl"},
      Magic{0, lit("\0\0\0\fJXL \r\n\x87\n"), "image/jxl"},
      Magic{0, "fLaC", "audio/flac"},
      Magic{0, "8BPS", "image/vnd.adobe.photoshop"},
      Magic{0, lit("glTF\2\0\0\0"), "model/gltf-binary"},
      Magic{0, "PK\3\4", "application/zip"},
      Magic{0, "PK\5\6", "application/zip"},
      Magic{0, "\x1F\x8B\b", "application/gzip"},
  };
  const auto row = std::ranges::find_if(kMagic, [&](const Magic& m) { return has_at(head, m.at, m.bytes); });
  return row == kMagic.end() ? "" : row->content_type;
}

}  // namespace

std::string_view binary_signature(Head head) {
  if (const auto found = fixed_magic(head); !found.empty()) return found;
  if (is_gif(head)) return "image/gif";
  if (is_bmp(head)) return "image/bmp";
  if (is_icon(head)) return "image/x-icon";
  for (const auto read : {iso_media, ebml, riff, ogg, id3}) {
    if (const auto found = read(head); !found.empty()) return found;
  }
  if (has_at(head, 0, "FORM") && (has_at(head, 8, "AIFF") || has_at(head, 8, "AIFC"))) return "audio/aiff";
  if (has_two_frames(head, adts_frame_length)) return "audio/aac";
  if (has_two_frames(head, mpeg_frame_length)) return "audio/mpeg";
  return "";
}

bool has_pdf_mark(Head head) { return as_text(head).substr(0, 1024).contains("%PDF-"); }

bool has_zip_entry(Head head) {
  const std::string_view text = as_text(head);
  for (auto at = text.find("PK\3\4"); at != std::string_view::npos; at = text.find("PK\3\4", at + 1)) {
    if (at + 30 > head.size()) return false;
    // Chance hits in compressed pixels are refused by the fields: version needed, method, length of the name.
    const std::uint32_t method = u16le(head, at + 8);
    const std::uint32_t name = u16le(head, at + 26);
    if (u8(head, at + 4) <= 63 && (method == 0 || method == 8) && name >= 1 && name <= 1024) return true;
  }
  return false;
}

}  // namespace medialith::media
