#include "media/image_size.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace medialith::media {
namespace {

using Bytes = std::span<const std::byte>;

bool has_at(Bytes bytes, std::size_t at, std::string_view what) {
  return bytes.size() >= at + what.size() &&
         std::string_view(reinterpret_cast<const char*>(bytes.data()) + at, what.size()) == what;
}

std::optional<ImageSize> known(std::uint32_t width, std::uint32_t height) {
  constexpr std::uint32_t kMax = 0x7FFFFFFF;  // PNG's own limit
  if (width == 0 || height == 0 || width > kMax || height > kMax) return std::nullopt;
  return ImageSize{.width = width, .height = height};
}

// PNG §11.2.1: IHDR is the first chunk.
std::optional<ImageSize> png_size(BudgetedReader& reader) {
  const auto head = reader.take(0, 24);
  if (!head || u32be(*head, 8) != 13 || !has_at(*head, 12, "IHDR")) return std::nullopt;
  return known(u32be(*head, 16), u32be(*head, 20));
}

std::optional<ImageSize> gif_size(BudgetedReader& reader) {
  const auto head = reader.take(0, 10);
  if (!head) return std::nullopt;
  return known(u16le(*head, 6), u16le(*head, 8));
}

// RFC 9649 §2.5 to §2.7. The first chunk tells.
std::optional<ImageSize> webp_size(BudgetedReader& reader) {
  // The smallest lossless files are shorter than a VP8 or VP8X header.
  const auto bytes = reader.take(0, static_cast<std::size_t>(std::min<std::uint64_t>(reader.size(), 30)));
  if (!bytes || bytes->size() < 25) return std::nullopt;
  const Bytes head = *bytes;
  if (has_at(head, 12, "VP8L")) {
    if (u8(head, 20) != 0x2F) return std::nullopt;
    const std::uint32_t bits = u32le(head, 21);
    return known((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
  }
  if (head.size() < 30) return std::nullopt;
  if (has_at(head, 12, "VP8X")) return known(u24le(head, 24) + 1, u24le(head, 27) + 1);
  if (has_at(head, 12, "VP8 ")) {
    const bool key_frame = (u8(head, 20) & 1) == 0;
    if (!key_frame || !has_at(head, 23, "\x9D\x01\x2A")) return std::nullopt;
    return known(u16le(head, 26) & 0x3FFF, u16le(head, 28) & 0x3FFF);
  }
  return std::nullopt;
}

// TIFF 6.0 §2: byte order, offset of the first directory, entries of 12 bytes. `payload` is an APP1 segment's content.
bool lies_on_its_side(Bytes payload) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kShort = 3;
  if (payload.size() < 14 || !has_at(payload, 0, std::string_view("Exif\0\0", 6))) return false;
  const Bytes tiff = payload.subspan(6);
  const bool little = has_at(tiff, 0, "II");
  if (!little && !has_at(tiff, 0, "MM")) return false;
  const auto u16 = [&](std::size_t at) { return little ? u16le(tiff, at) : u16be(tiff, at); };
  const auto u32 = [&](std::size_t at) { return little ? u32le(tiff, at) : u32be(tiff, at); };
  const std::size_t directory = u32(4);
  if (directory > tiff.size() || tiff.size() - directory < 2) return false;
  const std::size_t room = (tiff.size() - directory - 2) / 12;
  const std::size_t entries = std::min<std::size_t>(u16(directory), room);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * 12;
    if (u16(entry) != kOrientation || u16(entry + 2) != kShort) continue;
    return u16(entry + 8) >= 5 && u16(entry + 8) <= 8;
  }
  return false;
}

bool is_frame_header(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}
bool stands_alone(std::uint8_t marker) { return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8); }
bool ends_headers(std::uint8_t marker) { return marker == 0xD9 || marker == 0xDA; }

// ITU-T T.81 §B.1.1: markers, each but a few followed by the length of its segment. Segments are skipped, not read,
// since colour profiles and previews can put the frame header megabytes away.
std::optional<ImageSize> jpeg_size(BudgetedReader& reader) {
  constexpr std::uint8_t kApp1 = 0xE1;
  std::uint64_t at = 2;
  bool sideways = false;
  for (int segment = 0; segment < kMaxJpegSegments; ++segment) {
    const auto marker_bytes = reader.take(at, 2);
    if (!marker_bytes || u8(*marker_bytes, 0) != 0xFF) return std::nullopt;
    const std::uint8_t marker = u8(*marker_bytes, 1);
    if (marker == 0xFF) {  // fill
      at += 1;
      continue;
    }
    if (ends_headers(marker)) return std::nullopt;
    at += 2;
    if (stands_alone(marker)) continue;
    const auto length_bytes = reader.take(at, 2);
    if (!length_bytes) return std::nullopt;
    const std::size_t length = u16be(*length_bytes, 0);
    if (length < 2) return std::nullopt;
    if (is_frame_header(marker)) {
      const auto frame = reader.take(at, 7);
      if (!frame || length < 8) return std::nullopt;
      auto size = known(u16be(*frame, 5), u16be(*frame, 3));
      if (size && sideways) std::swap(size->width, size->height);
      return size;
    }
    if (marker == kApp1) {
      const auto segment_bytes = reader.take(at + 2, length - 2);
      if (!segment_bytes) return std::nullopt;
      sideways = sideways || lies_on_its_side(*segment_bytes);
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageSize> image_size(ByteSource& source) {
  BudgetedReader reader(source, kImageSizeBudget);
  const auto magic = reader.take(0, static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), 12)));
  if (!magic) return std::nullopt;
  if (has_at(*magic, 0, "\x89PNG\r\n\x1A\n")) return png_size(reader);
  if (has_at(*magic, 0, "\xFF\xD8\xFF")) return jpeg_size(reader);
  if (has_at(*magic, 0, "GIF87a") || has_at(*magic, 0, "GIF89a")) return gif_size(reader);
  if (has_at(*magic, 0, "RIFF") && has_at(*magic, 8, "WEBP")) return webp_size(reader);
  return std::nullopt;
}

}  // namespace medialith::media
