// Reads on libSQL: each is a transaction on a stream, of which one that is no longer needed serves the next.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "db/libsql/errors.hpp"

namespace medialith::db::libsql {

/// The connection of one run of one read. The first statement begins a transaction, in the same trip, so that all see
/// one view.
class ReadConnection final : public Connection {
 public:
  ReadConnection(Stream stream, IndexNames& indexes, std::chrono::milliseconds timeout)
      : stream_(std::move(stream)), indexes_(indexes), timeout_(timeout) {}

  Dialect dialect() const override { return Dialect::sqlite; }
  Result<void> each(const Statement& statement, const RowCallback& on_row) override;
  /// The view is gone, and no statement has failed for another reason: fn may run again.
  bool runs_again() const { return again_; }
  /// With the transaction, unless it is broken.
  Stream take_stream() { return std::move(stream_); }

 private:
  Result<void> check(std::span<const Step> steps);

  Stream stream_;
  IndexNames& indexes_;
  const std::chrono::milliseconds timeout_;
  bool begun_ = false;
  bool again_ = false;
};

/// Runs reads. Thread-safe.
class Readers {
 public:
  /// `remote` and `indexes` outlive it.
  Readers(const Remote& remote, IndexNames& indexes) : remote_(remote), indexes_(indexes) {}

  /// Blocks. Keeps the stream for the next read; close_one() has to follow when nobody waits for this one any more.
  /// Errors: what fn returned; unavailable.
  Result<void> run(const Database::ReadFn& fn, std::chrono::milliseconds timeout);
  /// Ends a stream that no read has taken meanwhile. Blocks.
  void close_one();

 private:
  Stream take();

  const Remote& remote_;
  IndexNames& indexes_;
  std::mutex mutex_;
  std::vector<Stream> kept_;  // guarded by mutex_
};

}  // namespace medialith::db::libsql
