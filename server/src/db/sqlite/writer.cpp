#include "db/sqlite/writer.hpp"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

#include "db/errors.hpp"
#include "db/sqlite/transaction.hpp"

namespace medialith::db::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kRestartWaitMs = 20;
constexpr int kExitIoError = 70;  // EX_SOFTWARE; the unit file restarts on it

Error unavailable() {
  Error error = make_error(ErrorCode::unavailable, "The database cannot take writes at the moment.");
  error.retry_after = std::chrono::seconds(5);
  return error;
}

void end_process(const Error& error) {
  std::fprintf(stderr, "medialith: the disk failed under the database; ending to start from what it holds: %s\n",
               error.detail.c_str());
  ::_exit(kExitIoError);
}

}  // namespace

Writer::Writer(Session session, const SqliteOptions& options, const Clock& clock)
    : session_(std::move(session)), options_(options), clock_(clock) {
  sqlite3_wal_hook(session_.handle(), &Writer::on_log_grown, this);
  (void)session_.run(Statement("PRAGMA page_size"),
                     [this](const Row& row) { page_bytes_ = static_cast<std::uint64_t>(row.integer(0)); });
  due_pages_ = pages(options_.checkpoint_bytes);
  thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() { close(); }

void Writer::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<void> Writer::submit(PendingWrite& write) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || !healthy()) return fail(unavailable());
    if (waiting_.load(std::memory_order_relaxed) >= options_.group.queue) return fail(queue_is_full());
    waiting_.fetch_add(1, std::memory_order_relaxed);
    queue_.push_back(&write);
  }
  work_.notify_one();
  return {};
}

DatabaseStats Writer::stats() const {
  DatabaseStats stats;
  stats.groups = groups_;
  stats.writes = writes_;
  stats.reruns = reruns_;
  stats.queue_length = waiting_;
  stats.round_trips = trips_;
  stats.most_round_trips = most_trips_;
  stats.checkpoints = checkpoints_;
  stats.log_bytes = log_bytes_;
  return stats;
}

void Writer::loop() {
  while (wait_for_work()) {
    run_group();
    if (healthy()) checkpoint_when_due();
    if (!healthy()) refuse_queue();
    if (fatal_) tell_fatal();
  }
  truncate_log();
}

bool Writer::wait_for_work() {
  if (!batch_.empty()) return true;
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  batch_.swap(queue_);
  return !batch_.empty();
}

// The next write of the group, or null when it is complete: it has reached a limit, or nobody waits.
PendingWrite* Writer::take(const Group& group) {
  if (batch_.empty()) {
    const std::lock_guard lock(mutex_);
    batch_.swap(queue_);
  }
  if (batch_.empty()) return nullptr;
  PendingWrite* next = batch_.front();
  if (!group.writes.empty()) {
    const GroupLimits& limits = options_.group;
    if (group.writes.size() >= limits.writes || group.bytes + next->bytes > limits.bytes ||
        clock_.monotonic() - group.started >= limits.time) {
      return nullptr;
    }
  }
  batch_.pop_front();
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  writes_.fetch_add(1, std::memory_order_relaxed);
  return next;
}

void Writer::run_group() {
  Group group;
  group.started = clock_.monotonic();
  while (PendingWrite* write = take(group)) {
    group.writes.push_back(write);
    group.bytes += write->bytes;
    const Ran ran = run_one(*write, group.kept);
    if (ran == Ran::kept) group.kept = true;
    if (ran == Ran::dropped) return run_alone(group.writes);
  }
  if (options_.faults.answer_before_commit) answer(group.writes);
  if (options_.faults.answer_refusals_before_commit) answer_refusals(group.writes);
  if (options_.faults.drop_group && options_.faults.drop_group()) roll_back();
  if (group.kept && !session_.in_transaction() && !options_.faults.keep_group_after_full) {
    return run_alone(group.writes);
  }
  if (!commit(group.writes)) return run_alone(group.writes);
  answer(group.writes);
}

Result<void> Writer::call(PendingWrite& write) {
  SessionTransaction transaction(session_);
  auto result = transaction.outcome(fenced(write.fn, static_cast<Transaction&>(transaction)));
  const std::uint64_t trips = transaction.round_trips();
  trips_.fetch_add(trips, std::memory_order_relaxed);
  if (trips > most_trips_.load(std::memory_order_relaxed)) most_trips_.store(trips, std::memory_order_relaxed);
  return result;
}

// The first write that leaves something in the transaction needs no savepoint: undoing it is undoing everything.
Writer::Ran Writer::run_one(PendingWrite& write, bool in_savepoint) {
  if (!session_.in_transaction() && !in_savepoint) {
    write.result = begin();
    if (!write.result) return Ran::undone;
  }
  if (in_savepoint) {
    write.result = session_.run(Statement("SAVEPOINT write"));
    if (!write.result) return session_.in_transaction() ? Ran::undone : Ran::dropped;
  }
  write.result = call(write);
  const bool dropped = !session_.in_transaction();
  if (dropped && !options_.faults.keep_group_after_full) return Ran::dropped;
  if (!write.result) return undo(in_savepoint);
  if (!in_savepoint) return Ran::kept;
  return session_.run(Statement("RELEASE write")) ? Ran::kept : Ran::dropped;
}

Writer::Ran Writer::undo(bool in_savepoint) {
  if (!in_savepoint) {
    roll_back();
    return Ran::undone;
  }
  const bool undone = session_.run(Statement("ROLLBACK TO write")) && session_.run(Statement("RELEASE write"));
  return undone || options_.faults.keep_group_after_full ? Ran::undone : Ran::dropped;
}

