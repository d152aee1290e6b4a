// A disk store belongs to one server (research: reliability.md R-D17): of those that share a database, only the one
// that holds the lease `disk-store` may serve files from its folder.
#pragma once

#include <chrono>
#include <string_view>
#include <utility>

#include "db/shared_clock.hpp"
#include "jobs/lease.hpp"
#include "net/task.hpp"

namespace medialith::jobs {

inline constexpr std::string_view kDiskStoreLease = "disk-store";
/// A server that was killed keeps its files from another one for so long; the lease is renewed three times as often.
inline constexpr std::chrono::seconds kDiskStoreHeld{15};

/// Holds the files of one server. Used by one coroutine at a time; the database and the clock outlive it.
class DiskOwner {
 public:
  DiskOwner(db::Database& database, const db::SharedClock& clock, Server server)
      : database_(database), clock_(clock), server_(std::move(server)) {}

  /// Errors: precondition_failed, naming the server that has the files; what the database fails with.
  Task<Result<void>> claim();
  /// Holds the files for longer. False: another server has them, which it can get only after this one stood still for
  /// kDiskStoreHeld; this one must not serve any more.
  Task<Result<bool>> renew();
  /// Another server may claim them from now on.
  Task<Result<void>> give_back();

 private:
  db::Database& database_;
  const db::SharedClock& clock_;
  const Server server_;
  Lease lease_;
};

}  // namespace medialith::jobs
