// Which servers work on a shared database now: each holds a row of `leases` that lasts as long as it does. Nobody else
// may take a database away from under them.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "db/shared_clock.hpp"
#include "jobs/lease.hpp"
#include "net/task.hpp"

namespace medialith::jobs {

/// A server that was killed counts as working for so long; presence is renewed three times as often.
inline constexpr std::chrono::seconds kPresent{15};

/// One server's presence. Thread-safe; the database and the clock outlive it.
class Presence {
 public:
  Presence(db::Database& database, const db::SharedClock& clock, Server server)
      : database_(database), clock_(clock), server_(std::move(server)) {}

  /// Called before the first request, and then each kPresent / 3. Errors: what the database fails with.
  Task<Result<void>> announce();
  /// For good: no announcement counts any more, not even one that is under way. Errors: as announce().
  Task<Result<void>> leave();

 private:
  db::Database& database_;
  const db::SharedClock& clock_;
  const Server server_;
};

/// A server that works on the database at `now`: one that says so, or that holds any lease; nullopt when there is none.
Result<std::optional<LeaseHolder>> find_working_server(db::Connection& connection, Time now);

}  // namespace medialith::jobs
