// Row ids: 64 bit, inside the server only. They are list order and cursor for generations and assets.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace medialith::domain {

template <class Tag>
struct RidOf {
  std::int64_t value = 0;
  auto operator<=>(const RidOf&) const = default;
};
using UserRid = RidOf<struct UserTag>;
using GenerationRid = RidOf<struct GenerationTag>;
using AssetRid = RidOf<struct AssetTag>;

/// Where a page ended: the last row's rid, and what it was sorted by where that is not the rid.
struct Position {
  std::int64_t rid = 0;
  double key = 0;
  bool operator==(const Position&) const = default;
};

/// Bits below the millisecond in a time-ordered rid.
inline constexpr int kRidTieBits = 20;

/// When the row of a time-ordered rid was created.
constexpr Time created_at(std::int64_t rid) { return {rid >> kRidTieBits}; }
/// The smallest rid of that millisecond.
constexpr std::int64_t first_rid_at(Time time) { return time.ms << kRidTieBits; }

/// Makes created_at_ms * 2^20 + tie, ascending within a process even when the clock stands or goes back. Thread-safe.
/// Servers that share a database begin each millisecond at another tie, by chance: so they rarely make the same rid,
/// and whose row comes second takes the next.
class RidMaker {
 public:
  explicit RidMaker(const Clock& clock) : clock_(clock), first_tie_(0) {}
  RidMaker(const Clock& clock, Random& random)
      : clock_(clock), first_tie_(static_cast<std::int64_t>(random.u64() % kFirstTies)) {}
  /// Goes on behind `rid`: the newest there is. Called before the first next(), so that a clock that was set back while
  /// the server stood still makes no rid a second time.
  void start_after(std::int64_t rid) { last_.store(rid, std::memory_order_relaxed); }
  std::int64_t next() {
    const std::int64_t floor = first_rid_at(clock_.now());
    std::int64_t last = last_.load(std::memory_order_relaxed);
    std::int64_t candidate = 0;
    do {
      candidate = last < floor ? floor + first_tie_ : last + 1;
    } while (!last_.compare_exchange_weak(last, candidate, std::memory_order_relaxed));
    return candidate;
  }

 private:
  static constexpr std::uint64_t kFirstTies = 1 << (kRidTieBits - 1);  // as many again are left in the millisecond
  const Clock& clock_;
  const std::int64_t first_tie_;
  std::atomic<std::int64_t> last_{0};
};

}  // namespace medialith::domain
