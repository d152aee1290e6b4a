// The width and height of a picture, from its headers.
#pragma once

#include <cstdint>
#include <optional>

#include "media/byte_source.hpp"

namespace medialith::media {

/// Pixels as shown: a JPEG whose EXIF orientation lays it on its side has them swapped.
struct ImageSize {
  std::uint32_t width;
  std::uint32_t height;
  bool operator==(const ImageSize&) const = default;
};

/// Limits of one call. A picture beyond them has no known size.
inline constexpr std::uint64_t kImageSizeBudget = 4 * 1024 * 1024;  ///< bytes read in all; what is skipped is not read
inline constexpr int kMaxJpegSegments = 1024;                       ///< ICC and extended XMP reach some hundreds

/// PNG (its IHDR), JPEG (its first SOF, EXIF orientation), WebP (VP8, VP8L, VP8X) and GIF (logical screen); nullopt for
/// anything else, for zero sizes and for headers that are cut, lie or exceed the limits.
std::optional<ImageSize> image_size(ByteSource& source);

}  // namespace medialith::media
