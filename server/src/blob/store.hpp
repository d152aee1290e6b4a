// Where bytes live (design.md §5, reliability.md §3): one awaitable interface, a contract suite that every store
// passes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "net/task.hpp"

namespace medialith::blob {

/// A folder that a store may keep for uploads on their way; no key lies in it.
inline constexpr std::string_view kStagingFolder = "staging";

/// A folder for uploads that go from a client to the store directly, until they are verified; no key lies in it.
inline constexpr std::string_view kIncomingFolder = "incoming";

/// A key of the store: `users/{userId}/{yyyy}/{mm}/{uuid}.{ext}`. Made by the server, never user text, never reused.
/// Only [a-z0-9-./], no empty, `.` or `..` segment, 255 bytes, not below `staging/` or `incoming/`. Any call of a store
/// with another key answers internal: it is a bug or a damaged row, never a client's mistake.
bool is_valid_key(std::string_view key);

/// What STORE_ID may hold: 1 to 128 visible ASCII characters.
bool is_valid_store_id(std::string_view id);

struct BlobInfo {
  std::uint64_t size = 0;
  Digest sha256{};
};

/// What is known before the bytes come; a stream that does not match leaves nothing behind.
struct Expected {
  std::optional<std::uint64_t> size;
  std::optional<Digest> sha256;
  std::uint64_t max_size = UINT64_MAX;
};

/// How much of a stream's beginning Staging::head() keeps.
inline constexpr std::size_t kHeadSize = 64UL << 10;

/// What becomes known of an upload while it runs.
struct Aim {
  std::string key;        ///< what it is going to be committed as
  bool read_back = true;  ///< whether read_back() will be asked
};

/// Bytes on their way in. One user at a time. Destroying it without commit() leaves nothing behind.
class Staging {
 public:
  virtual ~Staging() = default;
  /// A hint, as soon as the head has told: a store that must name a large upload when it begins it (S3) spares a copy
  /// by it, and a local copy where nothing is read back. At most once.
  virtual void aim(Aim aim) = 0;
  /// Takes the bytes; hashing and the disk may still be at work when it returns (one piece in flight, one filling).
  /// The bytes are copied or written before the next call returns. Errors: file_too_large, length_mismatch, disk_full.
  virtual Task<Result<void>> write(std::span<const std::byte> bytes) = 0;
  /// Waits for everything written and checks length and digest. Nothing is visible yet.
  /// Errors: length_mismatch, digest_mismatch, disk_full.
  virtual Task<Result<BlobInfo>> finish() = 0;
  /// Makes it durable under `key` (after finish()): file, then directory, then every parent made. After success the
  /// bytes survive power loss. A key that exists already is already_exists, and the blob there is untouched.
  virtual Task<Result<void>> commit(std::string key) = 0;
  /// A first part of the bytes (up to kHeadSize), for type sniffing, any time after they were written.
  virtual std::span<const std::byte> head() const = 0;
  /// All bytes again, from the start, after finish(): for readers of headers and recipes. Bounded by `length`. Not
  /// asked when aim() said so.
  virtual Task<Result<std::vector<std::byte>>> read_back(std::uint64_t offset, std::size_t length) = 0;
};

/// Bytes on their way out.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Of the whole blob, whatever range is read.
  virtual std::uint64_t size() const = 0;
  /// The next bytes, at most `out.size()`; 0 at the end. A blob that turns out shorter than it should is blob_corrupt.
  virtual Task<Result<std::size_t>> read(std::span<std::byte> out) = 0;
  /// An open descriptor for send_file with the range's offset, when the store has one (capability direct_file).
  struct File {
    int fd;
    std::uint64_t offset;
    std::uint64_t length;
  };
  virtual std::optional<File> file() const { return std::nullopt; }
};

struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;  ///< cut at the end of the blob
};

struct Listed {
  std::string key;
  std::uint64_t size;
  Time modified;
};
struct ListPage {
  std::vector<Listed> blobs;
  std::string next_cursor;  ///< empty at the end
};

struct Capabilities {
  bool direct_file = false;  ///< Reader::file() answers
  bool presigned = false;    ///< BlobStore::direct() is there
  bool server_copy = false;  ///< copy() moves no bytes through this server
};

