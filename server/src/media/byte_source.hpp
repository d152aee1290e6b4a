// Where the readers of this module take their bytes from: a file that is partly or wholly in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace medialith::media {

/// Bytes by position. Synchronous: whoever gives it has the bytes at hand. One user at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The length of the whole file.
  virtual std::uint64_t size() const = 0;
  /// The `length` bytes at `offset`, or fewer when the file ends before or they are not at hand. Valid until the next
  /// call.
  virtual std::span<const std::byte> read(std::uint64_t offset, std::size_t length) = 0;
};

/// A whole file in memory, which the caller keeps.
class SpanSource final : public ByteSource {
 public:
  explicit SpanSource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::span<const std::byte> read(std::uint64_t offset, std::size_t length) override;

 private:
  std::span<const std::byte> bytes_;
};

/// Pieces of a file that can only be fetched asynchronously. A reader runs over what is there; when it misses bytes,
/// `missing()` names them, the caller fetches and adds them, and runs the reader again from its start:
///
///   StagedBytes bytes(size, head);
///   auto found = image_size(bytes);
///   while (auto range = bytes.missing()) {
///     bytes.add(range->offset, <fetch *range>);
///     found = image_size(bytes);
///   }
///
/// It ends because the readers bound what they read, and because a fetch that brings less than was asked for is taken
/// as the end of the file.
class StagedBytes final : public ByteSource {
 public:
  struct Range {
    std::uint64_t offset;
    std::size_t length;
    bool operator==(const Range&) const = default;
  };
  /// A fetch brings at least this much, so that a walk over small segments does not fetch each of them.
  static constexpr std::size_t kReadAhead = 1024;

  /// `head` is copied. `size` is that of the whole file.
  StagedBytes(std::uint64_t size, std::span<const std::byte> head);
  std::uint64_t size() const override { return size_; }
  std::span<const std::byte> read(std::uint64_t offset, std::size_t length) override;
  /// What the last run missed first; forgotten by add().
  std::optional<Range> missing() const { return missing_; }
  void add(std::uint64_t offset, std::vector<std::byte> bytes);

 private:
  std::uint64_t size_;
  std::map<std::uint64_t, std::vector<std::byte>> pieces_;
  std::optional<Range> missing_;
};

/// Reads exactly what is asked for or nothing, and no more than `budget` bytes in all. What every reader of this module
/// stands on: a hostile file costs no more than its budget.
class BudgetedReader {
 public:
  BudgetedReader(ByteSource& source, std::uint64_t budget) : source_(source), budget_(budget) {}
  std::uint64_t size() const { return source_.size(); }
  /// nullopt past the end, when the bytes are not at hand, and when the budget is spent. Valid until the next call.
  std::optional<std::span<const std::byte>> take(std::uint64_t offset, std::size_t length);
  /// True once the source gave less than the file holds: this run is in vain, another will come.
  bool missed() const { return missed_; }

 private:
  ByteSource& source_;
  std::uint64_t budget_;
  bool missed_ = false;
};

/// Integers at a position. The caller has checked that the bytes are there.
constexpr std::uint8_t u8(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}
constexpr std::uint32_t u16be(std::span<const std::byte> bytes, std::size_t at) {
  return std::uint32_t{u8(bytes, at)} << 8 | u8(bytes, at + 1);
}
constexpr std::uint32_t u16le(std::span<const std::byte> bytes, std::size_t at) {
  return std::uint32_t{u8(bytes, at + 1)} << 8 | u8(bytes, at);
}
constexpr std::uint32_t u24le(std::span<const std::byte> bytes, std::size_t at) {
  return std::uint32_t{u8(bytes, at + 2)} << 16 | u16le(bytes, at);
}
constexpr std::uint32_t u32be(std::span<const std::byte> bytes, std::size_t at) {
  return u16be(bytes, at) << 16 | u16be(bytes, at + 2);
}
constexpr std::uint32_t u32le(std::span<const std::byte> bytes, std::size_t at) {
  return u16le(bytes, at + 2) << 16 | u16le(bytes, at);
}

}  // namespace medialith::media
