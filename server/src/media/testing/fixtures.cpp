#include "media/testing/fixtures.hpp"

#include <algorithm>
#include <stdexcept>

#include <zlib.h>

namespace medialith::media::testing {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {  // big endian
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (i * 8) & 0xFF);
}
void put_le(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (i * 8) & 0xFF);
}

std::string chunk(std::string_view type, std::string_view data) {
  std::string out;
  put(out, data.size(), 4);
  out += type;
  out += data;
  const auto* checked = reinterpret_cast<const Bytef*>(out.data()) + 4;
  put(out, crc32(0, checked, static_cast<uInt>(out.size() - 4)), 4);
  return out;
}

std::string text_chunk(const PngTextChunk& text) {
  const std::string keyword = text.keyword + '\0';
  switch (text.form) {
    case PngTextForm::text:
      return chunk("tEXt", keyword + text.text);
    case PngTextForm::compressed:
      return chunk("zTXt", keyword + '\0' + deflated(text.text));
    case PngTextForm::international:
      return chunk("iTXt", keyword + std::string(4, '\0') + text.text);
    case PngTextForm::international_compressed:
      return chunk("iTXt", keyword + '\1' + std::string(3, '\0') + deflated(text.text));
  }
  throw std::logic_error("no such form of text");
}

struct Colour {
  std::uint32_t red, green, blue;
};

// The wheel of full colours in 1536 steps: one channel full, one rising or falling, one empty.
Colour wheel(std::uint32_t angle) {
  const std::uint32_t rising = angle % 256;
  const std::uint32_t falling = 255 - rising;
  switch (angle / 256 % 6) {
    case 0:
      return {255, rising, 0};
    case 1:
      return {falling, 255, 0};
    case 2:
      return {0, 255, rising};
    case 3:
      return {0, falling, 255};
    case 4:
      return {rising, 0, 255};
    default:
      return {255, 0, falling};
  }
}

// A sky from pale to deep with a sun in it; `hue` turns the colours and moves the sun.
std::string scanlines(const PngOptions& options) {
  const std::int64_t width = options.width;
  const std::int64_t height = options.height;
  const std::int64_t sun_x = width * (2 + options.hue * 3 % 7) / 10;
  const std::int64_t sun_y = height * (2 + options.hue * 5 % 4) / 10;
  const std::int64_t radius = std::max<std::int64_t>(std::min(width, height) / 6, 1);
  std::string out;
  out.reserve((std::size_t{options.width} * 3 + 1) * options.height);
  for (std::int64_t y = 0; y < height; ++y) {
    out += '\0';  // no filter
    for (std::int64_t x = 0; x < width; ++x) {
      const Colour colour = wheel(static_cast<std::uint32_t>(options.hue * 389 + y * 420 / height + x * 160 / width));
      const std::int64_t distance = (x - sun_x) * (x - sun_x) + (y - sun_y) * (y - sun_y);
      const std::int64_t glow = distance < radius * radius ? 200 : 200 * radius * radius / (distance + 1);
      const std::int64_t pale = std::min<std::int64_t>(glow + 90 * (height - y) / height, 255);
      for (const std::uint32_t value : {colour.red, colour.green, colour.blue}) {
        const std::int64_t deep = value * (200 - 90 * y / height) / 200;
        out += static_cast<char>(deep + (255 - deep) * pale / 255);
      }
    }
  }
  return out;
}

Bytes riff(std::string_view chunk_name, std::string_view data) {
  std::string body = "WEBP";
  body += chunk_name;
  put_le(body, data.size(), 4);
  body += data;
  std::string out = "RIFF";
  put_le(out, body.size(), 4);
  return bytes_of(out + body);
}

std::string exif(int orientation, bool little) {
  const auto number = [&](std::string& out, std::uint64_t value, int size) {
    little ? put_le(out, value, size) : put(out, value, size);
  };
  std::string out("Exif\0\0", 6);
  out += little ? "II" : "MM";
  number(out, 42, 2);
  number(out, 8, 4);
  number(out, 1, 2);       // one entry
  number(out, 0x0112, 2);  // orientation
  number(out, 3, 2);       // short
  number(out, 1, 4);
  number(out, static_cast<std::uint64_t>(orientation), 2);
  number(out, 0, 2);
  number(out, 0, 4);  // no next directory
  return out;
}

