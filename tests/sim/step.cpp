#include "step.hpp"

#include <array>

#include <fmt/format.h>
#include <zlib.h>

#include "base/bytes.hpp"

namespace medialith::sim {
namespace {

constexpr std::array kKindNames = {"create", "edit",         "remove",        "restore",
                                   "upload", "remove_asset", "restore_asset", "restart"};

std::string big_endian(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xFF);
  return text;
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(sum));
}

}  // namespace

std::string Draw::word() { return fmt::format("{:x}", random_.u64() & 0xFFFF'FFFF); }

std::string Draw::bytes(std::size_t length) {
  std::string text(length, '\0');
  random_.fill(std::as_writable_bytes(std::span(text)));
  return text;
}

std::string make_png(Draw& draw, const std::string& prompt) {
  const auto side = static_cast<std::uint32_t>(1 + draw.below(4000));
  std::string png = "\x89PNG\r\n\x1a\n";
  png += chunk("IHDR", big_endian(side) + big_endian(side) + std::string("\x08\x02\0\0\0", 5));
  if (!prompt.empty()) {
    const std::string text = prompt + "\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 8x8";
    png += chunk("tEXt", std::string("parameters\0", 11) + text);
  }
  return png + chunk("IDAT", draw.bytes(40 + draw.below(200))) + chunk("IEND", "");
}

std::string Step::fingerprint() const {
  const std::string version = seen_version ? fmt::format("{}", *seen_version) : "";
  const std::string text = fmt::format("{} {} {} {} {} {} {}", std::to_underlying(kind), generation, asset, version,
                                       kind == Kind::upload ? "" : prompt, filename, bytes.size() + missing);
  return std::string(text_of(sha256(text)));
}

std::string Step::text() const {
  std::string text = kKindNames.at(std::to_underlying(kind));
  if (!generation.empty()) text += " generation=" + generation;
  if (!asset.empty()) text += " asset=" + asset;
  if (seen_version) text += fmt::format(" version={}", *seen_version);
  if (!prompt.empty()) text += " prompt=" + prompt;
  if (!bytes.empty())
    text += fmt::format(" {} of {} bytes {}", filename, bytes.size(), to_hex(sha256(bytes)).substr(0, 8));
  if (cut_at) text += fmt::format(" cut at {}", *cut_at);
  if (missing > 0) text += fmt::format(" {} missing", missing);
  if (!key.empty()) text += " key=" + key;
  return text;
}

}  // namespace medialith::sim
