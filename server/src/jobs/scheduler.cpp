#include "jobs/scheduler.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace medialith::jobs {
namespace {

using std::chrono::milliseconds;
using Ended = Outcome::Ended;

constexpr std::array<std::pair<Ended, std::string_view>, 4> kCounted = {{
    {Ended::completed, "completed"},
    {Ended::failed, "failed"},
    {Ended::lost, "lost"},
    {Ended::stopped, "stopped"},
}};
constexpr int kMostDoublings = 12;

/// The wait after so many failures in a row.
milliseconds retry_after(std::int64_t failures, milliseconds period) {
  const auto doublings = std::min<std::int64_t>(failures - 1, kMostDoublings);
  return std::min(period, milliseconds(kFirstRetry) * (std::int64_t{1} << doublings));
}

/// What is due later than it can be was put off by a clock that has been set back since.
bool is_due(const Job& job, Time due_at, Time now) { return due_at <= now || due_at > now + 2 * job.period; }

std::string sentence(const Error& error) {
  const std::string_view code = wire_name(error.code);
  return error.detail.empty() ? fmt::format("{}: {}", code, error.message)
                              : fmt::format("{}: {} ({})", code, error.message, error.detail);
}

Outcome not_begun(Error why) { return {.ended = Ended::not_begun, .error = std::move(why)}; }

}  // namespace

/// The runs under way. Thread-safe.
struct Scheduler::Activity {
  /// While it lives, the job runs here.
  class Hold {
   public:
    Hold(std::shared_ptr<Activity> activity, std::string kind)
        : activity_(std::move(activity)), kind_(std::move(kind)) {}
    ~Hold() {
      const std::scoped_lock lock(activity_->mutex);
      activity_->running.erase(kind_);
      activity_->idle.notify_all();
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    std::shared_ptr<Activity> activity_;
    std::string kind_;
  };
  /// False when it runs here already, or nothing is begun any more.
  bool enter(const std::string& kind) {
    const std::scoped_lock lock(mutex);
    return !stopping && running.insert(kind).second;
  }
  bool has(const std::string& kind) const {
    const std::scoped_lock lock(mutex);
    return running.contains(kind);
  }

