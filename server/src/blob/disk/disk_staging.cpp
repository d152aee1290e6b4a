#include "blob/disk/disk_staging.hpp"

#include <algorithm>

namespace medialith::blob {
namespace {

// Below this a file is one piece or few: the file system's own accounting answers as early as fallocate() would, and
// extents that were taken but not written cost a second journal entry.
constexpr std::uint64_t kReserveFrom = 4 * kPieceSize;

Error overloaded() { return make_error(ErrorCode::overloaded, "The server is busy. Try again in a moment."); }

// The folder of a blob may have been removed by hand since it was cached: then it is made once more.
Result<std::shared_ptr<Folder>> link_into_folder(DiskCore& core, StagedFile& file, const KeyParts& parts) {
  TRY_ASSIGN(auto folder, core.folders().make(parts.folder));
  Result<void> linked = file.link(folder->fd(), parts.name);
  if (!linked && linked.error().code == ErrorCode::not_found) {
    core.folders().clear();
    TRY_ASSIGN(folder, core.folders().make(parts.folder));
    linked = file.link(folder->fd(), parts.name);
  }
  if (!linked && linked.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::internal, "The store failed.", linked.error().detail);
  }
  TRY(std::move(linked));
  return folder;
}

}  // namespace

void commit_file(DiskCore& core, StagedFile& file, const std::string& key, net::Completion done) {
  if (auto synced = file.sync(); !synced) return done(std::move(synced));
  auto folder = link_into_folder(core, file, split_key(key));
  if (!folder) return done(fail(std::move(folder).error()));
  Folder::sync(*folder, core, std::move(done));
}

DiskStaging::DiskStaging(std::shared_ptr<DiskCore> core, const Expected& expected)
    : core_(std::move(core)), check_(expected), work_(std::make_shared<StagingWork>(core_)) {}

DiskStaging::~DiskStaging() {
  if (state_ == State::committed) return;
  // When the pool is full, the refused job dies here and the file with it, on this thread.
  (void)core_->pool().post([work = std::move(work_)] {});
}

Error DiskStaging::fail_with(Error error) {
  state_ = State::failed;
  return error;
}

Task<Result<void>> DiskStaging::begin() {
  CO_TRY(core_->writable());
  CO_TRY(check_.begin());
  const std::uint64_t size = check_.expected().size.value_or(0);
  CO_TRY(core_->check_room(size));
  if (size < kReserveFrom) co_return Result<void>();
  auto reserve = [this, size] { return work_->file.reserve(size); };
  co_return co_await net::run_on(core_->pool(), reserve);
}

Task<Result<void>> DiskStaging::write(std::span<const std::byte> bytes) {
  if (state_ != State::open) co_return fail(out_of_order());
  Result<void> taken = check_.accept(bytes);
  if (taken) taken = co_await take(bytes);
  if (!taken) co_return fail(fail_with(std::move(taken).error()));
  co_return taken;
}

Task<Result<void>> DiskStaging::take(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // A piece leaves when more comes, so that a file of one piece is hashed and written in the job of finish().
    if (filling_ && filling_->full()) CO_TRY(co_await send_piece());
    if (!filling_) {
      const std::uint64_t size = check_.expected().size.value_or(kPieceSize);
      const BufferedBytes count(core_, &core_->buffered_bytes);
      filling_ = std::make_unique<PartBuffer>(count, std::min<std::uint64_t>(size, kPieceSize));
    }
    bytes = bytes.subspan(filling_->take(bytes));
  }
  co_return Result<void>();
}

Task<Result<void>> DiskStaging::send_piece() {
  CO_TRY(co_await jobs_->idle());
  std::swap(filling_, work_->in_flight);
  if (filling_) filling_->clear();
  auto hash = [work = work_]() -> Result<void> {
    work->file.hash(work->in_flight->bytes());
    return {};
  };
  auto write = [work = work_] { return work->file.write(work->in_flight->bytes()); };
  jobs_->start(core_->pool(), std::move(hash));
  jobs_->start(core_->pool(), std::move(write));
  co_return Result<void>();
}

Task<Result<BlobInfo>> DiskStaging::finish() {
  if (state_ != State::open) co_return fail(out_of_order());
  Result<BlobInfo> sealed = co_await seal();
  if (!sealed) co_return fail(fail_with(std::move(sealed).error()));
  state_ = State::finished;
  co_return sealed;
}

Task<Result<BlobInfo>> DiskStaging::seal() {
  CO_TRY(check_.end());
  CO_TRY(co_await jobs_->idle());
  work_->in_flight.reset();
  auto job = [this]() -> Result<BlobInfo> {
    if (filling_) TRY(work_->file.append(filling_->bytes()));
    return work_->file.seal();
  };
  CO_TRY_ASSIGN(const BlobInfo info, co_await net::run_on(core_->pool(), job));
  filling_.reset();
  CO_TRY(check_.verify(info.sha256));
  co_return info;
}

Task<Result<void>> DiskStaging::commit(std::string key) {
  if (state_ != State::finished || !is_valid_key(key)) co_return fail(out_of_order());
  CO_TRY(core_->writable());
  state_ = State::failed;  // until it turns out otherwise
  auto start = [this, &key](net::Completion done) {
    // Should the pool refuse, the completion is still ours to call.
    auto shared = std::make_shared<net::Completion>(std::move(done));
    auto job = [core = core_, work = work_, key, shared] { commit_file(*core, work->file, key, std::move(*shared)); };
    if (core_->pool().post(std::move(job))) return;
    state_ = State::finished;  // nothing was begun
    (*shared)(fail(overloaded()));
  };
  Result<void> committed = co_await net::await_completion(std::move(start));
  if (committed) state_ = State::committed;
  co_return committed;
}

Task<Result<std::vector<std::byte>>> DiskStaging::read_back(std::uint64_t offset, std::size_t length) {
  if (state_ != State::finished && state_ != State::committed) co_return fail(out_of_order());
  auto job = [this, offset, length]() -> Result<std::vector<std::byte>> {
    const std::uint64_t left = offset < check_.received() ? check_.received() - offset : 0;
    std::vector<std::byte> bytes(std::min<std::uint64_t>(length, left));
    TRY_ASSIGN(const std::size_t n, work_->file.read(offset, bytes));
    bytes.resize(n);
    return bytes;
  };
  co_return co_await net::run_on(core_->pool(), job);
}

}  // namespace medialith::blob
