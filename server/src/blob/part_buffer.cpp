#include "blob/part_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace medialith::blob {

PartBuffer::PartBuffer(BufferedBytes count, std::size_t capacity)
    : count_(std::move(count)), capacity_(capacity), data_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {
  count_->fetch_add(capacity_, std::memory_order_relaxed);
}

PartBuffer::~PartBuffer() { count_->fetch_sub(capacity_, std::memory_order_relaxed); }

std::size_t PartBuffer::take(std::span<const std::byte> bytes) {
  const std::size_t n = std::min(bytes.size(), capacity_ - used_);
  if (n > 0) std::memcpy(data_.get() + used_, bytes.data(), n);
  used_ += n;
  return n;
}

}  // namespace medialith::blob
