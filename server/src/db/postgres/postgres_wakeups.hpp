// Wakeups by LISTEN and NOTIFY: a thread with a connection of its own, past any pooler.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "db/wakeups.hpp"

namespace medialith::db {

/// NOTIFY takes a lock that all of them share: each server sends one in so long at most.
inline constexpr std::chrono::milliseconds kBetweenWakeups{100};
/// Between two attempts to connect; up to half of it is added by chance.
inline constexpr std::chrono::seconds kWakeupsAgain{1};

struct PostgresWakeupsOptions {
  Secret url;          ///< of the server itself: a pooler in transaction mode passes no LISTEN on
  std::string schema;  ///< servers of another one hear nothing
  /// Called by the thread: when another server has told something, and after each new connection, since something may
  /// have been told meanwhile.
  std::function<void()> on_told;
  /// Called by the thread when that changes: whether it listens now, and if not, why.
  std::function<void(const Result<void>&)> on_listening;
};

/// Connects again for as long as it lives, except to a pooler, which it leaves alone. `random` outlives it.
std::unique_ptr<Wakeups> open_postgres_wakeups(PostgresWakeupsOptions options, Random& random);

}  // namespace medialith::db
