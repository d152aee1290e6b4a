// An upload into the disk store: one piece is hashed and written on the disk pool, both at once, while the next fills
// up here.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "blob/disk/staged_file.hpp"
#include "blob/part_buffer.hpp"
#include "blob/pool_jobs.hpp"
#include "blob/stream_check.hpp"

namespace medialith::blob {

/// The half of an upload that the disk pool works on. At any time either the two jobs of a piece or the upload's
/// coroutine has it; a job that is still at work keeps it alive when the upload is gone.
struct StagingWork {
  explicit StagingWork(std::shared_ptr<DiskCore> core) : file(std::move(core)) {}
  StagedFile file;
  std::unique_ptr<PartBuffer> in_flight;  ///< what the running jobs hash and write
};

/// See Staging. Memory: two pieces and the head.
class DiskStaging final : public Staging {
 public:
  DiskStaging(std::shared_ptr<DiskCore> core, const Expected& expected);
  /// What was staged goes away on the disk pool: dropping a large file takes a while.
  ~DiskStaging() override;

  /// Refuses what is known to be hopeless, and takes the room for what is known to be large.
  Task<Result<void>> begin();

  void aim(Aim /*aim*/) override {}
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
  std::shared_ptr<StagingWork> work_;
  std::shared_ptr<PoolJobs> jobs_ = std::make_shared<PoolJobs>();
  std::unique_ptr<PartBuffer> filling_;
  State state_ = State::open;
};

/// On the disk pool: names the file, makes the name durable and calls `done`. Errors as Staging::commit().
void commit_file(DiskCore& core, StagedFile& file, const std::string& key, net::Completion done);

}  // namespace medialith::blob