/// What a store shall tell a browser of a blob that it hands out itself.
struct Presented {
  std::string content_type;
  std::string content_disposition;
  std::string cache_control;
};

/// A request that somebody else may make, as it stands.
struct SignedRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  ///< to be sent with it, exactly these
};

/// An upload that a client sends to the store itself. The caller keeps it, in a row as a rule, until accept() or
/// drop().
struct DirectUpload {
  std::string name;       ///< where it arrives
  std::string upload_id;  ///< empty: in one request
  std::uint64_t size = 0;
  std::uint64_t part_size = 0;  ///< of every part but the last
  /// Requests that it takes.
  std::uint32_t parts() const {
    return size <= part_size ? 1 : static_cast<std::uint32_t>((size + part_size - 1) / part_size);
  }
};

/// Transfers between a client and the store that do not pass through this server. Thread-safe. Errors besides those
/// that are named: unavailable, overloaded, outcome_unknown.
class DirectTransfers {
 public:
  virtual ~DirectTransfers() = default;
  /// A URL that reads the blob for `valid`, at most seven days, or for half of that at least: within the other half it
  /// is the same for everybody who asks, so that caches know it again. It is not looked whether the blob is there.
  virtual Task<Result<std::string>> sign_get(std::string key, Presented presented, std::chrono::seconds valid) = 0;
  /// Opens the way for `size` bytes; by parts when there are many. Error: file_too_large.
  virtual Task<Result<DirectUpload>> begin(std::uint64_t size) = 0;
  /// The request for part `number`, from 1 to parts(), good for `valid`. It takes exactly that part's length.
  virtual Task<Result<SignedRequest>> sign_part(DirectUpload upload, std::uint32_t number,
                                                std::chrono::seconds valid) = 0;
  /// What has arrived, read through once: as if it had been written here, ready to finish() and commit(), which copies
  /// it to a key that no URL can write. Errors: blob_missing when parts or all of it have not arrived; length_mismatch.
  virtual Task<Result<std::unique_ptr<Staging>>> accept(DirectUpload upload, Expected expected) = 0;
  /// Forgets it and what has arrived. One that is not there is success.
  virtual Task<Result<void>> drop(DirectUpload upload) = 0;
};

/// Thread-safe. Stores are told apart by capabilities, never by name.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual Capabilities capabilities() const = 0;
  /// Starts an upload. Errors: file_too_large (413) or disk_full (507) at once when the length is known and hopeless.
  virtual Task<Result<std::unique_ptr<Staging>>> stage(Expected expected) = 0;
  /// Errors: blob_missing, blob_corrupt (not a regular file), range_not_satisfiable (offset past the end).
  virtual Task<Result<std::unique_ptr<Reader>>> open(std::string key, Range range) = 0;
  /// The size; blob_missing when it is not there.
  virtual Task<Result<std::uint64_t>> stat(std::string key) = 0;
  /// Durable when it answers; one that is not there is success.
  virtual Task<Result<void>> remove(std::string key) = 0;
  /// The same bytes under another key (a link on disk, a copy on S3), durable when it answers.
  virtual Task<Result<void>> copy(std::string from, std::string to) = 0;
  /// In key order, `limit` at most.
  virtual Task<Result<ListPage>> list(std::string prefix, std::string cursor, std::size_t limit) = 0;
  /// The STORE_ID that lies in the store, or nullopt in a fresh one (R-D17).
  virtual Task<Result<std::optional<std::string>>> store_id() = 0;
  /// Durable when it answers. Text that is no id is internal: it is a bug.
  virtual Task<Result<void>> set_store_id(std::string id) = 0;
  /// Removes what uploads left behind that began before `older_than` and cannot go on: files of earlier runs on disk,
  /// parts and unclaimed direct uploads on S3. Answers how many.
  virtual Task<Result<std::size_t>> sweep_staging(Time older_than) = 0;
  /// The capability `presigned`; nullptr without it. Lives as long as the store.
  virtual DirectTransfers* direct() = 0;
  /// Bytes that can still be stored; nullopt when the store cannot tell.
  virtual std::optional<std::uint64_t> free_bytes() const = 0;
};

}  // namespace medialith::blob
