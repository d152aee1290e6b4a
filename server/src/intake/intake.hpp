// A file's way in (research: reliability.md §3.1): bytes first, durable, then one transaction with their row, then the
// answer. Whatever fails before leaves no row, and no bytes but those a crash leaves, which are swept.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "blob/store.hpp"
#include "db/database.hpp"
#include "domain/assets.hpp"
#include "domain/mutation.hpp"
#include "domain/rid.hpp"
#include "media/type.hpp"
#include "net/runtime.hpp"
#include "net/task.hpp"

namespace medialith::intake {

struct Policy {
  std::uint64_t max_file_size = 10ULL << 30;
  std::vector<std::string> allowed_types;  ///< content types or "image/*"; empty = any
};

/// Ways to be wrong on purpose, which the crash harness must find (see tests/crash).
struct Faults {
  bool row_before_blob = false;
};

/// A file that arrives. What it refers to outlives the call.
struct Arriving {
  const domain::Principal& principal;
  const domain::IdempotencyKey* key = nullptr;
  const domain::Replay* replay = nullptr;  ///< the key's stored answer: the bytes are only compared with it
  std::optional<std::string> filename;     ///< valid UTF-8, at most 255 bytes, no control characters
  std::string declared_type;
  std::optional<std::string> generation_id;  ///< read when the source has ended: a form may name it behind the file
  std::optional<std::uint64_t> size;         ///< where it is known beforehand
  std::optional<Digest> sha256;              ///< where the client declared one
};

/// The next bytes, a view that lives until the next call; empty at the end.
using Source = std::function<Task<Result<std::span<const std::byte>>>()>;

/// A file that was kept. Views live as long as the call they are told in.
struct Kept {
  std::string_view name;  ///< the file's, or the asset's id
  std::uint64_t size = 0;
  std::chrono::milliseconds took{0};  ///< from the first byte to the commit
  bool duplicate = false;             ///< these bytes were here already
};
/// Thread-safe; does not wait.
using OnKept = std::function<void(const Kept&)>;

/// Thread-safe; each call belongs to one coroutine.
class Intake {
 public:
  struct Parts {
    db::Database& database;
    blob::BlobStore& blobs;
    Clock& clock;
    Random& random;
    UuidMaker& uuids;
    domain::RidMaker& rids;
    net::Pool& work;
  };
  /// `on_kept` is told of every file when it is durable; it may be empty.
  Intake(Parts parts, Policy policy, Faults faults = {}, OnKept on_kept = {})
      : parts_(parts), policy_(std::move(policy)), faults_(faults), on_kept_(std::move(on_kept)) {}

  /// Errors: file_too_large, length_mismatch, digest_mismatch, unsupported_media_type (policy), not_found naming
  /// generationId, validation_failed naming filename, idempotency_key_reused (a retry with other bytes), disk_full,
  /// outcome_unknown, and what `source` fails with.
  Task<Result<domain::ArrivalOutcome>> take(const Arriving& file, Source source);

  /// The largest request body that can carry a file: a form adds its boundaries and fields.
  std::uint64_t max_body_size() const { return policy_.max_file_size + kFormOverhead; }
  static constexpr std::uint64_t kFormOverhead = 64 * 1024;

 private:
  struct Staged;
  Result<void> recognise(const Arriving& file, Staged& staged);
  Task<Result<Staged>> stage(const Arriving& file, Source source);
  Task<Result<domain::ArrivalOutcome>> compare_with_replay(const Arriving& file, Source source);
  Task<Result<domain::ArrivalOutcome>> keep(const Arriving& file, Staged& staged);
  Task<Result<domain::ArrivalOutcome>> write_row(const Arriving& file, const Staged& staged, std::string key);

  Parts parts_;
  Policy policy_;
  Faults faults_;
  OnKept on_kept_;
};

/// Error: validation_failed naming `filename` (R-F1).
Result<void> check_filename(std::string_view filename);

}  // namespace medialith::intake
