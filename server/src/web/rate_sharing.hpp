// Rate limits of several servers: each adds what was taken there to the database and reads back what is left.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "db/shared_clock.hpp"
#include "domain/rate_limits.hpp"
#include "web/rate_limit.hpp"

namespace medialith::web {

/// How often: for so long a server may not know what others have allowed.
inline constexpr std::chrono::seconds kShareEach{1};
/// Names of a limiter in one write; the others wait for the next second.
inline constexpr std::size_t kSharedNames = 500;

/// The rate as the database keeps it.
domain::Refill refill_of(const Rate& rate);

/// Used by one coroutine at a time. What it refers to outlives it.
class RateSharing {
 public:
  struct Limit {
    std::string_view kind;  ///< the same on every server
    RateLimiter& limiter;   ///< made with Sharing::with_others
  };
  RateSharing(db::Database& database, const db::SharedClock& clock, std::vector<Limit> limits)
      : database_(database), clock_(clock), limits_(std::move(limits)) {}
  /// One exchange: a write for each limiter from which something was taken. Errors: what the database fails with; what
  /// it was not told of is told the next time.
  Task<Result<void>> exchange();

 private:
  Task<Result<void>> exchange(Limit limit);

  db::Database& database_;
  const db::SharedClock& clock_;
  const std::vector<Limit> limits_;
};

}  // namespace medialith::web
