// The texts that a PNG carries beside its pixels: where generators write how the picture was made.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "media/byte_source.hpp"

namespace medialith::media {

struct PngText {
  std::string keyword;  ///< 1 to 79 characters, such as "parameters" or "prompt"
  std::string text;     ///< valid UTF-8 without U+0000
  bool operator==(const PngText&) const = default;
};

// Limits of one file. A chunk beyond its limit is left out, the rest is read.
inline constexpr int kMaxPngChunks = 4096;  ///< walked over; behind that many, texts are not looked for
inline constexpr std::size_t kMaxPngTexts = 64;
inline constexpr std::size_t kMaxPngTextBytes = 4 * 1024 * 1024;       ///< one text, as stored and as inflated
inline constexpr std::size_t kMaxPngTextBytesInAll = 8 * 1024 * 1024;  ///< all of them, as stored and as inflated

/// tEXt, zTXt and iTXt (PNG third edition §11.3.3), before and behind the pixels, in the file's order. Pixels are
/// skipped, not read. Checksums are not looked at: a text that survived is worth showing. tEXt and zTXt are ISO 8859-1
/// by the standard and UTF-8 in what many generators write, so valid UTF-8 is taken as that. Empty when it is no PNG.
std::vector<PngText> read_png_text(ByteSource& source);

}  // namespace medialith::media
