// The bytes a connection has read and not yet used: one piece of memory, small while the connection is idle.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace medialith::http {

class ReadBuffer {
 public:
  static constexpr std::size_t kIdle = 4 * 1024;   ///< most heads fit
  static constexpr std::size_t kFull = 64 * 1024;  ///< one piece of a body

  std::string_view view() const { return {reinterpret_cast<const char*>(data_.get()) + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t count) { begin_ += count; }
  void commit(std::size_t count) { end_ += count; }

  /// Room behind the bytes that are there, at least one byte, with `capacity` in all. Moves them: views end.
  std::span<std::byte> room(std::size_t capacity) {
    if (capacity_ < capacity) {
      auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
      move_to(larger.get());
      data_ = std::move(larger);
      capacity_ = capacity;
    } else if (begin_ > 0) {
      move_to(data_.get());
    }
    return {data_.get() + end_, capacity_ - end_};
  }

  /// Gives memory back while nothing is in it.
  void rest() {
    if (!empty()) return;
    begin_ = end_ = 0;
    if (capacity_ <= kIdle) return;
    data_.reset();
    capacity_ = 0;
  }

 private:
  void move_to(std::byte* place) {
    if (!empty()) std::memmove(place, data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }

  std::unique_ptr<std::byte[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace medialith::http
