#include "blob/memory/memory_store.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "blob/stream_check.hpp"

namespace medialith::blob {
namespace {

std::unexpected<Error> bug(std::string detail) {
  return fail(ErrorCode::internal, "The store failed.", std::move(detail));
}

class MemoryReader final : public Reader {
 public:
  MemoryReader(std::shared_ptr<const std::vector<std::byte>> bytes, Range range)
      : bytes_(std::move(bytes)),
        left_(std::span(*bytes_).subspan(range.offset, std::min(range.length, bytes_->size() - range.offset))) {}

  std::uint64_t size() const override { return bytes_->size(); }

  Task<Result<std::size_t>> read(std::span<std::byte> out) override {
    const std::size_t n = std::min(out.size(), left_.size());
    std::ranges::copy(left_.first(n), out.begin());
    left_ = left_.subspan(n);
    co_return n;
  }

 private:
  std::shared_ptr<const std::vector<std::byte>> bytes_;
  std::span<const std::byte> left_;
};

}  // namespace

class MemoryStaging final : public Staging {
 public:
  MemoryStaging(std::shared_ptr<MemoryStore::Shelf> shelf, const Expected& expected)
      : shelf_(std::move(shelf)), check_(expected) {}

  Result<void> begin() const { return check_.begin(); }

  void aim(Aim /*aim*/) override {}

  Task<Result<void>> write(std::span<const std::byte> bytes) override {
    if (state_ != State::open) co_return fail(out_of_order());
    state_ = State::failed;
    CO_TRY(check_.accept(bytes));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    state_ = State::open;
    co_return Result<void>();
  }

  Task<Result<BlobInfo>> finish() override {
    if (state_ != State::open) co_return fail(out_of_order());
    state_ = State::failed;
    CO_TRY(check_.end());
    BlobInfo info{bytes_.size(), sha256(bytes_)};
    CO_TRY(check_.verify(info.sha256));
    finished_ = std::make_shared<const std::vector<std::byte>>(std::move(bytes_));
    state_ = State::finished;
    co_return info;
  }

  Task<Result<void>> commit(std::string key) override {
    if (state_ != State::finished || !is_valid_key(key)) co_return fail(out_of_order());
    state_ = State::failed;
    CO_TRY(shelf_->put(key, finished_));
    state_ = State::committed;
    co_return Result<void>();
  }

  std::span<const std::byte> head() const override { return check_.head(); }

  Task<Result<std::vector<std::byte>>> read_back(std::uint64_t offset, std::size_t length) override {
    if (!finished_) co_return fail(out_of_order());
    const auto all = std::span(*finished_);
    const auto rest = all.subspan(std::min<std::uint64_t>(offset, all.size()));
    const auto part = rest.first(std::min(length, rest.size()));
    co_return std::vector<std::byte>(part.begin(), part.end());
  }

 private:
  enum class State { open, finished, committed, failed };

  std::shared_ptr<MemoryStore::Shelf> shelf_;
  StreamCheck check_;
  std::vector<std::byte> bytes_;
  MemoryStore::Bytes finished_;
  State state_ = State::open;
};

Result<void> MemoryStore::Shelf::put(const std::string& key, Bytes bytes) {
  const std::scoped_lock lock(mutex);
  if (blobs.contains(key)) return fail(ErrorCode::already_exists, "There is a blob with this key already.");
  if (bytes->size() > capacity - used) {
    return fail(ErrorCode::disk_full, "The server has no room left for this file.");
  }
  used += bytes->size();
  blobs.emplace(key, Blob{std::move(bytes), clock.now()});
  return {};
}

Result<MemoryStore::Bytes> MemoryStore::Shelf::get(const std::string& key) const {
  if (!is_valid_key(key)) return bug("not a key: " + key);
  const std::scoped_lock lock(mutex);
  const auto found = blobs.find(key);
  if (found == blobs.end()) return fail(ErrorCode::blob_missing, "The stored file is missing.", key);
  return found->second.bytes;
}

MemoryStore::MemoryStore(const Clock& clock, std::uint64_t capacity)
    : shelf_(std::make_shared<Shelf>(clock, capacity)) {}
MemoryStore::~MemoryStore() = default;

Capabilities MemoryStore::capabilities() const {
  Capabilities result;
  result.server_copy = true;
  return result;
}

Task<Result<std::unique_ptr<Staging>>> MemoryStore::stage(Expected expected) {
  auto staging = std::make_unique<MemoryStaging>(shelf_, expected);
  CO_TRY(staging->begin());
  if (expected.size.value_or(0) > free_bytes().value_or(0)) {
    co_return fail(ErrorCode::disk_full, "The server has no room left for this file.");
  }
  co_return std::unique_ptr<Staging>(std::move(staging));
}

Task<Result<std::unique_ptr<Reader>>> MemoryStore::open(std::string key, Range range) {
  CO_TRY_ASSIGN(Bytes bytes, shelf_->get(key));
  if (range.offset > bytes->size()) {
    co_return fail(ErrorCode::range_not_satisfiable, fmt::format("The file has only {} bytes.", bytes->size()));
  }
  co_return std::make_unique<MemoryReader>(std::move(bytes), range);
}

Task<Result<std::uint64_t>> MemoryStore::stat(std::string key) {
  CO_TRY_ASSIGN(const Bytes bytes, shelf_->get(key));
  co_return bytes->size();
}

Task<Result<void>> MemoryStore::remove(std::string key) {
  if (!is_valid_key(key)) co_return bug("not a key: " + key);
  const std::scoped_lock lock(shelf_->mutex);
  const auto found = shelf_->blobs.find(key);
  if (found != shelf_->blobs.end()) {
    shelf_->used -= found->second.bytes->size();
    shelf_->blobs.erase(found);
  }
  co_return Result<void>();
}

Task<Result<void>> MemoryStore::copy(std::string from, std::string to) {
  if (!is_valid_key(to)) co_return bug("not a key: " + to);
  CO_TRY_ASSIGN(Bytes bytes, shelf_->get(from));
  co_return shelf_->put(to, std::move(bytes));
}

Task<Result<ListPage>> MemoryStore::list(std::string prefix, std::string cursor, std::size_t limit) {
  limit = std::max<std::size_t>(limit, 1);
  ListPage page;
  const std::scoped_lock lock(shelf_->mutex);
  for (auto it = shelf_->blobs.upper_bound(cursor); it != shelf_->blobs.end(); ++it) {
    if (it->first < prefix) continue;
    if (!it->first.starts_with(prefix)) break;
    if (page.blobs.size() == limit) {
      page.next_cursor = page.blobs.back().key;
      break;
    }
    page.blobs.push_back({it->first, it->second.bytes->size(), it->second.modified});
  }
  co_return page;
}

Task<Result<std::optional<std::string>>> MemoryStore::store_id() {
  const std::scoped_lock lock(shelf_->mutex);
  co_return shelf_->id;
}

Task<Result<void>> MemoryStore::set_store_id(std::string id) {
  if (!is_valid_store_id(id)) co_return bug("not a store id");
  const std::scoped_lock lock(shelf_->mutex);
  shelf_->id = std::move(id);
  co_return Result<void>();
}

Task<Result<std::size_t>> MemoryStore::sweep_staging(Time /*older_than*/) { co_return std::size_t{0}; }

std::optional<std::uint64_t> MemoryStore::free_bytes() const {
  const std::scoped_lock lock(shelf_->mutex);
  return shelf_->capacity - shelf_->used;
}

}  // namespace medialith::blob
