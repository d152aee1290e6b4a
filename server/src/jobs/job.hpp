// What a job is, and what it is given to run with.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "db/shared_clock.hpp"
#include "jobs/lease.hpp"

namespace medialith::jobs {

/// Planted bugs, which the tests of the scheduler and of the jobs have to find.
struct Faults {
  bool no_fence = false;    ///< a server goes on with a job that another has taken over
  bool no_recheck = false;  ///< a file's bytes are removed without a look at who refers to it
};

/// One run of a job on this server. Belongs to the run's coroutine.
///
/// A job goes by steps: each is a write(), or begins with keep() where it acts on something else than the database.
/// Between two steps the server may stand still for any time; the next one fails when another has taken the job over
/// since, or when the server is about to stop. The job then returns that error: the run was not its to end.
class Run {
 public:
  struct Parts {
    db::Database& database;
    const db::SharedClock& clock;
    const MarkedClock& own_clock;
    const std::atomic<bool>& stopping;
    Faults faults;
  };
  Run(Parts parts, Lease lease, std::chrono::milliseconds length)
      : parts_(parts), lease_(std::move(lease)), length_(length) {}

  /// A write as Database::write(), in which fn runs only while the job is this server's, and which holds the lease for
  /// its full length again. fn: at most 500 rows, under 20 ms.
  template <class F>
  auto write(F fn) -> Task<std::invoke_result_t<F&, db::Transaction&>> {
    CO_TRY(check_stopping());
    auto fenced = [this, &fn](db::Transaction& tx) -> std::invoke_result_t<F&, db::Transaction&> {
      TRY(renew(tx));
      return fn(tx);
    };
    co_return co_await parts_.database.write(fenced);
  }
  /// Holds the lease for its full length again.
  Task<Result<void>> keep();

  /// What is old is old by this: the earlier of the database's clock and what this server believes.
  Time now() const { return std::min(parts_.clock.now(), parts_.own_clock.mark()); }

  const Lease& lease() const { return lease_; }
  const Faults& faults() const { return parts_.faults; }
  bool lost() const { return lost_; }        ///< a step failed because another server has the job
  bool stopped() const { return stopped_; }  ///< a step failed because the server is about to stop

 private:
  Result<void> check_stopping();
  Result<void> renew(db::Transaction& tx);

  Parts parts_;
  Lease lease_;
  std::chrono::milliseconds length_;
  bool lost_ = false;
  bool stopped_ = false;
};

/// Runs by itself, on one server at a time, over and over. Immutable once the scheduler has it.
struct Job {
  std::string kind;  ///< lower-kebab; also the name of its lease
  std::string summary;
  std::chrono::milliseconds period{std::chrono::hours(1)};
  /// Longer than any of its steps, at most kLongestLease: after so long without one the job is another server's.
  std::chrono::milliseconds lease{std::chrono::seconds(30)};
  /// How many things it dealt with: rows, files. May run again from the start after an error, on any server.
  std::function<Task<Result<std::int64_t>>(Run&)> run;
};

}  // namespace medialith::jobs
