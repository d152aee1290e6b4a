#include "db/postgres/pool.hpp"

#include <algorithm>

#include "db/errors.hpp"

namespace medialith::db::postgres {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Between two attempts to connect, of all threads together.
constexpr milliseconds kBetweenAttempts{250};
// A read or a write that finds no server fails so long after it was asked for; a commit's fate is looked for as long as
// a write.
constexpr milliseconds kReadPatience{2'000};
constexpr milliseconds kWritePatience{10'000};
// Times a write is run again because others were in its way.
constexpr int kReruns = 5;
constexpr milliseconds kFirstPause{10};
constexpr milliseconds kBetweenLooks{50};

Error no_server(const Error& cause) {
  Error error = make_error(ErrorCode::unavailable, "The database cannot be reached at the moment. Try again.",
                           cause.detail.empty() ? cause.message : cause.detail);
  error.retry_after = std::chrono::seconds(1);
  return error;
}

/// The server stops, or takes no writes any more because another one leads: as good as a lost connection.
bool is_gone(const Trouble& trouble) {
  return trouble.lost || trouble.state == "25006" || trouble.state.starts_with("57P") ||
         (trouble.state.starts_with("08") && trouble.state != "08P01");
}

// The job may be gone as soon as it is posted.
void answer(Job& job) {
  const AnyExecutor back = std::move(job.executor);
  auto go = std::move(job.resume);
  net::post_to(back, std::move(go));
}

bool is_conflict(const Trouble& trouble) { return trouble.state == "40001" || trouble.state == "40P01"; }

}  // namespace

void Worker::run() {
  while (Job* job = next()) job->is_write() ? run_write(*job) : run_read(*job);
}

Job* Worker::next() {
  std::unique_lock lock(state_.mutex);
  state_.work.wait(lock, [this] { return state_.closing || !state_.queue.empty(); });
  if (state_.queue.empty()) return nullptr;
  Job* job = state_.queue.front();
  state_.queue.pop_front();
  if (job->is_write()) state_.waiting.fetch_sub(1, std::memory_order_relaxed);
  return job;
}

void Worker::run_read(Job& job) {
  const Deadline deadline = job.submitted + kReadPatience;
  const auto& fn = std::get<Database::ReadFn>(job.fn);
  while (true) {
    job.result = connect(deadline);
    if (!job.result) return answer(job);
    SnapshotReader reader(live_->session, state_.prefix);
    job.result = fenced(fn, static_cast<db::Connection&>(reader));
    const auto& trouble = reader.trouble();
    if (trouble && (is_gone(*trouble) || is_conflict(*trouble)) && Clock::now() < deadline) {
      live_.reset();
      state_.reruns.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (!trouble) {
      state_.healthy = true;
      answer(job);  // before the end of the transaction, which nobody waits for
    }
    const bool usable = reader.finish() && !(trouble && is_gone(*trouble));
    if (!usable) live_.reset();
    if (trouble) answer(job);
    return;
  }
}

void Worker::run_write(Job& job) {
  state_.writes.fetch_add(1, std::memory_order_relaxed);
  reruns_ = 0;
  last_index_.clear();
  job.result = write(std::get<Database::WriteFn>(job.fn), job.submitted + kWritePatience);
  state_.options.faults.reach("before_reply");
  answer(job);
}

Result<void> Worker::write(const Database::WriteFn& fn, Deadline deadline) {
  while (true) {
    TRY(connect(deadline));
    const std::string incarnation = live_->incarnation;
    PipelinedTransaction transaction(live_->session, state_.prefix);
    Result<void> result = fenced(fn, static_cast<Transaction&>(transaction));
    if (result) transaction.commit(state_.options.faults);
    note(transaction);
    const std::optional<Trouble> trouble = transaction.trouble();
    if (result && !trouble) return result;
    if ((trouble && is_gone(*trouble)) || (!(result && !trouble) && !transaction.roll_back())) live_.reset();
    if (!trouble) return result;
    if (transaction.commit_sent() && is_gone(*trouble)) {
      const Fate fate = fate_of(transaction.id(), incarnation, Clock::now() + kWritePatience);
      if (fate == Fate::committed) return {};
      if (fate == Fate::unknown) return fail(commit_unknown(trouble->error.detail));
    }
    if (!may_run_again(*trouble, deadline)) return result ? fail(trouble->error) : std::move(result);
    state_.reruns.fetch_add(1, std::memory_order_relaxed);
  }
}

// A unique index that refuses has met a row which fn's own look did not see: another server's. Run again, fn sees it
// and says what that means. Where it says nothing, the same index refuses again. A primary key is a rid that another
// server took, of which fn draws the next, or an idempotency key.
bool Worker::may_run_again(const Trouble& trouble, Deadline deadline) {
  if (is_gone(trouble)) return Clock::now() < deadline;
  const bool unique = trouble.state == "23505";
  if (!unique && !is_conflict(trouble)) return false;
  if (unique && trouble.index == last_index_ && !trouble.index.ends_with("_pkey")) return false;
  last_index_ = trouble.index;
  if (++reruns_ > kReruns) return false;
  return unique || pause(kFirstPause * (1 << reruns_));
}

// What became of a transaction whose COMMIT was not answered. That it is gone is certain; that it was committed only
// while the server has not begun anew, since its id might be another's by then.
Worker::Fate Worker::fate_of(std::optional<std::int64_t> id, const std::string& incarnation, Deadline deadline) {
  if (!id) return Fate::unknown;
  const std::string text = std::to_string(*id);
  const Value value = std::string_view(text);
  while (connect(deadline)) {
    live_->session.send("SELECT pg_xact_status($1::text::xid8)", std::span(&value, 1));
    const auto results = live_->session.trip();
    if (!results) {
      live_.reset();
      if (!is_gone(results.error())) return Fate::unknown;
      continue;
    }
    const std::string_view status = ResultRow(results->front().get(), 0).text(0);
    if (status == "aborted") return Fate::gone;
    if (status == "committed") return live_->incarnation == incarnation ? Fate::committed : Fate::unknown;
    if (status != "in progress" || Clock::now() >= deadline || !pause(kBetweenLooks)) break;
  }
  return Fate::unknown;
}

Result<void> Worker::connect(Deadline deadline) {
  if (live_) return {};
  while (true) {
    {
      std::unique_lock lock(state_.mutex);
      const auto until = std::min(state_.next_attempt, deadline);
      state_.work.wait_until(lock, until, [&] { return state_.closing || Clock::now() >= until; });
    }
    auto session = Session::open(state_.options.url);
    Error error;
    if (session) {
      const auto facts = greet(*session);
      const Result<void> accepted =
          facts ? accept(*facts, state_.options.unsafe) : std::unexpected(facts.error().error);
      if (accepted) {
        live_.emplace(std::move(*session), facts->incarnation);
        state_.healthy = true;
        return {};
      }
      error = accepted.error();
    } else {
      error = session.error();
    }
    state_.healthy = false;
    const milliseconds jitter(static_cast<std::int64_t>(state_.random.u64() % 50));
    const std::lock_guard lock(state_.mutex);
    state_.next_attempt = Clock::now() + kBetweenAttempts + jitter;
    if (state_.closing || state_.next_attempt >= deadline) return fail(no_server(error));
  }
}

// Up to `longest`, by chance, so that those that were in each other's way do not meet again. False when the pool
// closes.
bool Worker::pause(milliseconds longest) {
  const milliseconds time(static_cast<std::int64_t>(state_.random.u64() % static_cast<std::uint64_t>(longest.count())));
  std::unique_lock lock(state_.mutex);
  return !state_.work.wait_for(lock, time, [this] { return state_.closing; });
}

void Worker::note(const PipelinedTransaction& transaction) {
  const std::uint64_t trips = transaction.round_trips();
  if (trips > 0 && !transaction.trouble()) state_.healthy = true;
  state_.trips.fetch_add(trips, std::memory_order_relaxed);
  std::uint64_t most = state_.most_trips.load(std::memory_order_relaxed);
  while (trips > most && !state_.most_trips.compare_exchange_weak(most, trips, std::memory_order_relaxed)) {
  }
  if (transaction.commit_sent() && !transaction.trouble()) state_.commits.fetch_add(1, std::memory_order_relaxed);
}

Pool::Pool(const PostgresOptions& options, Random& random)
    : state_{.options = options, .prefix = postgres_prefix(options.schema), .random = random} {
  for (std::size_t i = 0; i < kPostgresConnections; ++i) {
    threads_.emplace_back([this]() noexcept {
      Worker worker(state_);
      worker.run();
    });
  }
}

Pool::~Pool() {
  {
    const std::lock_guard lock(state_.mutex);
    state_.closing = true;
  }
  state_.work.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Result<void> Pool::submit(Job& job) {
  {
    const std::lock_guard lock(state_.mutex);
    if (state_.queue.size() >= kWriteQueue) return fail(queue_is_full());
    if (job.is_write()) state_.waiting.fetch_add(1, std::memory_order_relaxed);
    state_.queue.push_back(&job);
  }
  state_.work.notify_one();
  return {};
}

DatabaseStats Pool::stats() const {
  DatabaseStats stats;
  stats.groups = state_.commits;
  stats.writes = state_.writes;
  stats.reruns = state_.reruns;
  stats.queue_length = state_.waiting;
  stats.round_trips = state_.trips;
  stats.most_round_trips = state_.most_trips;
  return stats;
}

}  // namespace medialith::db::postgres
