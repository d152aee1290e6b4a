// This server among those that share its database: the time, the jobs, the limits and the files they have in common.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "app/data_folder.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "blob/store.hpp"
#include "db/shared_clock.hpp"
#include "db/wakeups.hpp"
#include "jobs/disk_owner.hpp"
#include "jobs/presence.hpp"
#include "jobs/scheduler.hpp"
#include "net/runtime.hpp"
#include "web/rate_sharing.hpp"

namespace medialith::app {

/// Where the database keeps the time that it has seen (R-S7), as ISO 8601.
inline constexpr std::string_view kClockMark = "clock_mark";
/// How often that is written: so much of it a crash can lose.
inline constexpr std::chrono::seconds kMarkEach{60};

/// Gives the clock the mark that the database keeps, if it keeps one. Called before anything is dated. Warns in the log
/// when the machine's clock is behind it.
Task<Result<void>> restore_clock(db::Database& database, MarkedClock& clock, const Logger& log);
/// Keeps the clock's mark, unless a later one is kept already.
Task<Result<void>> keep_clock_mark(db::Database& database, const MarkedClock& clock);

/// The jobs that need nothing but the database.
std::vector<jobs::Job> housekeeping();
/// The same, and those over files; what uploads leave in a folder is swept at its server's start. `blobs` outlives
/// them. `gc_grace`: how long the files of what was deleted for good stay.
std::vector<jobs::Job> jobs_over(blob::BlobStore& blobs, std::chrono::milliseconds gc_grace);

/// Lives until the runtime's loops have ended.
class Membership {
 public:
  struct Parts {
    db::Database& database;
    blob::BlobStore& blobs;
    MarkedClock& clock;
    Random& random;
    UuidMaker& uuids;
    Metrics& metrics;
    const Logger& log;
    jobs::Server server;
    std::chrono::milliseconds gc_grace;  ///< see jobs_over()
    std::vector<web::RateSharing::Limit> limits;
    /// Another server has the files of this one's folder: it must end. Called on loop 0, once.
    std::function<void(const Error&)> on_files_lost;
    /// Opens what the servers wake each other by; nullptr where there is nothing. `on_told` may be called by any
    /// thread.
    std::function<std::unique_ptr<db::Wakeups>(std::function<void()> on_told)> open_wakeups;
    jobs::Faults faults = {};
  };
  /// The parts outlive it.
  explicit Membership(Parts parts);

  /// Before the first request. Errors: precondition_failed when the database's files are another server's, or when a
  /// copy into it has begun; what the database fails with.
  Task<Result<void>> join();
  /// Spawns what goes on while the server serves.
  void start(net::Runtime& runtime);
  /// When the last request has ended: ends the jobs under way, within `patience`, and gives back what was held. Blocks.
  /// How many jobs were cut.
  std::size_t leave(std::chrono::milliseconds patience);

  const db::SharedClock& clock() const { return shared_clock_; }
  jobs::Scheduler& scheduler() { return scheduler_; }

 private:
  /// A folder of files on a database that others may use too.
  bool owns_files() const;
  void tell_others();
  Task<void> keep_marking();
  Task<void> keep_sharing();
  Task<void> keep_files();
  Task<void> keep_present();

  Parts parts_;
  db::SharedClock shared_clock_;
  jobs::Scheduler scheduler_;
  jobs::Presence presence_;
  jobs::DiskOwner files_;
  web::RateSharing sharing_;
  std::atomic<bool> leaving_ = false;
  std::unique_ptr<db::Wakeups> wakeups_;
};

}  // namespace medialith::app
