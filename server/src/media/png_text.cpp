#include "media/png_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <zlib.h>

#include "media/text.hpp"

namespace medialith::media {
namespace {

// Headers of chunks, and each text twice: once to see that all are at hand, once to read them.
constexpr std::uint64_t kBudget = 2 * kMaxPngTextBytesInAll + kMaxPngChunks * 16;

enum class Form : std::uint8_t { text, ztxt, itxt };

struct Located {
  Form form;
  std::uint64_t offset;
  std::size_t length;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<Form> form_of(std::string_view chunk_type) {
  if (chunk_type == "tEXt") return Form::text;
  if (chunk_type == "zTXt") return Form::ztxt;
  if (chunk_type == "iTXt") return Form::itxt;
  return std::nullopt;
}

std::vector<Located> locate(BudgetedReader& reader) {
  std::vector<Located> found;
  std::size_t in_all = 0;
  std::uint64_t at = 8;
  for (int chunk = 0; chunk < kMaxPngChunks && found.size() < kMaxPngTexts; ++chunk) {
    const auto header = reader.take(at, 8);
    if (!header) break;
    const std::size_t length = u32be(*header, 0);
    const std::string_view type = as_text(*header).substr(4);
    if (type == "IEND" || length > 0x7FFFFFFF) break;
    const auto form = form_of(type);
    if (form && length <= kMaxPngTextBytes && in_all + length <= kMaxPngTextBytesInAll) {
      in_all += length;
      found.push_back({.form = *form, .offset = at + 8, .length = length});
    }
    at += 12 + length;
  }
  return found;
}

// RFC 1950, at most `limit` bytes; nullopt when it is more, cut or damaged.
std::optional<std::string> inflated(std::string_view data, std::size_t limit) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  std::array<char, 16 * 1024> piece;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= limit) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

// Takes what stands before the next zero byte, and the zero.
std::optional<std::string_view> until_zero(std::string_view& data) {
  const auto zero = data.find('\0');
  if (zero == std::string_view::npos) return std::nullopt;
  const std::string_view out = data.substr(0, zero);
  data.remove_prefix(zero + 1);
  return out;
}

std::string from_latin1_or_utf8(std::string_view text) {
  return is_utf8(text) ? std::string(text) : latin1_to_utf8(text);
}

std::optional<std::string> text_of(Form form, std::string_view data, std::size_t limit) {
  if (form == Form::text) return from_latin1_or_utf8(data);
  if (form == Form::ztxt) {
    if (data.empty() || data.front() != 0) return std::nullopt;  // the only compression method
    auto text = inflated(data.substr(1), limit);
    if (!text) return std::nullopt;
    return from_latin1_or_utf8(*text);
  }
  if (data.size() < 2) return std::nullopt;
  const bool compressed = data[0] != 0;
  const char method = data[1];
  data.remove_prefix(2);
  if (!until_zero(data) || !until_zero(data)) return std::nullopt;  // language, translated keyword
  if (!compressed) return std::string(data);
  return method == 0 ? inflated(data, limit) : std::nullopt;
}

std::optional<PngText> parse(Form form, std::string_view data, std::size_t limit) {
  const auto keyword = until_zero(data);
  if (!keyword || keyword->empty() || keyword->size() > 79) return std::nullopt;
  const auto text = text_of(form, data, limit);
  if (!text) return std::nullopt;
  return PngText{.keyword = clean_utf8(from_latin1_or_utf8(*keyword), 158), .text = clean_utf8(*text, limit)};
}

}  // namespace

std::vector<PngText> read_png_text(ByteSource& source) {
  BudgetedReader reader(source, kBudget);
  const auto signature = reader.take(0, 8);
  if (!signature || as_text(*signature) != "\x89PNG\r\n\x1A\n") return {};
  const std::vector<Located> located = locate(reader);
  // All are fetched before any is inflated, so that a source that misses pieces does not have them inflated each time.
  for (const Located& chunk : located) reader.take(chunk.offset, chunk.length);
  if (reader.missed()) return {};

  std::vector<PngText> out;
  std::size_t left = kMaxPngTextBytesInAll;
  for (const Located& chunk : located) {
    const auto data = reader.take(chunk.offset, chunk.length);
    if (!data) continue;
    auto text = parse(chunk.form, as_text(*data), std::min(left, kMaxPngTextBytes));
    if (!text) continue;
    left -= text->text.size();
    out.push_back(std::move(*text));
  }
  return out;
}

}  // namespace medialith::media
