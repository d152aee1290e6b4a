// When and how long to wait before another try.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace medialith::blob::s3 {

struct RetryPolicy {
  int attempts = 5;                           ///< in all
  std::chrono::milliseconds first_wait{100};  ///< at most, before the second attempt; doubles with each
  std::chrono::milliseconds longest_wait{5'000};
  std::chrono::milliseconds deadline{30'000};  ///< since the first attempt; after it none begins
};

/// One request's tries. Each wait is random between nothing and a bound that doubles ("full jitter"), so that many
/// clients that failed together do not come back together.
class Backoff {
 public:
  Backoff(const RetryPolicy& policy, const Clock& clock, Random& random)
      : policy_(policy), clock_(clock), random_(random), begun_(clock.monotonic()) {}

  /// How long to wait before the next attempt; nullopt when there shall be none.
  std::optional<std::chrono::milliseconds> next() {
    if (++failed_ >= policy_.attempts) return std::nullopt;
    const auto bound = std::min(policy_.first_wait * (1 << (failed_ - 1)), policy_.longest_wait);
    const std::chrono::milliseconds wait(random_.u64() % static_cast<std::uint64_t>(bound.count() + 1));
    if (clock_.monotonic() - begun_ + wait > policy_.deadline) return std::nullopt;
    return wait;
  }

 private:
  const RetryPolicy policy_;
  const Clock& clock_;
  Random& random_;
  const std::chrono::steady_clock::time_point begun_;
  int failed_ = 0;
};

}  // namespace medialith::blob::s3
