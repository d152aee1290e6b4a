// An upload into the bucket. What fits into one part is kept in memory and put when it is committed; what is longer
// goes there by parts as it comes, one in flight while the next fills, and becomes an object when it is committed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blob/part_buffer.hpp"
#include "blob/pool_jobs.hpp"
#include "blob/s3/objects.hpp"
#include "blob/s3/spool.hpp"
#include "blob/stream_check.hpp"

namespace medialith::blob::s3 {

/// What jobs on the pool work on: at any time either the running job or the upload's coroutine has it.
struct StagingWork {
  explicit StagingWork(std::string folder) : spool(std::move(folder)) {}
  std::shared_ptr<PartBuffer> filling;  ///< its first `hashed` bytes are in both hashes
  std::size_t hashed = 0;
  Sha256 whole;
  Md5 part;
  Spool spool;
};

/// See Staging. Memory: two parts and the head.
class S3Staging final : public Staging {
 public:
  S3Staging(std::shared_ptr<Core> core, const Expected& expected);
  /// An upload that was begun is aborted on the disk pool.
  ~S3Staging() override;

  Result<void> begin() const { return check_.begin(); }

  void aim(Aim aim) override { aim_ = std::move(aim); }
  Task<Result<void>> write(std::span<const std::byte> bytes) override;
  Task<Result<BlobInfo>> finish() override;
  Task<Result<void>> commit(std::string key) override;
  std::span<const std::byte> head() const override { return check_.head(); }
  Task<Result<std::vector<std::byte>>> read_back(std::uint64_t offset, std::size_t length) override;

 private:
  enum class State : std::uint8_t { open, finished, committed, failed };
  /// A part on its way.
  struct Flight {
    std::shared_ptr<PartBuffer> buffer;
    Part part;
    std::string md5;  ///< hex
    Call call;
    std::unique_ptr<http_client::Exchange> exchange;
  };

  std::uint64_t next_part_size() const;
  Task<Result<void>> take(std::span<const std::byte> bytes);
  Task<Result<BlobInfo>> seal();
  Task<Result<void>> place(std::string key);
  void hash_ahead();
  Task<Result<Md5::Value>> end_part();
  Task<Result<void>> begin_upload_once();
  Task<Result<void>> ship();
  Task<Result<void>> land();

  std::shared_ptr<Core> core_;
  StreamCheck check_;
  State state_ = State::open;
  std::optional<Aim> aim_;
  std::shared_ptr<StagingWork> work_;
  std::shared_ptr<PoolJobs> jobs_ = std::make_shared<PoolJobs>();
  std::shared_ptr<PartBuffer> spare_;
  std::optional<Upload> upload_;  ///< once there is more than one part
  std::vector<Part> parts_;       ///< those that have arrived
  std::optional<Flight> flight_;
  BlobInfo info_;
  Md5::Value md5_{};  ///< of a file of one part
};

}  // namespace medialith::blob::s3
