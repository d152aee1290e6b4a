#include "web/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace medialith::web {
namespace {

std::chrono::seconds whole_seconds(double seconds) {
  return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(std::max(0.0, seconds))));
}

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

RateLimiter::Bucket& RateLimiter::fill(std::string_view name) {
  const auto now = clock_.monotonic();
  if (buckets_.size() >= kMaxBuckets) drop_full();
  auto [it, inserted] = buckets_.try_emplace(std::string(name), Bucket{rate_.burst, now});
  Bucket& bucket = it->second;
  bucket.tokens = std::min(rate_.burst, bucket.tokens + seconds_between(bucket.filled_at, now) * rate_.per_minute / 60);
  bucket.filled_at = now;
  return bucket;
}

Verdict RateLimiter::verdict(const Bucket& bucket, bool allowed) const {
  return {.allowed = allowed,
          .remaining = static_cast<std::int64_t>(std::max(0.0, bucket.tokens)),
          .retry_after =
              allowed ? std::chrono::seconds(0)
                      : std::max(std::chrono::seconds(1), whole_seconds((1 - bucket.tokens) * 60 / rate_.per_minute)),
          .reset = whole_seconds((rate_.burst - bucket.tokens) * 60 / rate_.per_minute)};
}

Verdict RateLimiter::take(std::string_view name) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = fill(name);
  const bool allowed = bucket.tokens >= 1;
  if (allowed) bucket.tokens -= 1;
  if (allowed) remember(name, bucket, 1);
  return verdict(bucket, allowed);
}

void RateLimiter::give_back(std::string_view name) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = fill(name);
  bucket.tokens = std::min(rate_.burst, bucket.tokens + 1);
  remember(name, bucket, -1);
}

/// That the others have to be told of `tokens` more: less than none where they were told of what was given back.
void RateLimiter::remember(std::string_view name, Bucket& bucket, std::int64_t tokens) {
  if (sharing_ == Sharing::alone) return;
  bucket.untold += tokens;
  if (bucket.untold == 0) {
    with_untold_.erase(std::string(name));
  } else {
    with_untold_.emplace(name);
  }
}

std::vector<RateLimiter::Taken> RateLimiter::untold(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<Taken> taken;
  for (const std::string& name : with_untold_) {
    if (taken.size() == most) break;
    taken.push_back({name, buckets_.at(name).untold});
  }
  return taken;
}

void RateLimiter::settle(const Taken& told, double tokens) {
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(told.name);
  if (found == buckets_.end()) return;  // forgotten meanwhile
  Bucket& bucket = found->second;
  remember(told.name, bucket, -told.tokens);
  bucket.tokens = std::min(rate_.burst, tokens - static_cast<double>(bucket.untold));
  bucket.filled_at = clock_.monotonic();
}

std::size_t RateLimiter::size() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

void RateLimiter::drop_full() {
  const auto now = clock_.monotonic();
  std::erase_if(buckets_, [&](const auto& entry) {
    const Bucket& bucket = entry.second;
    return bucket.untold == 0 &&
           bucket.tokens + seconds_between(bucket.filled_at, now) * rate_.per_minute / 60 >= rate_.burst;
  });
  // All of them in use: forgetting the limits of some is better than growing without bound or refusing everybody.
  if (buckets_.size() < kMaxBuckets) return;
  buckets_.clear();
  with_untold_.clear();
}

}  // namespace medialith::web
