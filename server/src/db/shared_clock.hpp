// The time that all servers of one database agree on: the database's own.
#pragma once

#include <atomic>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace medialith::db {

/// What leases and shared limits are reckoned by. Servers' clocks may be minutes apart, the database has one: so it is
/// asked what time it is, and from then on the monotonic clock is added. One that is not shared has its server's clock.
/// Thread-safe; the database and the clock outlive it.
class SharedClock {
 public:
  SharedClock(Database& database, const Clock& clock);
  /// Asks the database again. Called before the first now(), and now and then. Errors: what the read fails with; the
  /// clock goes on from the last answer.
  Task<Result<void>> refresh();
  Time now() const;

 private:
  std::int64_t monotonic_ms() const;

  Database& database_;
  const Clock& clock_;
  std::atomic<std::int64_t> ahead_ms_;  // the database's clock, less our monotonic one
};

}  // namespace medialith::db
