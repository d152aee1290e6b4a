// A store that fails as stores do: before a call took effect, after it did, with short reads and flipped bits. For
// tests and simulations.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "blob/store.hpp"

namespace medialith::blob {

enum class Operation : std::uint8_t { stage, write, finish, commit, read_back, open, read, stat, remove, copy, list };
inline constexpr std::size_t kOperations = 11;

struct FaultRule {
  Operation operation;
  /// The failing call is not made, or is made and its success not told.
  enum class Moment : std::uint8_t { before, after } moment = Moment::before;
  ErrorCode code = ErrorCode::unavailable;
  /// Which call fails, counting from 1 since the plan was set; 0: none in particular.
  std::uint64_t nth = 0;
  /// How likely each call fails, 0 to 1.
  double probability = 0;
};

struct FaultPlan {
  std::vector<FaultRule> rules = {};
  double short_read = 0;   ///< how likely a read yields only a part of what was asked for
  double flipped_bit = 0;  ///< how likely a read yields one wrong bit
};

/// Thread-safe when the inner store is. The same seed, plan and order of calls give the same faults. Uploads and
/// readers must not outlive it.
class FaultyStore final : public BlobStore {
 public:
  FaultyStore(BlobStore& inner, std::uint64_t seed, FaultPlan plan = {});

  /// Replaces the plan and counts calls from 0 again.
  void set_plan(FaultPlan plan);
  /// Faults since the beginning, short reads and flipped bits among them.
  std::uint64_t injected() const;

  /// Without direct_file and presigned: bytes that are to be tampered with have to pass through here.
  Capabilities capabilities() const override;
  Task<Result<std::unique_ptr<Staging>>> stage(Expected expected) override;
  Task<Result<std::unique_ptr<Reader>>> open(std::string key, Range range) override;
  Task<Result<std::uint64_t>> stat(std::string key) override;
  Task<Result<void>> remove(std::string key) override;
  Task<Result<void>> copy(std::string from, std::string to) override;
  Task<Result<ListPage>> list(std::string prefix, std::string cursor, std::size_t limit) override;
  Task<Result<std::optional<std::string>>> store_id() override { return inner_.store_id(); }
  Task<Result<void>> set_store_id(std::string id) override { return inner_.set_store_id(std::move(id)); }
  Task<Result<std::size_t>> sweep_staging(Time older_than) override { return inner_.sweep_staging(older_than); }
  /// Nothing that passes by here can be made to fail: without the capability.
  DirectTransfers* direct() override { return nullptr; }
  std::optional<std::uint64_t> free_bytes() const override { return inner_.free_bytes(); }

 private:
  friend class FaultyStaging;
  friend class FaultyReader;

  /// What is to happen to one call: the error it meets at each moment.
  struct Fate {
    std::optional<Error> before;
    std::optional<Error> after;
  };
  Fate next(Operation operation);
  bool happens(double FaultPlan::* probability);
  bool happens_locked(double probability);
  std::uint64_t below(std::uint64_t bound);

  BlobStore& inner_;
  mutable std::mutex mutex_;
  SeededRandom random_;  // guarded by mutex_, as are:
  FaultPlan plan_;
  std::array<std::uint64_t, kOperations> calls_{};
  std::uint64_t injected_ = 0;
};

}  // namespace medialith::blob
