// Small media files made in memory, for tests, fuzz seeds and sample data. The PNGs are real pictures that any viewer
// shows; the JPEG, WebP and GIF files are headers without pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace medialith::media::testing {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text);
std::string_view text_of(std::span<const std::byte> bytes);

enum class PngTextForm : std::uint8_t { text, compressed, international, international_compressed };

struct PngTextChunk {
  PngTextForm form = PngTextForm::text;
  std::string keyword;
  std::string text;  ///< written as it is
};

struct PngOptions {
  std::uint32_t width = 64;
  std::uint32_t height = 64;
  std::uint32_t hue = 0;                         ///< another number, another picture
  std::vector<PngTextChunk> before_pixels = {};  ///< where ComfyUI and A1111 write
  std::vector<PngTextChunk> behind_pixels = {};
  std::size_t pixels_per_chunk = 64 * 1024;  ///< compressed bytes in one IDAT
};

/// A colourful gradient, RGB, 8 bits.
Bytes png(const PngOptions& options = {});

/// One chunk with its length and checksum, for files that png() does not make.
Bytes png_chunk(std::string_view type, std::string_view data);
/// zlib's form (RFC 1950).
std::string deflated(std::string_view data);

struct JpegOptions {
  std::uint16_t width = 64;
  std::uint16_t height = 64;
  int orientation = 0;               ///< EXIF, 1 to 8; 0 writes none
  bool little_endian = true;         ///< of the EXIF block
  std::size_t padding_segments = 0;  ///< APP2 segments before the frame header
  std::size_t padding_bytes = 32;    ///< content of each
  std::uint8_t frame_marker = 0xC0;
};
Bytes jpeg(const JpegOptions& options = {});

Bytes webp_lossy(std::uint16_t width, std::uint16_t height);
Bytes webp_lossless(std::uint16_t width, std::uint16_t height);
Bytes webp_extended(std::uint32_t width, std::uint32_t height);
Bytes gif(std::uint16_t width, std::uint16_t height);

/// An ftyp box with the given brands and an empty mdat.
Bytes iso_media(std::string_view major, const std::vector<std::string_view>& compatible = {});
/// An EBML header.
Bytes matroska(std::string_view doc_type);

}  // namespace medialith::media::testing
