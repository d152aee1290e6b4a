#include "media/byte_source.hpp"

#include <algorithm>
#include <utility>

namespace medialith::media {

std::span<const std::byte> SpanSource::read(std::uint64_t offset, std::size_t length) {
  if (offset >= bytes_.size()) return {};
  const auto rest = bytes_.subspan(static_cast<std::size_t>(offset));
  return rest.first(std::min(length, rest.size()));
}

StagedBytes::StagedBytes(std::uint64_t size, std::span<const std::byte> head) : size_(size) {
  pieces_.emplace(0, std::vector<std::byte>(head.begin(), head.end()));
}

std::span<const std::byte> StagedBytes::read(std::uint64_t offset, std::size_t length) {
  if (offset >= size_) return {};
  length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
  const auto& [start, piece] = *std::prev(pieces_.upper_bound(offset));  // the head is at 0, so there is one
  const auto skip = static_cast<std::size_t>(std::min<std::uint64_t>(offset - start, piece.size()));
  const auto rest = std::span<const std::byte>(piece).subspan(skip);
  if (rest.size() >= length) return rest.first(length);
  if (!missing_) {
    const auto ahead = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(length, kReadAhead), size_ - offset));
    missing_ = Range{.offset = offset, .length = ahead};
  }
  return {};
}

void StagedBytes::add(std::uint64_t offset, std::vector<std::byte> bytes) {
  // Fewer than asked for: the file is shorter than was said. Believing it keeps the caller's loop finite.
  if (missing_ && missing_->offset == offset && bytes.size() < missing_->length) size_ = offset + bytes.size();
  pieces_[offset] = std::move(bytes);
  missing_.reset();
}

std::optional<std::span<const std::byte>> BudgetedReader::take(std::uint64_t offset, std::size_t length) {
  if (length > budget_ || offset > size() || length > size() - offset) return std::nullopt;
  const auto bytes = source_.read(offset, length);
  if (bytes.size() != length) {
    missed_ = true;
    return std::nullopt;
  }
  budget_ -= length;
  return bytes;
}

}  // namespace medialith::media
