#include "movers/copy_blobs.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "net/runtime.hpp"

namespace medialith::movers {
namespace {

constexpr std::size_t kSenders = 4;         // blobs on their way at once
constexpr std::size_t kBatch = 64;          // blobs that are found before the senders start on them
constexpr std::size_t kPiece = 256 * 1024;  // bytes that travel together
constexpr std::size_t kListPage = 1000;
constexpr std::size_t kNamedDamages = 1000;  // the rest is counted by the next run

/// A row of `blobs`.
struct Wanted {
  std::string key;
  std::int64_t rid = 0;
  std::uint64_t size = 0;
  Digest sha256{};
  bool ready = false;  ///< else condemned: it goes soon, at the source too
};

Result<Wanted> wanted_of(const Record& record) {
  const auto& cells = record.cells;
  Wanted wanted{.key = cells[0].text,
                .rid = cells[1].number,
                .size = static_cast<std::uint64_t>(cells[2].number),
                .ready = cells[4].text == "ready"};
  const ByteSpan sha256 = bytes_of(cells[3].text);
  if (sha256.size() != wanted.sha256.size() || !blob::is_valid_key(wanted.key)) {
    return fail(ErrorCode::internal, fmt::format("The row of the file {} is damaged.", wanted.key));
  }
  std::ranges::copy(sha256, wanted.sha256.begin());
  return wanted;
}

/// A store's blobs in key order.
class Listing {
 public:
  explicit Listing(blob::BlobStore& store) : store_(store) {}
  /// nullptr behind the last one; valid until next().
  Result<const blob::Listed*> peek() {
    while (at_ == page_.blobs.size() && !ended_) {
      TRY_ASSIGN(page_, net::run_sync(store_.list("", page_.next_cursor, kListPage)));
      at_ = 0;
      ended_ = page_.next_cursor.empty();
    }
    return at_ < page_.blobs.size() ? &page_.blobs[at_] : nullptr;
  }
  void next() { ++at_; }

 private:
  blob::BlobStore& store_;
  blob::ListPage page_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

/// An upload that the target has damaged or lost says nothing of the source's blob.
template <class T>
Result<T> of_target(Result<T> done) {
  const bool broken =
      !done && (done.error().code == ErrorCode::blob_corrupt || done.error().code == ErrorCode::blob_missing);
  if (broken) done.error().code = ErrorCode::unavailable;
  return done;
}

/// One blob, in pieces. Errors tell the sides apart: see is_damage().
Task<Result<void>> send(blob::BlobStore& from, blob::BlobStore& to, const Wanted& blob, bool check_hash) {
  const blob::Range whole;
  CO_TRY_ASSIGN(const std::unique_ptr<blob::Reader> reader, co_await from.open(blob.key, whole));
  blob::Expected expected{.size = blob.size};
  if (check_hash) expected.sha256 = blob.sha256;
  CO_TRY_ASSIGN(const std::unique_ptr<blob::Staging> staging, co_await to.stage(expected));
  std::vector<std::byte> piece(std::min<std::uint64_t>(std::max<std::uint64_t>(blob.size, 1), kPiece));
  while (true) {
    CO_TRY_ASSIGN(const std::size_t count, co_await reader->read(piece));
    if (count == 0) break;
    const auto bytes = std::span(std::as_const(piece)).first(count);
    Result<void> written = co_await staging->write(bytes);
    CO_TRY(of_target(std::move(written)));
  }
  Result<blob::BlobInfo> finished = co_await staging->finish();
  CO_TRY(of_target(std::move(finished)));
  Result<void> committed = co_await staging->commit(blob.key);
  co_return of_target(std::move(committed));
}

/// What a damaged source makes send() fail with.
bool is_damage(ErrorCode code) {
  return code == ErrorCode::blob_missing || code == ErrorCode::blob_corrupt || code == ErrorCode::length_mismatch ||
         code == ErrorCode::digest_mismatch;
}

std::string why(ErrorCode code) {
  switch (code) {
    case ErrorCode::blob_missing:
      return "the file is missing";
    case ErrorCode::length_mismatch:
      return "its size is not the one it was saved with";
    case ErrorCode::digest_mismatch:
      return "its bytes do not have the SHA-256 they were saved with";
    default:
      return "it cannot be read";
  }
}

/// Whether the source still has the row of a blob.
Result<bool> still_wanted(const Reading& source, const Wanted& blob) {
  bool wanted = false;
  auto look = [&](db::Connection& connection) -> Result<void> {
    wanted = false;
    return connection.each(
        {"SELECT state FROM {blobs} WHERE rid = $1 AND key = $2", blob.rid, std::string_view(blob.key)},
        [&](const db::Row& row) { wanted = row.text(0) == "ready"; });
  };
  TRY(source(look));
  return wanted;
}

Result<std::string> asset_of(const Reading& rows, const Wanted& blob) {
  std::string asset;
  auto look = [&](db::Connection& connection) -> Result<void> {
    return connection.each({"SELECT id, filename FROM {assets} WHERE blob_rid = $1", blob.rid},
                           [&](const db::Row& row) {
                             asset = row.text(0);
                             if (!row.is_null(1)) asset += fmt::format(" \"{}\"", row.text(1));
                           });
  };
  TRY(rows(look));
  return asset;
}

/// Compares rows with a listing, and sends what is missing when it is told to.
class BlobCopy {
 public:
  enum class Do : std::uint8_t { compare, copy };
  BlobCopy(const BlobParts& parts, Do what) : parts_(parts), what_(what) {}

