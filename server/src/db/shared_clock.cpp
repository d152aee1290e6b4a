#include "db/shared_clock.hpp"

namespace medialith::db {
namespace {

Statement time_statement(std::string_view engine) {
  if (engine == "postgres") return {"SELECT clock_timestamp()"};
  return {"SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"};
}

}  // namespace

bool is_shared(const Database& database) { return database.engine() != "sqlite"; }

SharedClock::SharedClock(Database& database, const Clock& clock)
    : database_(database), clock_(clock), ahead_ms_(clock.now().ms - monotonic_ms()) {}

std::int64_t SharedClock::monotonic_ms() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.monotonic().time_since_epoch()).count();
}

Task<Result<void>> SharedClock::refresh() {
  if (!is_shared(database_)) co_return Result<void>();
  const Statement statement = time_statement(database_.engine());
  auto ask = [&](Connection& connection) {
    return connection.find(statement, [](const Row& row) { return row.time(0); });
  };
  CO_TRY_ASSIGN(const auto time, co_await database_.read(ask));
  // The answer is as old as its way here: we are late by that, and take no lease before it has expired.
  ahead_ms_.store(time->ms - monotonic_ms(), std::memory_order_relaxed);
  co_return Result<void>();
}

Time SharedClock::now() const {
  if (!is_shared(database_)) return clock_.now();
  return {ahead_ms_.load(std::memory_order_relaxed) + monotonic_ms()};
}

}  // namespace medialith::db
