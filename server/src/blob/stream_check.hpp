// What every store checks of the bytes that stream into it: length, limit, digest; and the head it keeps of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "blob/store.hpp"

namespace medialith::blob {

/// internal: a bug in whoever uses the staging.
Error out_of_order();

/// One stream's bookkeeping. Not thread-safe.
class StreamCheck {
 public:
  explicit StreamCheck(const Expected& expected) : expected_(expected) {}

  /// Before the first byte. Errors: file_too_large.
  Result<void> begin() const;
  /// Counts the next bytes and keeps the head. Errors: file_too_large, length_mismatch (longer than declared).
  Result<void> accept(std::span<const std::byte> bytes);
  /// At the end of the stream. Errors: length_mismatch (shorter than declared).
  Result<void> end() const;
  /// Errors: digest_mismatch.
  Result<void> verify(const Digest& sha256) const;

  std::uint64_t received() const { return received_; }
  std::span<const std::byte> head() const { return head_; }
  const Expected& expected() const { return expected_; }

 private:
  Expected expected_;
  std::uint64_t received_ = 0;
  std::vector<std::byte> head_;
};

}  // namespace medialith::blob
