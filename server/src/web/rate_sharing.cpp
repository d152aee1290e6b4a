#include "web/rate_sharing.hpp"

#include <algorithm>
#include <utility>

namespace medialith::web {
namespace {

constexpr std::size_t kBytesOfARow = 100;

/// A bucket on its way to the database and back.
struct Shared {
  RateLimiter::Taken taken;
  Digest name;
  Time full;
};

}  // namespace

domain::Refill refill_of(const Rate& rate) {
  return {.each = std::chrono::milliseconds(static_cast<std::int64_t>(60'000 / rate.per_minute)),
          .burst = static_cast<std::int64_t>(rate.burst)};
}

Task<Result<void>> RateSharing::exchange() {
  for (const Limit& limit : limits_) CO_TRY(co_await exchange(limit));
  co_return Result<void>();
}

Task<Result<void>> RateSharing::exchange(Limit limit) {
  std::vector<Shared> buckets;
  for (RateLimiter::Taken& taken : limit.limiter.untold(kSharedNames)) {
    const Digest name = domain::rate_limit_name(limit.kind, taken.name);
    buckets.push_back({std::move(taken), name, {}});
  }
  if (buckets.empty()) co_return Result<void>();
  // In one order on all servers: two that write the same rows wait for each other and never in a circle.
  std::ranges::sort(buckets, {}, &Shared::name);
  const domain::Refill refill = refill_of(limit.limiter.rate());
  const Time now = clock_.now();
  auto tell = [&](db::Transaction& tx) -> Result<void> {
    std::vector<db::Question> questions;
    for (Shared& bucket : buckets) {
      questions.push_back(domain::take_tokens(bucket.name, refill, bucket.taken.tokens, now, bucket.full));
    }
    return tx.ask(questions);
  };
  CO_TRY(co_await database_.write(tell, buckets.size() * kBytesOfARow));
  for (const Shared& bucket : buckets) {
    const std::chrono::duration<double> missing = bucket.full - now;
    limit.limiter.settle(bucket.taken, limit.limiter.rate().burst - missing / refill.each);
  }
  co_return Result<void>();
}

}  // namespace medialith::web