  Result<CopiedBlobs> run() {
    TRY(measure());
    Scan rows(parts_.rows, blobs_by_key(), blobs_by_key().columns.size());
    Listing listing(parts_.to);
    while (true) {
      TRY_ASSIGN(const Record* const row, rows.peek());
      TRY_ASSIGN(const blob::Listed* const listed, listing.peek());
      if (row == nullptr && listed == nullptr) break;
      const bool row_only = listed == nullptr || (row != nullptr && row->cells[0].text < listed->key);
      const bool listed_only = row == nullptr || (listed != nullptr && listed->key < row->cells[0].text);
      TRY(meet(listed_only ? nullptr : row, row_only ? nullptr : listed));
      if (!listed_only) rows.next();
      if (!row_only) listing.next();
    }
    TRY(send_batch());
    return std::move(copied_);
  }

 private:
  /// For the progress: how many bytes there are.
  Result<void> measure() {
    return parts_.rows([this](db::Connection& connection) {
      return connection.each(db::Sql("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM {blobs}"),
                             [this](const db::Row& row) { total_ = static_cast<std::uint64_t>(row.integer(0)); });
    });
  }

  Result<void> meet(const Record* row, const blob::Listed* listed) {
    if (row == nullptr) return remove(listed->key);
    TRY_ASSIGN(Wanted blob, wanted_of(*row));
    if (listed != nullptr && listed->size == blob.size) {
      ++figures().there;
      figures().there_bytes += blob.size;
      advance(blob.size);
      return {};
    }
    // One of another size is not what we sent: a blob appears whole or not at all.
    if (listed != nullptr) TRY(remove(listed->key));
    if (!blob.ready) return {};
    batch_.push_back(std::move(blob));
    return batch_.size() < kBatch ? Result<void>() : send_batch();
  }

  Result<void> remove(const std::string& key) {
    ++figures().removed;
    return what_ == Do::copy ? net::run_sync(parts_.to.remove(key)) : Result<void>();
  }

  Result<void> send_batch() {
    std::atomic<std::size_t> next = 0;
    if (what_ == Do::compare) {
      for (const Wanted& blob : batch_) count_sent(blob);
    } else {
      std::vector<std::jthread> senders;
      for (std::size_t i = 0; i < std::min(kSenders, batch_.size()); ++i) {
        senders.emplace_back([this, &next] { send_some(next); });
      }
    }
    batch_.clear();
    if (failure_) return fail(*failure_);
    return {};
  }

  /// On a sender's thread.
  void send_some(std::atomic<std::size_t>& next) {
    for (std::size_t i = next++; i < batch_.size(); i = next++) {
      const auto sent = net::run_sync(send(parts_.from, parts_.to, batch_[i], !parts_.faults.skip_hash));
      const std::scoped_lock lock(mutex_);
      if (failure_) return;
      if (auto done = settle(batch_[i], sent); !done) failure_ = std::move(done).error();
    }
  }

  Result<void> settle(const Wanted& blob, const Result<void>& sent) {
    if (sent) {
      count_sent(blob);
      advance(blob.size);
      return {};
    }
    const ErrorCode code = sent.error().code;
    if (!is_damage(code)) return sent;
    TRY_ASSIGN(const bool wanted, still_wanted(parts_.source, blob));
    if (!wanted) {
      copied_.some_gone = true;
      return {};
    }
    if (figures().damaged.size() >= kNamedDamages) {
      return fail(ErrorCode::blob_corrupt, fmt::format("More than {} files are damaged.", kNamedDamages));
    }
    TRY_ASSIGN(std::string asset, asset_of(parts_.rows, blob));
    figures().damaged.push_back({blob.key, std::move(asset), why(code)});
    return {};
  }

  void count_sent(const Wanted& blob) {
    ++figures().sent;
    figures().sent_bytes += blob.size;
  }

  void advance(std::uint64_t bytes) {
    done_ += bytes;
    if (parts_.on_progress) parts_.on_progress({.done = done_, .total = std::max(done_, total_)});
  }

  BlobFigures& figures() { return copied_.figures; }

  const BlobParts& parts_;
  const Do what_;
  std::vector<Wanted> batch_;
  std::mutex mutex_;  // guards what follows while senders run
  CopiedBlobs copied_;
  std::optional<Error> failure_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<BlobFigures> compare_blobs(const BlobParts& parts) {
  TRY_ASSIGN(CopiedBlobs compared, BlobCopy(parts, BlobCopy::Do::compare).run());
  return std::move(compared.figures);
}

Result<CopiedBlobs> copy_blobs(const BlobParts& parts) { return BlobCopy(parts, BlobCopy::Do::copy).run(); }

}  // namespace medialith::movers
