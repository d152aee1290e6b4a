#include "db/shared_clock.hpp"

namespace medialith::db {
namespace {

constexpr Sql kTime("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
                    on_postgres("SELECT clock_timestamp()"));

}  // namespace

SharedClock::SharedClock(Database& database, const Clock& clock)
    : database_(database), clock_(clock), ahead_ms_(clock.now().ms - monotonic_ms()) {}

std::int64_t SharedClock::monotonic_ms() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.monotonic().time_since_epoch()).count();
}

Task<Result<void>> SharedClock::refresh() {
  if (!database_.is_shared()) co_return Result<void>();
  auto ask = [](Connection& connection) {
    return connection.find({kTime}, [](const Row& row) { return row.time(0); });
  };
  CO_TRY_ASSIGN(const auto time, co_await database_.read(ask));
  // The answer is as old as its way here: we are late by that, and take no lease before it has expired.
  ahead_ms_.store(time->ms - monotonic_ms(), std::memory_order_relaxed);
  co_return Result<void>();
}

Time SharedClock::now() const {
  if (!database_.is_shared()) return clock_.now();
  return {ahead_ms_.load(std::memory_order_relaxed) + monotonic_ms()};
}

}  // namespace medialith::db