  mutable std::mutex mutex;
  std::condition_variable idle;
  std::set<std::string> running;
  std::atomic<bool> stopping = false;
};

Scheduler::Scheduler(Parts parts, std::vector<Job> jobs)
    : parts_(std::move(parts)), jobs_(std::move(jobs)), activity_(std::make_shared<Activity>()) {
  for (const Job& job : jobs_) {
    Figures& figures = figures_[job.kind];
    for (const auto& [ended, word] : kCounted) {
      figures.ended[ended] = &parts_.metrics.counter("medialith_job_runs_total", "Runs of a job on this server.",
                                                     {{"job", job.kind}, {"ended", word}});
    }
    figures.seconds = &parts_.metrics.histogram("medialith_job_seconds", "How long a run took.", latency_buckets(),
                                                {{"job", job.kind}});
  }
}

const Job* Scheduler::find(std::string_view kind) const {
  const auto found = std::ranges::find(jobs_, kind, &Job::kind);
  return found == jobs_.end() ? nullptr : &*found;
}

milliseconds Scheduler::some_of(milliseconds most) {
  return milliseconds(static_cast<std::int64_t>(parts_.random.u64() % static_cast<std::uint64_t>(most.count() + 1)));
}

// ---- when ---------------------------------------------------------------------------------------------------------

void Scheduler::start(net::Runtime& runtime) { runtime.spawn(0, look_again_and_again(runtime)); }

Task<void> Scheduler::look_again_and_again(net::Runtime& runtime) {
  bool prepared = false;
  while (!activity_->stopping) {
    Result<void> done = prepared ? Result<void>() : co_await prepare();
    prepared = done.has_value();
    if (done) done = co_await look(runtime);
    if (!done) parts_.log.error("jobs_not_read", done.error());
    co_await net::sleep_for(milliseconds(kLook) + some_of(milliseconds(kLook) / 5));
  }
}

void Scheduler::look_now(net::Runtime& runtime) { runtime.spawn(0, look_once(runtime)); }

Task<void> Scheduler::look_once(net::Runtime& runtime) {
  if (activity_->stopping) co_return;
  const Result<void> done = co_await look(runtime);
  if (!done) parts_.log.error("jobs_not_read", done.error());
}

Task<Result<void>> Scheduler::look(net::Runtime& runtime) {
  CO_TRY(co_await parts_.clock.refresh());
  CO_TRY_ASSIGN(const auto jobs, co_await due());
  for (const Job* job : jobs) runtime.spawn(0, run_due(*job));
  co_return Result<void>();
}

Task<void> Scheduler::run_due(const Job& job) {
  // What came of it is counted and in the log.
  (void)co_await run(job, When::due);
}

std::size_t Scheduler::drain(milliseconds patience) {
  std::unique_lock lock(activity_->mutex);
  activity_->stopping = true;
  activity_->idle.wait_for(lock, patience, [this] { return activity_->running.empty(); });
  return activity_->running.size();
}

Task<Result<void>> Scheduler::prepare() {
  CO_TRY(co_await parts_.clock.refresh());
  struct New {
    std::string id;
    Time due_at;
  };
  std::vector<New> records;
  records.reserve(jobs_.size());
  for (const Job& job : jobs_) {
    const milliseconds wait = some_of(std::min(job.period, milliseconds(kFirstRun)));
    records.push_back({parts_.uuids.make(), parts_.clock.now() + wait});
  }
  auto put = [&](db::Transaction& tx) -> Result<void> {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      ensure_record(tx, jobs_[i].kind, records[i].id, records[i].due_at);
    }
    return {};
  };
  co_return co_await parts_.database.write(put);
}

Task<Result<std::vector<const Job*>>> Scheduler::due() {
  const Time now = parts_.clock.now();
  auto list = [&](db::Connection& connection) { return list_free(connection, parts_.server, now); };
  CO_TRY_ASSIGN(const auto free, co_await parts_.database.read(list));
  std::vector<const Job*> jobs;
  for (const auto& [kind, due_at] : free) {
    const Job* job = find(kind);
    if (job != nullptr && is_due(*job, due_at, now) && !activity_->has(kind)) jobs.push_back(job);
  }
  co_return jobs;
}

// ---- a run --------------------------------------------------------------------------------------------------------

Task<Outcome> Scheduler::run(const Job& job, When when) {
  if (!activity_->enter(job.kind)) {
    co_return not_begun(make_error(ErrorCode::already_exists, "It runs here already, or the server is about to stop."));
  }
  const Activity::Hold hold(activity_, job.kind);
  Result<std::optional<Begun>> begun = co_await begin(job, when);
  if (!begun) {
    parts_.log.error("job_not_begun", begun.error(), {{"job", job.kind}});
    co_return not_begun(std::move(begun).error());
  }
  if (!*begun)
    co_return not_begun(make_error(ErrorCode::already_exists, "Another server runs it, or has just done so."));
  if ((*begun)->record.state == State::running) {
    parts_.log.warn("job_taken_over", {{"job", job.kind}, {"from", (*begun)->record.server.value_or("")}});
  }
  Outcome outcome = co_await run_begun(job, std::move(**begun));
  tell(job, outcome);
  if (outcome.ended == Ended::stopped) parts_.tell_others();
  co_return outcome;
}

