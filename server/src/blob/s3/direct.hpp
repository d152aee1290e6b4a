// Uploads and downloads that go between a client and the bucket, by presigned requests.
#pragma once

#include <memory>
#include <string>

#include "blob/s3/core.hpp"
#include "blob/s3/objects.hpp"
#include "blob/store.hpp"
#include "blob/stream_check.hpp"

namespace medialith::blob::s3 {

class S3Direct final : public DirectTransfers {
 public:
  explicit S3Direct(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  Task<Result<std::string>> sign_get(std::string key, Presented presented, std::chrono::seconds valid) override;
  Task<Result<DirectUpload>> begin(std::uint64_t size) override;
  Task<Result<SignedRequest>> sign_part(DirectUpload upload, std::uint32_t number, std::chrono::seconds valid) override;
  Task<Result<std::unique_ptr<Staging>>> accept(DirectUpload upload, Expected expected) override;
  Task<Result<void>> drop(DirectUpload upload) override;

 private:
  Task<Result<void>> join_parts(const DirectUpload& upload, const std::string& object);

  std::shared_ptr<Core> core_;
};

/// What a client has sent, under a name that its URL may still write: it is read once, and copied as what was read.
class IncomingStaging final : public Staging {
 public:
  IncomingStaging(std::shared_ptr<Core> core, std::string object, const Expected& expected)
      : core_(std::move(core)), object_(std::move(object)), check_(expected) {}

  /// Reads and hashes it.
  Task<Result<void>> load();

  void aim(Aim /*aim*/) override {}
  Task<Result<void>> write(std::span<const std::byte> bytes) override;
  Task<Result<BlobInfo>> finish() override;
  /// Copies; what came in stays until drop(), so that a commit may be tried again.
  Task<Result<void>> commit(std::string key) override;
  std::span<const std::byte> head() const override { return check_.head(); }
  Task<Result<std::vector<std::byte>>> read_back(std::uint64_t offset, std::size_t length) override;

 private:
  enum class State : std::uint8_t { loaded, finished, committed };

  std::shared_ptr<Core> core_;
  std::string object_;
  StreamCheck check_;
  ObjectInfo info_;
  Digest sha256_{};
  State state_ = State::loaded;
};

}  // namespace medialith::blob::s3
