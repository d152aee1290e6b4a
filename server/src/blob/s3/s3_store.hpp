// Blobs as objects of one bucket of AWS S3 or of what speaks its protocol: docs/adr/0009-s3-blobs.md.
//
// prefix/STORE_ID       which store this is
// prefix/incoming/…     what clients send themselves, until it is verified and copied
// prefix/users/…        blobs: written once, under the key's own name
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blob/s3/core.hpp"
#include "blob/s3/direct.hpp"
#include "blob/s3/options.hpp"
#include "blob/store.hpp"

namespace medialith::blob {

/// Thread-safe. Any number of servers may share one bucket and prefix. Capabilities: presigned, server_copy.
/// What the provider does not answer in time is unavailable or outcome_unknown; requests are repeated before that.
class S3Store final : public BlobStore {
 public:
  /// Reaches the bucket and finds out what the provider can do. What `parts` refers to outlives the store, its uploads
  /// and readers, and what the pool still does for them. Errors: validation_failed for an endpoint, bucket or prefix
  /// that is none; unavailable, with a sentence that says what to mend.
  static Task<Result<std::unique_ptr<S3Store>>> open(S3Options options, s3::Parts parts);
  /// The same without writing anything, the bucket neither. What the provider can do stays unknown, so that nothing may
  /// be stored: read, remove and sweep.
  static Task<Result<std::unique_ptr<S3Store>>> open_to_read(S3Options options, s3::Parts parts);

  Capabilities capabilities() const override;
  Task<Result<std::unique_ptr<Staging>>> stage(Expected expected) override;
  Task<Result<std::unique_ptr<Reader>>> open(std::string key, Range range) override;
  Task<Result<std::uint64_t>> stat(std::string key) override;
  Task<Result<void>> remove(std::string key) override;
  Task<Result<void>> copy(std::string from, std::string to) override;
  /// `limit` is cut to 1000, the longest page of the protocol.
  Task<Result<ListPage>> list(std::string prefix, std::string cursor, std::size_t limit) override;
  Task<Result<std::optional<std::string>>> store_id() override;
  Task<Result<void>> set_store_id(std::string id) override;
  /// Multipart uploads under the prefix and objects in `incoming/`, of every server that shares the bucket:
  /// `older_than` lies before whatever may still be under way.
  Task<Result<std::size_t>> sweep_staging(Time older_than) override;
  DirectTransfers* direct() override { return &direct_; }
  std::optional<std::uint64_t> free_bytes() const override { return std::nullopt; }

  const S3Facts& facts() const { return core_->facts; }
  const s3::Address& address() const { return core_->client.address(); }

  /// The bucket's CORS rules; empty when it has none. Error: unavailable, also when the keys may not ask.
  Task<Result<std::vector<s3::CorsRule>>> cors();
  Task<Result<void>> set_cors(std::vector<s3::CorsRule> rules);

 private:
  explicit S3Store(std::shared_ptr<s3::Core> core) : core_(std::move(core)), direct_(core_) {}
  Task<Result<std::size_t>> sweep_uploads(Time older_than);
  Task<Result<std::size_t>> sweep_incoming(Time older_than);

  std::shared_ptr<s3::Core> core_;
  s3::S3Direct direct_;
};

}  // namespace medialith::blob