Task<Result<std::optional<Scheduler::Begun>>> Scheduler::begin(const Job& job, When when) {
  const Time now = parts_.clock.now();
  auto take = [&](db::Transaction& tx) -> Result<std::optional<Begun>> {
    TRY_ASSIGN(auto lease, take_lease(tx, job.kind, parts_.server, now, job.lease));
    if (!lease) return std::nullopt;
    TRY_ASSIGN(Record record, find_record(tx, job.kind));
    // Another server may have run it between our look and the lease.
    if (when == When::due && !is_due(job, record.due_at, now)) {
      TRY(give_back_lease(tx, *lease));
      return std::nullopt;
    }
    begin_record(tx, job.kind, parts_.server, now);
    return Begun{std::move(*lease), std::move(record)};
  };
  co_return co_await parts_.database.write(take);
}

Task<Outcome> Scheduler::run_begun(const Job& job, Begun begun) {
  const auto started = parts_.own_clock.monotonic();
  Run run({parts_.database, parts_.clock, parts_.own_clock, activity_->stopping, parts_.faults}, begun.lease,
          job.lease);
  Result<std::int64_t> result = co_await job.run(run);
  Outcome outcome{.ended = Ended::completed, .done = result.value_or(0)};
  if (!result) {
    outcome.ended = run.lost() ? Ended::lost : run.stopped() ? Ended::stopped : Ended::failed;
    outcome.error = std::move(result).error();
  }
  outcome.took = std::chrono::duration_cast<milliseconds>(parts_.own_clock.monotonic() - started);
  if (outcome.ended == Ended::lost) co_return outcome;
  const Result<bool> recorded = co_await end(job, begun, outcome);
  // Without a record the run counts for nothing: the lease expires, and the job runs again.
  if (!recorded) parts_.log.error("job_not_recorded", recorded.error(), {{"job", job.kind}});
  if (!recorded.value_or(false)) {
    outcome.ended = Ended::lost;
    outcome.error = make_error(ErrorCode::unavailable, "It ran, and how it ended could not be kept; it runs again.");
  }
  co_return outcome;
}

Task<Result<bool>> Scheduler::end(const Job& job, const Begun& begun, const Outcome& outcome) {
  const RunEnd record = end_of(job, begun, outcome);
  const Time now = parts_.clock.now();
  auto put = [&](db::Transaction& tx) -> Result<bool> {
    TRY_ASSIGN(const bool held, give_back_lease(tx, begun.lease));
    if (held) end_record(tx, job.kind, record, now);
    return held;
  };
  co_return co_await parts_.database.write(put);
}

RunEnd Scheduler::end_of(const Job& job, const Begun& begun, const Outcome& outcome) {
  const Time now = parts_.clock.now();
  const Record& before = begun.record;
  switch (outcome.ended) {
    case Ended::failed: {
      const milliseconds wait = retry_after(before.failures + 1, job.period);
      return {.state = State::failed,
              .failures = before.failures + 1,
              .done = before.done,
              .error = sentence(outcome.error),
              .due_at = now + wait + some_of(wait / 10)};
    }
    case Ended::stopped:
      return {.state = State::pending,
              .failures = before.failures,
              .done = before.done,
              .error = before.error,
              .due_at = now};
    default:
      return {.state = State::completed,
              .failures = 0,
              .done = outcome.done,
              .error = std::nullopt,
              .due_at = now - outcome.took + job.period + some_of(job.period / 10)};
  }
}

void Scheduler::tell(const Job& job, const Outcome& outcome) const {
  const Figures& figures = figures_.find(job.kind)->second;
  figures.ended.at(outcome.ended)->add();
  figures.seconds->observe(std::chrono::duration<double>(outcome.took).count());
  switch (outcome.ended) {
    case Ended::failed:
      return parts_.log.error("job_failed", outcome.error, {{"job", job.kind}, {"ms", outcome.took}});
    case Ended::lost:
      return parts_.log.warn("job_lost", {{"job", job.kind}, {"ms", outcome.took}});
    case Ended::stopped:
      return parts_.log.info("job_stopped", {{"job", job.kind}, {"ms", outcome.took}});
    default:
      return parts_.log.info("job_completed", {{"job", job.kind}, {"ms", outcome.took}, {"done", outcome.done}});
  }
}

}  // namespace medialith::jobs
