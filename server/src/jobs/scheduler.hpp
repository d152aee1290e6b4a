// Runs jobs when they are due: each on one of the servers that share a database (design.md §2).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "jobs/job.hpp"
#include "jobs/records.hpp"
#include "net/runtime.hpp"

namespace medialith::jobs {

/// How often a server looks whether a job is due; a little is added, so that servers started together drift apart.
inline constexpr std::chrono::seconds kLook{5};
/// A job that is new to a database runs within so long.
inline constexpr std::chrono::seconds kFirstRun{60};
/// The wait after a first failure; doubled by each further one, at most the job's period.
inline constexpr std::chrono::seconds kFirstRetry{30};

enum class When : std::uint8_t { due, now };

struct Outcome {
  enum class Ended : std::uint8_t {
    completed,
    failed,    ///< recorded; runs again after a while
    lost,      ///< another server has taken the job over
    stopped,   ///< with its server; another goes on
    not_begun  ///< it is not due, runs already, or the database could not be written
  };
  Ended ended = Ended::not_begun;
  std::int64_t done = 0;
  std::chrono::milliseconds took{0};
  Error error;  ///< unless it was completed: why, a sentence for an operator
};

class Scheduler {
 public:
  struct Parts {
    db::Database& database;
    db::SharedClock& clock;
    const MarkedClock& own_clock;
    Random& random;
    UuidMaker& uuids;
    Metrics& metrics;
    const Logger& log;
    Server server;
    Faults faults = {};
    /// Has the other servers look_now(): a job that was running here is due, and nobody's. Called on a loop.
    std::function<void()> tell_others = [] {};
  };
  /// The parts outlive it.
  Scheduler(Parts parts, std::vector<Job> jobs);

  /// Looks and runs on loop 0 until drain(). Ends before its loops do, or with them: the caller destroys it after.
  void start(net::Runtime& runtime);
  /// Looks once, now, whether or not it was started. Thread-safe, before drain() returns.
  void look_now(net::Runtime& runtime);
  /// Begins no more runs, lets those under way end after their step and waits for them so long at most. Blocks.
  /// How many were cut: their leases expire.
  std::size_t drain(std::chrono::milliseconds patience);

  /// Makes the records that are missing. Before the first of the calls below; start() does it itself.
  Task<Result<void>> prepare();
  /// The jobs that are due and nobody's.
  Task<Result<std::vector<const Job*>>> due();
  /// Runs the job to its end, if this server gets it.
  Task<Outcome> run(const Job& job, When when);
  /// nullptr when there is no such job here.
  const Job* find(std::string_view kind) const;

 private:
  struct Activity;
  struct Begun {
    Lease lease;
    Record record;  // as it was before
  };
  struct Figures {
    std::map<Outcome::Ended, Counter*> ended;
    Histogram* seconds = nullptr;
  };

  Task<void> look_again_and_again(net::Runtime& runtime);
  Task<void> look_once(net::Runtime& runtime);
  Task<Result<void>> look(net::Runtime& runtime);
  Task<void> run_due(const Job& job);
  Task<Result<std::optional<Begun>>> begin(const Job& job, When when);
  Task<Outcome> run_begun(const Job& job, Begun begun);
  Task<Result<bool>> end(const Job& job, const Begun& begun, const Outcome& outcome);
  RunEnd end_of(const Job& job, const Begun& begun, const Outcome& outcome);
  void tell(const Job& job, const Outcome& outcome) const;
  std::chrono::milliseconds some_of(std::chrono::milliseconds most);

  Parts parts_;
  const std::vector<Job> jobs_;
  std::map<std::string, Figures, std::less<>> figures_;
  std::shared_ptr<Activity> activity_;  // with the frames of runs, which may outlive the scheduler unfinished
};

}  // namespace medialith::jobs
