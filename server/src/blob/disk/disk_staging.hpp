// An upload into the disk store: one piece is hashed and written on the disk pool, both at once, while the next fills
// up here.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "blob/disk/staged_file.hpp"
#include "blob/stream_check.hpp"

namespace medialith::blob {

/// Memory of one upload that the store keeps count of (DiskHealth::buffered_bytes).
class PieceBuffer {
 public:
  PieceBuffer(std::shared_ptr<DiskCore> core, std::size_t capacity);
  ~PieceBuffer();
  PieceBuffer(const PieceBuffer&) = delete;
  PieceBuffer& operator=(const PieceBuffer&) = delete;

  std::span<const std::byte> bytes() const { return {data_.get(), used_}; }
  bool full() const { return used_ == capacity_; }
  void clear() { used_ = 0; }
  /// Takes as much as fits; answers how much that was.
  std::size_t take(std::span<const std::byte> bytes);

 private:
  std::shared_ptr<DiskCore> core_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::unique_ptr<std::byte[]> data_;
};

/// The half of an upload that the disk pool works on. At any time either the two jobs of a piece or the upload's
/// coroutine has it; a job that is still at work keeps it alive when the upload is gone.
class StagingJobs : public std::enable_shared_from_this<StagingJobs> {
 public:
  explicit StagingJobs(std::shared_ptr<DiskCore> core) : file(core), core_(std::move(core)) {}

  StagedFile file;
  /// What the running jobs hash and write.
  std::unique_ptr<PieceBuffer> in_flight;

  /// Hashes and writes `in_flight` on the pool. Only when idle. A pool that is full is a failure that idle() tells.
  void start_piece();
  /// Waits for the running jobs, if any, and answers a failure of any so far.
  Task<Result<void>> idle();

 private:
  void end_job(Result<void> result);

  std::shared_ptr<DiskCore> core_;
  std::mutex mutex_;
  int running_ = 0;  // jobs; guarded by mutex_, as are:
  Result<void> outcome_;
  std::optional<net::Completion> waiter_;
};

/// See Staging. Memory: two pieces and the head.
class DiskStaging final : public Staging {
 public:
  DiskStaging(std::shared_ptr<DiskCore> core, const Expected& expected);
  /// What was staged goes away on the disk pool: dropping a large file takes a while.
  ~DiskStaging() override;

  /// Refuses what is known to be hopeless, and takes the room for what is known to be large.
  Task<Result<void>> begin();

  Task<Result<void>> write(std::span<const std::byte> bytes) override;
  Task<Result<BlobInfo>> finish() override;
  Task<Result<void>> commit(std::string key) override;
  std::span<const std::byte> head() const override { return check_.head(); }
  Task<Result<std::vector<std::byte>>> read_back(std::uint64_t offset, std::size_t length) override;

 private:
  enum class State { open, finished, committed, failed };

  Task<Result<void>> take(std::span<const std::byte> bytes);
  Task<Result<void>> send_piece();
  Task<Result<BlobInfo>> seal();
  Error fail_with(Error error);

  std::shared_ptr<DiskCore> core_;
  StreamCheck check_;
  std::shared_ptr<StagingJobs> jobs_;
  std::unique_ptr<PieceBuffer> filling_;
  State state_ = State::open;
};

/// On the disk pool: names the file, makes the name durable and calls `done`. Errors as Staging::commit().
void commit_file(DiskCore& core, StagedFile& file, const std::string& key, net::Completion done);

}  // namespace medialith::blob
