// An object on its way out of the bucket.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "blob/s3/core.hpp"
#include "blob/store.hpp"

namespace medialith::blob::s3 {

/// Opens `object`. Errors: blob_missing, range_not_satisfiable, and what Client fails with.
Task<Result<std::unique_ptr<Reader>>> open_object(std::shared_ptr<Core> core, std::string object, Range range);

/// A connection that breaks is made again from where it broke, as long as the object is still the same one: whoever
/// reads gets the right bytes or an error.
class S3Reader final : public Reader {
 public:
  struct Source {
    std::string object;
    std::string etag;
    std::uint64_t size = 0;  ///< of the whole object
  };
  /// Reads up to `end`; `exchange`, when there is one, has the bytes from `offset`.
  S3Reader(std::shared_ptr<Core> core, Source source, std::uint64_t offset, std::uint64_t end,
           std::unique_ptr<http_client::Exchange> exchange)
      : core_(std::move(core)),
        source_(std::move(source)),
        offset_(offset),
        end_(end),
        exchange_(std::move(exchange)) {}

  std::uint64_t size() const override { return source_.size; }
  Task<Result<std::size_t>> read(std::span<std::byte> out) override;

 private:
  Task<Result<void>> reopen();

  std::shared_ptr<Core> core_;
  Source source_;
  std::uint64_t offset_;  // of the next byte
  std::uint64_t end_;
  std::unique_ptr<http_client::Exchange> exchange_;
  int failures_ = 0;  // since the last byte
};

}  // namespace medialith::blob::s3
