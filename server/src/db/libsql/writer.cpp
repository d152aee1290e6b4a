#include "db/libsql/writer.hpp"

#include <algorithm>
#include <utility>

#include "db/errors.hpp"

namespace medialith::db::libsql {
namespace {

constexpr int kMaxRuns = 5;
// Nobody is kept waiting longer by runs that the server undoes.
constexpr std::chrono::seconds kRunsAgainFor{10};
// What one trip carries at most.
constexpr std::size_t kTripWrites = 256;
constexpr std::size_t kTripBytes = 8UL << 20;

std::string foreign_keys() {
  Batch batch;
  batch.always(encode("PRAGMA foreign_keys = ON"));
  return batch.request();
}

}  // namespace

// The trip of an ask, which takes the ends of earlier writes along.
class Writer::NextTrip final : public Trips {
 public:
  explicit NextTrip(Writer& writer) : writer_(writer) {}
  std::expected<Answer, NoReply> send(const Batch& batch) override { return writer_.send_with(batch); }

 private:
  Writer& writer_;
};

Writer::Writer(const Remote& remote, IndexNames& indexes, Faults faults, std::chrono::milliseconds timeout,
               const Clock& clock)
    : remote_(remote),
      indexes_(indexes),
      faults_(std::move(faults)),
      timeout_(timeout),
      clock_(clock),
      stream_(remote),
      thread_([this]() noexcept { loop(); }) {}

Writer::~Writer() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void Writer::submit(PendingWrite& write) {
  std::optional<Error> refused;
  {
    const std::scoped_lock lock(mutex_);
    if (closing_) {
      refused = database_error(ErrorCode::unavailable, "the database is closing");
    } else if (queue_.size() >= kWriteQueue) {
      refused = queue_is_full();
    } else {
      queue_.push_back(&write);
    }
  }
  if (!refused) return work_.notify_one();
  net::Completion done = std::move(write.done);
  done(fail(std::move(*refused)));
}

DatabaseStats Writer::stats() const {
  DatabaseStats stats;
  stats.groups = commits_;
  stats.writes = writes_;
  stats.reruns = reruns_;
  stats.round_trips = round_trips_;
  stats.most_round_trips = most_round_trips_;
  const std::scoped_lock lock(mutex_);
  stats.queue_length = queue_.size();
  return stats;
}

void Writer::loop() {
  while (PendingWrite* write = take()) {
    run(*write);
    if (nobody_waits()) {
      flush(Then::close);
    } else if (unsent_.size() >= kTripWrites || unsent_bytes_ >= kTripBytes) {
      flush(Then::keep);
    }
  }
}

bool Writer::nobody_waits() const {
  const std::scoped_lock lock(mutex_);
  return again_.empty() && queue_.empty();
}

bool Writer::is_closing() const {
  const std::scoped_lock lock(mutex_);
  return closing_;
}

PendingWrite* Writer::take() {
  if (!again_.empty()) return std::exchange(again_.front(), (again_.pop_front(), nullptr));
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  if (queue_.empty()) return nullptr;
  PendingWrite* write = queue_.front();
  queue_.pop_front();
  ++writes_;
  return write;
}

void Writer::run(PendingWrite& write) {
  if (!reachable_ && is_closing()) {
    return answer(write, fail(database_error(ErrorCode::unavailable, "the database is closing")));
  }
  if (write.runs++ == 0) {
    write.first_run = clock_.monotonic();
  } else {
    ++reruns_;
  }
  NextTrip trips(*this);
  RemoteTransaction transaction(trips, indexes_);
  Result<void> result = transaction.outcome(fenced(write.fn, static_cast<Transaction&>(transaction)));
  most_round_trips_ = std::max(most_round_trips_.load(), transaction.round_trips());
  if (!result && transaction.runs_again()) {
    stream_ = Stream(remote_);
    return run_again(write, std::move(result).error());
  }
  if (!result || !transaction.used()) return answer(write, std::move(result));
  const bool drop = faults_.drop_group && faults_.drop_group();
  using End = RemoteTransaction::End;
  unsent_.push_back({.write = &write, .batch = transaction.last(drop ? End::dropped : End::commit)});
  unsent_bytes_ += unsent_.back().batch.bytes();
}

void Writer::run_again(PendingWrite& write, Error error) {
  if (write.runs < kMaxRuns && clock_.monotonic() - write.first_run < kRunsAgainFor) {
    again_.push_back(&write);
  } else {
    answer(write, fail(database_error(ErrorCode::unavailable, std::move(error.detail))));
  }
}

std::expected<Answer, NoReply> Writer::send_with(const Batch& batch) {
  std::expected<Reply, NoReply> reply = send(batch.request(), Then::keep);
  if (!reply) return std::unexpected(std::move(reply).error());
  const std::size_t request = reply->size() - 1;  // ours went last
  if (const auto error = reply->error(request)) {
    return std::unexpected(NoReply{.kind = may_run_again(*error) ? NoReply::Kind::expired : NoReply::Kind::not_run,
                                   .error = statement_error(*error, indexes_)});
  }
  std::vector<Step> steps = reply->steps(request, batch.size());
  return Answer{.reply = std::move(*reply), .steps = std::move(steps)};
}

void Writer::flush(Then then) {
  if (unsent_.empty() && (then == Then::keep || !stream_.is_open())) return;
  static_cast<void>(send({}, then));  // settles what it carried; there is nothing else
}

// One trip: the ends of earlier writes, and `request` unless it is empty.
std::expected<Reply, NoReply> Writer::send(std::string request, Then then) {
  std::vector<std::string> requests;
  // What a stream's default is differs from server to server.
  if (!stream_.is_open()) requests.push_back(foreign_keys());
  const std::size_t first = requests.size();
  for (const Unsent& unsent : unsent_) requests.push_back(unsent.batch.request());
  if (!request.empty()) requests.push_back(std::move(request));
  if (!unsent_.empty()) faults_.reach("before_commit");
  ++round_trips_;
  std::expected<Reply, NoReply> reply = stream_.send(requests, then, timeout_);
  if (!unsent_.empty()) faults_.reach("after_commit");
  reachable_ = reply.has_value();
  settle(reply, first);
  return reply;
}

void Writer::settle(const std::expected<Reply, NoReply>& reply, std::size_t first) {
  const std::vector<Unsent> sent = std::exchange(unsent_, {});
  unsent_bytes_ = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    PendingWrite& write = *sent[i].write;
    if (reply) {
      settle(sent[i], *reply, first + i);
    } else if (reply.error().kind == NoReply::Kind::unknown) {
      answer(write, fail(commit_unknown(reply.error().error.detail)));
    } else if (reply.error().kind == NoReply::Kind::expired) {
      run_again(write, reply.error().error);
    } else {
      answer(write, fail(reply.error().error));
    }
  }
}

// What a write came to whose COMMIT the server has answered.
void Writer::settle(const Unsent& unsent, const Reply& reply, std::size_t request) {
  const std::vector<Step> steps = reply.steps(request, unsent.batch.size());
  const auto failed = std::ranges::find(steps, Step::State::failed, &Step::state);
  std::optional<ServerError> error = reply.error(request);
  if (failed != steps.end()) error = failed->error;
  if (error && !may_run_again(*error)) {
    Error said = statement_error(*error, indexes_);
    const bool at_commit = failed != steps.end() && failed == steps.end() - 1;
    const bool certain = !at_commit || said.code == ErrorCode::disk_full;
    return answer(*unsent.write, fail(certain ? std::move(said) : commit_unknown(std::move(said.detail))));
  }
  if (!error && steps.back().state == Step::State::done) {
    ++commits_;
    return answer(*unsent.write, {});
  }
  run_again(*unsent.write, database_error(ErrorCode::unavailable, "the database has undone the transaction"));
}

void Writer::answer(PendingWrite& write, Result<void> result) {
  faults_.reach("before_reply");
  net::Completion done = std::move(write.done);  // once it is called, the write is gone
  done(std::move(result));
}

}  // namespace medialith::db::libsql
