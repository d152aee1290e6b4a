#include "base/ids.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <sodium/utils.h>

#include "base/bytes.hpp"

namespace medialith {
namespace {

constexpr std::uint64_t kRandABits = 12;
constexpr std::uint64_t kRandBBits = 62;
constexpr std::uint64_t kLowMask = (std::uint64_t{1} << kRandBBits) - 1;
constexpr std::uint64_t kHighMask = (std::uint64_t{1} << kRandABits) - 1;

std::array<std::byte, 8> big_endian(std::uint64_t value) {
  std::array<std::byte, 8> bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(value >> (56 - 8 * i));
  return bytes;
}

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._~:@-").contains(c);
}

}  // namespace

std::string UuidMaker::make() {
  const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(clock_.now().ms, 0));
  std::array<std::uint64_t, 2> fresh{};
  random_.fill(std::as_writable_bytes(std::span(fresh)));
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (now > ms_) {
      ms_ = now;
      high_ = fresh[0] & kHighMask;
      low_ = fresh[1] & kLowMask;
    } else {
      // RFC 9562 §6.2, method 2: a random step, so that neighbours cannot be guessed; what overflows carries on.
      low_ += (fresh[1] >> 32) + 1;
      high_ += low_ >> kRandBBits;
      low_ &= kLowMask;
      ms_ += high_ >> kRandABits;
      high_ &= kHighMask;
    }
    high = ms_ << 16 | 0x7000U | high_;
    low = std::uint64_t{1} << 63 | low_;
  }
  const std::string hex = to_hex(big_endian(high)) + to_hex(big_endian(low));
  std::string text;
  text.reserve(36);
  text.append(hex, 0, 8).append(1, '-').append(hex, 8, 4).append(1, '-').append(hex, 12, 4).append(1, '-');
  return text.append(hex, 16, 4).append(1, '-').append(hex, 20, 12);
}

std::string make_asset_id(AssetPrefix prefix, Random& random) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"img_", "vid_", "aud_", "file_"};
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  return std::string(kPrefixes.at(static_cast<std::size_t>(prefix))) + to_base32(bytes);
}

Secret make_token(Random& random) {
  std::array<std::byte, 32> bytes{};
  random.fill(bytes);
  Secret token(to_base64url(bytes));
  sodium_memzero(bytes.data(), bytes.size());
  return token;
}

bool is_valid_client_id(std::string_view id, std::span<const std::string_view> reserved) {
  constexpr std::size_t kMaxLength = 255;
  return !id.empty() && id.size() <= kMaxLength && std::ranges::all_of(id, is_id_character) &&
         id.find_first_not_of('.') != std::string_view::npos && std::ranges::find(reserved, id) == reserved.end();
}

}  // namespace medialith