void jpeg_segment(std::string& out, std::uint8_t marker, std::string_view data) {
  out += '\xFF';
  out += static_cast<char>(marker);
  put(out, data.size() + 2, 2);
  out += data;
}

}  // namespace

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string deflated(std::string_view data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string out(size, '\0');
  const int status = compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
                              static_cast<uLong>(data.size()));
  if (status != Z_OK) throw std::runtime_error("compress failed");
  out.resize(size);
  return out;
}

Bytes png_chunk(std::string_view type, std::string_view data) { return bytes_of(chunk(type, data)); }

Bytes png(const PngOptions& options) {
  std::string header;
  put(header, options.width, 4);
  put(header, options.height, 4);
  header += std::string("\x08\x02\0\0\0", 5);  // 8 bits, RGB
  std::string out = "\x89PNG\r\n\x1A\n" + chunk("IHDR", header);
  for (const auto& text : options.before_pixels) out += text_chunk(text);
  const std::string pixels = deflated(scanlines(options));
  for (std::size_t at = 0; at < pixels.size(); at += options.pixels_per_chunk) {
    out += chunk("IDAT", std::string_view(pixels).substr(at, options.pixels_per_chunk));
  }
  for (const auto& text : options.behind_pixels) out += text_chunk(text);
  return bytes_of(out + chunk("IEND", ""));
}

Bytes jpeg(const JpegOptions& options) {
  std::string out = "\xFF\xD8";
  jpeg_segment(out, 0xE0, std::string_view("JFIF\0\1\1\0\0\1\0\1\0\0", 14));
  if (options.orientation != 0) jpeg_segment(out, 0xE1, exif(options.orientation, options.little_endian));
  for (std::size_t i = 0; i < options.padding_segments; ++i) {
    jpeg_segment(out, 0xE2, std::string(options.padding_bytes, 'p'));
  }
  std::string frame = "\x08";
  put(frame, options.height, 2);
  put(frame, options.width, 2);
  frame += std::string("\3\1\x22\0\2\x11\1\3\x11\1", 10);
  jpeg_segment(out, options.frame_marker, frame);
  return bytes_of(out + "\xFF\xD9");
}

Bytes webp_lossy(std::uint16_t width, std::uint16_t height) {
  std::string data("\x10\0\0\x9D\x01\x2A", 6);  // a key frame's tag and start code
  put_le(data, width, 2);
  put_le(data, height, 2);
  return riff("VP8 ", data);
}

Bytes webp_lossless(std::uint16_t width, std::uint16_t height) {
  std::string data = "\x2F";
  put_le(data, (width - 1U) | (height - 1U) << 14, 4);
  return riff("VP8L", data);
}

Bytes webp_extended(std::uint32_t width, std::uint32_t height) {
  std::string data(4, '\0');
  put_le(data, width - 1, 3);
  put_le(data, height - 1, 3);
  return riff("VP8X", data);
}

Bytes gif(std::uint16_t width, std::uint16_t height) {
  std::string out = "GIF89a";
  put_le(out, width, 2);
  put_le(out, height, 2);
  return bytes_of(out + std::string("\0\0\0", 3) + ";");
}

Bytes iso_media(std::string_view major, const std::vector<std::string_view>& compatible) {
  std::string out;
  put(out, 16 + compatible.size() * 4, 4);
  out += "ftyp";
  out += major;
  put(out, 512, 4);
  for (const auto brand : compatible) out += brand;
  put(out, 8, 4);
  return bytes_of(out + "mdat");
}

Bytes matroska(std::string_view doc_type) {
  std::string header("\x42\x86\x81\x01\x42\xF7\x81\x01\x42\xF2\x81\x04\x42\xF3\x81\x08\x42\x82", 18);
  header += static_cast<char>(0x80 | doc_type.size());
  header += doc_type;
  std::string out = "\x1A\x45\xDF\xA3";
  out += static_cast<char>(0x80 | header.size());
  return bytes_of(out + header);
}

}  // namespace medialith::media::testing
