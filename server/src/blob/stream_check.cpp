#include "blob/stream_check.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace medialith::blob {

Error out_of_order() { return make_error(ErrorCode::internal, "The store failed.", "a staging was used out of order"); }

Result<void> StreamCheck::begin() const {
  if (expected_.size.value_or(0) > expected_.max_size) {
    return fail(ErrorCode::file_too_large, fmt::format("The file is larger than {} bytes.", expected_.max_size));
  }
  return {};
}

Result<void> StreamCheck::accept(std::span<const std::byte> bytes) {
  if (bytes.size() > expected_.max_size - received_) {
    return fail(ErrorCode::file_too_large, fmt::format("The file is larger than {} bytes.", expected_.max_size));
  }
  if (expected_.size && bytes.size() > *expected_.size - received_) {
    return fail(ErrorCode::length_mismatch,
                fmt::format("More than the {} bytes that were announced arrived.", *expected_.size));
  }
  received_ += bytes.size();
  if (head_.size() < kHeadSize) {
    const auto kept = bytes.first(std::min(bytes.size(), kHeadSize - head_.size()));
    head_.insert(head_.end(), kept.begin(), kept.end());
  }
  return {};
}

Result<void> StreamCheck::end() const {
  if (!expected_.size || received_ == *expected_.size) return {};
  return fail(ErrorCode::length_mismatch,
              fmt::format("{} bytes were announced, {} arrived.", *expected_.size, received_));
}

Result<void> StreamCheck::verify(const Digest& sha256) const {
  if (!expected_.sha256 || sha256 == *expected_.sha256) return {};
  return fail(ErrorCode::digest_mismatch, "The bytes that arrived do not have the announced SHA-256.");
}

}  // namespace medialith::blob
