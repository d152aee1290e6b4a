// Token buckets in memory: mutations per user, key or address.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"

namespace medialith::web {

struct Rate {
  double per_minute = 600;  ///< refill
  double burst = 200;       ///< capacity
};

/// Mutations of a user or key, of an anonymous address, and wrong guesses of a secret (R-S2).
inline constexpr Rate kUserMutations{.per_minute = 600, .burst = 200};
inline constexpr Rate kAnonymousMutations{.per_minute = 60, .burst = 20};
inline constexpr Rate kWrongGuesses{.per_minute = 20, .burst = 20};

struct Verdict {
  bool allowed = true;
  std::int64_t remaining = 0;           ///< whole requests that the bucket still holds
  std::chrono::seconds retry_after{0};  ///< until one is allowed again
  std::chrono::seconds reset{0};        ///< until the bucket is full
};

/// Whether other servers take from the same buckets: then what is taken here is remembered until they are told.
enum class Sharing : std::uint8_t { alone, with_others };

/// One bucket per name. Thread-safe. Holds at most kMaxBuckets; full buckets are dropped first, since a new one is
/// full.
class RateLimiter {
 public:
  RateLimiter(const Clock& clock, Rate rate, Sharing sharing = Sharing::alone)
      : clock_(clock), rate_(rate), sharing_(sharing) {}
  /// Takes one from the bucket, if there is one.
  Verdict take(std::string_view name);
  /// What was taken turned out not to count.
  void give_back(std::string_view name);
  Rate rate() const { return rate_; }

  struct Taken {
    std::string name;
    std::int64_t tokens = 0;
  };
  /// What was taken here and the others have not been told, of `most` names.
  std::vector<Taken> untold(std::size_t most) const;
  /// They have been told of `told`; the bucket they share with us holds `tokens`, less than none if it is overdrawn.
  void settle(const Taken& told, double tokens);

  std::size_t size() const;

  static constexpr std::size_t kMaxBuckets = 100'000;

 private:
  struct Bucket {
    double tokens = 0;
    std::chrono::steady_clock::time_point filled_at;
    std::int64_t untold = 0;
  };
  Bucket& fill(std::string_view name);
  void remember(std::string_view name, Bucket& bucket, std::int64_t tokens);
  Verdict verdict(const Bucket& bucket, bool allowed) const;
  void drop_full();

  const Clock& clock_;
  const Rate rate_;
  const Sharing sharing_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::unordered_set<std::string> with_untold_;
};

}  // namespace medialith::web