Result<void> Writer::begin() { return session_.run(Statement("BEGIN IMMEDIATE")); }

void Writer::roll_back() {
  if (session_.in_transaction()) (void)session_.run(Statement("ROLLBACK"));
}

bool Writer::commit(std::span<PendingWrite* const> writes) {
  // A group of refusals alone has rolled back already, and they rest on committed rows only.
  if (!session_.in_transaction()) return true;
  options_.faults.reach("before_commit");
  const auto done = session_.run(Statement("COMMIT"));
  if (done) {
    groups_.fetch_add(1, std::memory_order_relaxed);
    log_bytes_.store(static_cast<std::uint64_t>(log_pages_) * page_bytes_, std::memory_order_relaxed);
    options_.faults.reach("after_commit");
    return true;
  }
  const int code = session_.last_failure();
  roll_back();
  // The log's last frame, which makes a commit, was not written: certain, unlike every other failure.
  if (is_full(code)) return false;
  for (PendingWrite* write : writes) write->result = fail(commit_unknown(done.error().detail));
  if (is_io_error(code)) break_down(done.error());
  return true;
}

// Nothing of the group is in the database: each write gets a transaction of its own, so that only the guilty one fails.
void Writer::run_alone(std::span<PendingWrite* const> writes) {
  roll_back();
  for (PendingWrite* write : writes) {
    if (healthy()) {
      reruns_.fetch_add(1, std::memory_order_relaxed);
      run_alone(*write);
    } else {
      write->result = fail(unavailable());
    }
    std::vector<PendingWrite*> one = {write};
    answer(one);
  }
}

void Writer::run_alone(PendingWrite& write) {
  write.result = begin();
  if (!write.result) return;
  write.result = call(write);
  if (!write.result) return roll_back();
  PendingWrite* const one[] = {&write};
  if (!commit(one)) write.result = fail(database_error(ErrorCode::disk_full, {}));
}

// One post for all that wait on the same loop: a hop costs about as much as a write.
void Writer::answer(std::vector<PendingWrite*>& writes) {
  if (writes.empty()) return;
  options_.faults.reach("before_reply");
  struct Batch {
    AnyExecutor executor;
    std::vector<net::Resume> resumes;
  };
  std::vector<Batch> batches;  // as many as there are loops
  for (PendingWrite* write : writes) {
    auto batch = std::ranges::find(batches, write->executor, &Batch::executor);
    if (batch == batches.end()) batch = batches.insert(batch, Batch{write->executor, {}});
    batch->resumes.push_back(std::move(write->resume));
  }
  writes.clear();  // once resumed, a write is gone
  for (Batch& batch : batches) {
    net::post_to(batch.executor, [resumes = std::move(batch.resumes)]() mutable {
      for (auto& resume : resumes) resume();
    });
  }
}

void Writer::answer_refusals(std::vector<PendingWrite*>& writes) {
  std::vector<PendingWrite*> refused;
  std::ranges::copy_if(writes, std::back_inserter(refused), [](PendingWrite* write) { return !write->result; });
  std::erase_if(writes, [](PendingWrite* write) { return !write->result; });
  answer(refused);
}

// Whether the log reached the disk is not known, nor whether a later flush would say so: nothing more may be written.
void Writer::break_down(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    failed_.store(true, std::memory_order_release);
  }
  fatal_ = error;
  sqlite3_db_config(session_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Writer::refuse_queue() {
  std::vector<PendingWrite*> refused(batch_.begin(), batch_.end());
  batch_.clear();
  {
    const std::lock_guard lock(mutex_);
    refused.insert(refused.end(), queue_.begin(), queue_.end());
    queue_.clear();
  }
  waiting_.fetch_sub(refused.size(), std::memory_order_relaxed);
  for (PendingWrite* write : refused) write->result = fail(unavailable());
  answer(refused);
}

void Writer::tell_fatal() {
  const Error error = *std::exchange(fatal_, std::nullopt);
  if (options_.on_fatal) {
    options_.on_fatal(error);
  } else {
    end_process(error);
  }
}

int Writer::on_log_grown(void* self, sqlite3*, const char*, int pages) {
  auto& writer = *static_cast<Writer*>(self);
  // The log has begun again at its start, since everything in it had been copied.
  if (pages < writer.log_pages_) writer.due_pages_ = writer.pages(writer.options_.checkpoint_bytes);
  writer.log_pages_ = pages;
  return SQLITE_OK;
}

// On this thread, so that no second connection ever resets the log: SQLite 3.40 may lose commits when two do at once.
void Writer::checkpoint_when_due() {
  if (log_pages_ < due_pages_) return;
  const bool restart = log_pages_ >= pages(options_.restart_bytes);
  // RESTART waits for readers; PASSIVE does not, and copies what none of them still needs.
  sqlite3_busy_timeout(session_.handle(), kRestartWaitMs);
  const int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(session_.handle(), nullptr, mode, nullptr, nullptr);
  sqlite3_busy_timeout(session_.handle(), kBusyTimeoutMs);
  due_pages_ = log_pages_ + pages(options_.checkpoint_bytes);
  checkpoints_.fetch_add(1, std::memory_order_relaxed);
  // A full disk, or a reader in the way, leaves the log as it is: everything in it stays readable.
  if (is_io_error(code)) break_down(error_of(session_.handle(), code));
}

void Writer::truncate_log() {
  if (!healthy()) return;
  sqlite3_wal_checkpoint_v2(session_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

int Writer::pages(std::uint64_t bytes) const { return static_cast<int>(bytes / page_bytes_); }

}  // namespace medialith::db::sqlite
