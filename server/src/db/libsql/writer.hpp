// The thread that writes. libSQL has one writer at a time, so the writes of a server take turns here, and while they
// queue the end of one travels with the beginning of the next: a write then costs one trip instead of two.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "db/faults.hpp"
#include "db/libsql/transaction.hpp"
#include "net/completion.hpp"

namespace medialith::db::libsql {

/// A write on its way. Lives in the awaiting coroutine's frame; the writer owns it from submit() until `done` is
/// called.
struct PendingWrite {
  Database::WriteFn fn;
  net::Completion done;  ///< called once; the object is gone then
  int runs = 0;
  std::chrono::steady_clock::time_point first_run = {};
};

class Writer {
 public:
  /// `remote`, `indexes` and `clock` outlive the writer.
  Writer(const Remote& remote, IndexNames& indexes, Faults faults, std::chrono::milliseconds timeout,
         const Clock& clock);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Thread-safe. `write.done` is called in any case; at once, with overloaded, when the queue is full.
  void submit(PendingWrite& write);
  DatabaseStats stats() const;

 private:
  // A write whose fn is through and whose last batch has not been sent.
  struct Unsent {
    PendingWrite* write;
    Batch batch;
  };
  class NextTrip;

  void loop();
  PendingWrite* take();
  bool nobody_waits() const;
  bool is_closing() const;
  void run(PendingWrite& write);
  void run_again(PendingWrite& write, Error error);
  std::expected<Answer, NoReply> send_with(const Batch& batch);
  void flush(Then then);
  std::expected<Reply, NoReply> send(std::string request, Then then);
  void settle(const std::expected<Reply, NoReply>& reply, std::size_t first);
  void settle(const Unsent& unsent, const Reply& reply, std::size_t request);
  void answer(PendingWrite& write, Result<void> result);

  const Remote& remote_;
  IndexNames& indexes_;
  const Faults faults_;
  const std::chrono::milliseconds timeout_;
  const Clock& clock_;

  // The thread's alone.
  Stream stream_;
  std::vector<Unsent> unsent_;
  std::size_t unsent_bytes_ = 0;
  std::deque<PendingWrite*> again_;
  bool reachable_ = true;  // the last trip had a reply

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<PendingWrite*> queue_;  // guarded by mutex_, as is:
  bool closing_ = false;

  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> writes_ = 0;
  std::atomic<std::uint64_t> reruns_ = 0;
  std::atomic<std::uint64_t> round_trips_ = 0;
  std::atomic<std::uint64_t> most_round_trips_ = 0;
  std::thread thread_;
};

}  // namespace medialith::db::libsql
