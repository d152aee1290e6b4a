// A store that keeps its blobs in memory, for tests and simulations: the same contract, nothing survives it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "blob/store.hpp"

namespace medialith::blob {

/// Thread-safe. Uploads and readers may outlive it. Never suspends.
class MemoryStore final : public BlobStore {
 public:
  /// Answers disk_full when more than `capacity` bytes would be kept.
  explicit MemoryStore(const Clock& clock, std::uint64_t capacity = UINT64_MAX);
  ~MemoryStore() override;

  Capabilities capabilities() const override;
  Task<Result<std::unique_ptr<Staging>>> stage(Expected expected) override;
  Task<Result<std::unique_ptr<Reader>>> open(std::string key, Range range) override;
  Task<Result<std::uint64_t>> stat(std::string key) override;
  Task<Result<void>> remove(std::string key) override;
  Task<Result<void>> copy(std::string from, std::string to) override;
  Task<Result<ListPage>> list(std::string prefix, std::string cursor, std::size_t limit) override;
  Task<Result<std::optional<std::string>>> store_id() override;
  Task<Result<void>> set_store_id(std::string id) override;
  /// Nothing is left behind here.
  Task<Result<std::size_t>> sweep_staging(Time older_than) override;
  DirectTransfers* direct() override { return nullptr; }
  std::optional<std::uint64_t> free_bytes() const override;

 private:
  friend class MemoryStaging;
  using Bytes = std::shared_ptr<const std::vector<std::byte>>;
  struct Blob {
    Bytes bytes;
    Time modified;
  };
  /// Shared with the uploads, which may end last.
  struct Shelf {
    explicit Shelf(const Clock& c, std::uint64_t limit) : clock(c), capacity(limit) {}
    Result<void> put(const std::string& key, Bytes bytes);
    Result<Bytes> get(const std::string& key) const;

    const Clock& clock;
    const std::uint64_t capacity;
    mutable std::mutex mutex;
    std::map<std::string, Blob> blobs;  // guarded by mutex, as are:
    std::uint64_t used = 0;
    std::optional<std::string> id;
  };

  std::shared_ptr<Shelf> shelf_;
};

}  // namespace medialith::blob
