// Memory for request bodies that have to be whole: one budget for the process, so that many large ones cannot add up.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

#include "net/task.hpp"

namespace medialith::web {

/// Bodies up to this size are not counted; the budget; how long a body waits for it (design.md §4).
inline constexpr std::uint64_t kUncountedBody = 1 << 20;
inline constexpr std::uint64_t kBodyBudget = 256 << 20;
inline constexpr std::chrono::seconds kBudgetWait{15};

/// Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(std::uint64_t bytes = kBodyBudget, std::chrono::milliseconds wait = kBudgetWait)
      : free_(bytes), wait_(wait) {}

  /// A part of the budget, given back when it is destroyed. Movable.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }
    std::uint64_t bytes() const { return bytes_; }

   private:
    friend class BodyBudget;
    BodyBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  /// Enlarges `share` to `bytes`, waiting for room. Error: overloaded (503) after the wait.
  Task<Result<void>> enlarge(Share& share, std::uint64_t bytes);

  /// What nobody has taken now.
  std::uint64_t free_bytes() const {
    const std::lock_guard lock(mutex_);
    return free_;
  }

 private:
  bool try_take(Share& share, std::uint64_t more);
  void give_back(std::uint64_t bytes);

  mutable std::mutex mutex_;
  std::uint64_t free_;
  const std::chrono::milliseconds wait_;
};

}  // namespace medialith::web
