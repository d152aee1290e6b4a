#include "base/bytes.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace medialith {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

constexpr std::uint8_t kNone = 0xff;
using Table = std::array<std::uint8_t, 256>;

constexpr Table reversed(std::string_view alphabet) {
  Table table{};
  table.fill(kNone);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr Table kFromHex = [] {
  Table table = reversed(kHex);
  for (unsigned char c = 'A'; c <= 'F'; ++c) table[c] = static_cast<std::uint8_t>(c - 'A' + 10);
  return table;
}();
constexpr Table kFromBase64 = reversed(kBase64);
constexpr Table kFromBase64Url = reversed(kBase64Url);

// Characters of `bits` bits each, the last one filled with zeros.
template <unsigned bits>
std::string encode(ByteSpan bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() * 8 + bits - 1) / bits + 2);
  std::uint32_t held = 0;
  unsigned count = 0;
  for (const std::byte byte : bytes) {
    held = (held << 8) | std::to_integer<std::uint32_t>(byte);
    count += 8;
    while (count >= bits) {
      count -= bits;
      text += alphabet[(held >> count) & ((1U << bits) - 1)];
    }
  }
  if (count > 0) text += alphabet[(held << (bits - count)) & ((1U << bits) - 1)];
  return text;
}

Result<std::vector<std::byte>> decode64(std::string_view text, const Table& table) {
  const auto refused = [] { return fail(ErrorCode::validation_failed, "The text is not valid base64."); };
  if (text.size() % 4 == 1) return refused();
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::uint8_t value = table[static_cast<unsigned char>(c)];
    if (value == kNone) return refused();
    held = (held << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::byte>(held >> count));
    }
  }
  if ((held & ((1U << count) - 1)) != 0) return refused();
  return bytes;
}

}  // namespace

std::string to_hex(ByteSpan bytes) { return encode<4>(bytes, kHex); }

Result<std::vector<std::byte>> from_hex(std::string_view text) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2);
  bool ok = text.size() % 2 == 0;
  for (std::size_t i = 0; ok && i < text.size(); i += 2) {
    const unsigned high = kFromHex[static_cast<unsigned char>(text[i])];
    const unsigned low = kFromHex[static_cast<unsigned char>(text[i + 1])];
    ok = high != kNone && low != kNone;
    bytes.push_back(static_cast<std::byte>(high << 4 | low));
  }
  if (!ok) return fail(ErrorCode::validation_failed, "The text is not valid hexadecimal.");
  return bytes;
}

std::string to_base64(ByteSpan bytes) {
  std::string text = encode<6>(bytes, kBase64);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::validation_failed, "The text is not valid base64.");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode64(text, kFromBase64);
}

std::string to_base64url(ByteSpan bytes) { return encode<6>(bytes, kBase64Url); }

Result<std::vector<std::byte>> from_base64url(std::string_view text) { return decode64(text, kFromBase64Url); }

std::string to_base32(ByteSpan bytes) { return encode<5>(bytes, kBase32); }

std::string format_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"bytes", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && bytes >= 1024 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", bytes, kUnits.at(unit));
}

}  // namespace medialith
