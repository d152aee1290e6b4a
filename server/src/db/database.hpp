// The one database interface (design.md §5): awaitable outside, blocking inside, the same contract on every engine.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "db/sql.hpp"
#include "net/task.hpp"

namespace medialith::db {

/// One row of a result, valid only inside the callback that receives it; the views too.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;  ///< text, JSON, decimals
  virtual std::span<const std::byte> bytes(int column) const = 0;
  virtual Time time(int column) const = 0;
  virtual bool boolean(int column) const = 0;

  std::optional<std::int64_t> maybe_integer(int c) const {
    return is_null(c) ? std::nullopt : std::optional(integer(c));
  }
  std::optional<double> maybe_real(int c) const { return is_null(c) ? std::nullopt : std::optional(real(c)); }
  std::optional<std::string> maybe_text(int c) const {
    return is_null(c) ? std::nullopt : std::optional(std::string(text(c)));
  }
  std::optional<std::string_view> maybe_view(int c) const { return is_null(c) ? std::nullopt : std::optional(text(c)); }
  std::optional<Time> maybe_time(int c) const { return is_null(c) ? std::nullopt : std::optional(time(c)); }
};

using RowCallback = std::function<void(const Row&)>;

/// A connection that only reads. Used by one thread at a time; blocks.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Runs the statement and hands every row to `on_row`, in order.
  virtual Result<void> each(const Statement& statement, const RowCallback& on_row) = 0;

  /// The first row turned into a value by `make`, or nullopt when there is none.
  template <class F>
  auto find(const Statement& statement, F&& make) -> Result<std::optional<std::invoke_result_t<F&, const Row&>>> {
    std::optional<std::invoke_result_t<F&, const Row&>> found;
    auto done = each(statement, [&](const Row& row) {
      if (!found) found.emplace(make(row));
    });
    if (!done) return std::unexpected(std::move(done).error());
    return found;
  }
  template <class F>
  auto all(const Statement& statement, F&& make) -> Result<std::vector<std::invoke_result_t<F&, const Row&>>> {
    std::vector<std::invoke_result_t<F&, const Row&>> rows;
    auto done = each(statement, [&](const Row& row) { rows.push_back(make(row)); });
    if (!done) return std::unexpected(std::move(done).error());
    return rows;
  }
};

/// A statement of an ask() with what receives its rows.
struct Question {
  Statement statement;
  RowCallback on_row = [](const Row&) {};
};

/// What a write runs in. Blocks; used only inside write(fn), by the thread that runs fn.
///
/// The rules of fn (design.md §5): it runs SQL and cheap checks only; it may run again, so it changes nothing outside
/// but what it returns; an error it returns rolls back everything it did; statements see what earlier ones did. After
/// an error of a statement the transaction is good for nothing more: further statements do not run, and the write fails
/// with that error or with the one fn makes of it.
class Transaction {
 public:
  virtual ~Transaction() = default;
  /// Sends BEGIN, what was put off and these statements in one trip, and hands out their rows in order.
  /// Errors: already_exists when a unique index refuses (detail starts with the index's name), unavailable, disk_full,
  /// internal for every other constraint, which a check in fn should have met first.
  virtual Result<void> ask(std::span<const Question> questions) = 0;
  Result<void> ask(Question question) { return ask(std::span<const Question>(&question, 1)); }
  /// Puts off a statement whose rows nobody needs until the next ask or COMMIT. Its values are copied.
  /// An error of it surfaces there.
  virtual void later(const Statement& statement) = 0;
  /// Rows inserted, updated or deleted by the last ask()'s last statement; 0 when that one only read.
  virtual std::int64_t changes() const = 0;
};

/// A short read runs on the event loop's own connection and is moved to `work` when it takes more than 5 ms; a long
/// one (search, counts, exports) goes to `work` at once.
enum class ReadKind : std::uint8_t { short_read, long_read };

/// Writes that may wait for their turn; then overloaded.
inline constexpr std::size_t kWriteQueue = 4096;

struct DatabaseStats {
  std::uint64_t groups = 0;             ///< commits
  std::uint64_t writes = 0;             ///< writes in them
  std::uint64_t reruns = 0;             ///< times an fn ran again
  std::uint64_t short_reads_moved = 0;  ///< short reads stopped after 5 ms and run again on `work`
  std::uint64_t queue_length = 0;       ///< writes that wait now
  std::uint64_t round_trips = 0;        ///< of writes, as a remote engine would send them
  std::uint64_t most_round_trips = 0;   ///< that any one run of a write took: a mutation is at most two
  std::uint64_t checkpoints = 0;        ///< SQLite: times the log was copied into the database
  std::uint64_t log_bytes = 0;          ///< SQLite: size of the write-ahead log after the last commit
};

/// Thread-safe.
class Database {
 public:
  using ReadFn = std::function<Result<void>(Connection&)>;
  using WriteFn = std::function<Result<void>(Transaction&)>;

  virtual ~Database() = default;

  /// Runs fn over a consistent view. fn may run again (a short read that was moved). Resumes the caller on its loop.
  virtual Task<Result<void>> run_read(ReadKind kind, ReadFn fn) = 0;
  /// Runs fn in a transaction and answers only after its commit is durable, refusals included. fn may run again; its
  /// result is delivered once. Errors: what fn returned; overloaded when the queue is full; outcome_unknown (503) when
  /// the commit failed; disk_full. `bytes` is the size of what fn binds, roughly: a group is at most 8 MiB.
  virtual Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) = 0;
  /// Ready to serve: used by /readyz and doctor.
  virtual Result<void> check() = 0;
  virtual DatabaseStats stats() const = 0;
  /// "sqlite", "postgres", "libsql"
  virtual std::string_view engine() const = 0;

  template <class F>
  using ValueOf = typename std::invoke_result_t<F&, Connection&>::value_type;

  /// `co_await db.read([&](Connection& c) -> Result<T> {…})`. fn refers to what outlives the await.
  template <class F>
  auto read(F fn, ReadKind kind = ReadKind::short_read) -> Task<std::invoke_result_t<F&, Connection&>> {
    using R = std::invoke_result_t<F&, Connection&>;
    std::optional<R> result;
    ReadFn run = [&fn, &result](Connection& connection) -> Result<void> {
      result.emplace(fn(connection));
      if (!*result) return std::unexpected(result->error());
      return {};
    };
    Result<void> done = co_await run_read(kind, std::move(run));
    if (!done) co_return std::unexpected(std::move(done).error());
    co_return std::move(*result);
  }

  /// `co_await db.write([&](Transaction& tx) -> Result<T> {…})`.
  template <class F>
  auto write(F fn, std::size_t bytes = 4096) -> Task<std::invoke_result_t<F&, Transaction&>> {
    using R = std::invoke_result_t<F&, Transaction&>;
    std::optional<R> result;
    WriteFn run = [&fn, &result](Transaction& tx) -> Result<void> {
      result.emplace(fn(tx));
      if (!*result) return std::unexpected(result->error());
      return {};
    };
    Result<void> done = co_await run_write(bytes, std::move(run));
    if (!done) co_return std::unexpected(std::move(done).error());
    co_return std::move(*result);
  }
};

}  // namespace medialith::db
