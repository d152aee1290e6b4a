// Memory that a stream fills part by part.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace medialith::blob {

/// Memory of all parts of a store's uploads, in bytes. Outlives the store with the last part.
using BufferedBytes = std::shared_ptr<std::atomic<std::uint64_t>>;

/// Bytes of one part, counted while they are held. The memory is touched only as it fills. One thread at a time.
class PartBuffer {
 public:
  PartBuffer(BufferedBytes count, std::size_t capacity);
  ~PartBuffer();
  PartBuffer(const PartBuffer&) = delete;
  PartBuffer& operator=(const PartBuffer&) = delete;

  std::span<const std::byte> bytes() const { return {data_.get(), used_}; }
  std::size_t capacity() const { return capacity_; }
  bool full() const { return used_ == capacity_; }
  void clear() { used_ = 0; }
  /// Takes as much as fits; answers how much that was.
  std::size_t take(std::span<const std::byte> bytes);

 private:
  const BufferedBytes count_;
  const std::size_t capacity_;
  std::size_t used_ = 0;
  const std::unique_ptr<std::byte[]> data_;
};

}  // namespace medialith::blob
