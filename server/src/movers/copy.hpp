// A whole deployment, rows and bytes, from one pair of database and store to another.
//
// The rows of the target become those of one consistent view of the source: a first run copies all of them, a later one
// what has changed, deletions too. Then the store gets the blobs that those rows name and does not have yet. A blob
// appears under its key only when its bytes had the SHA-256 of its row, so one that is there has been verified: a run
// that goes on where another was killed sends none twice. The source is never written and may be served meanwhile; what
// happens there after the view was taken is for the next run. Only when a blob is gone before its bytes were read are
// the rows taken once more, so that the target names nothing that it does not have.
//
// The target is marked before the first change and until a run has copied everything; no server starts over it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "blob/store.hpp"
#include "db/database.hpp"
#include "movers/scan.hpp"

namespace medialith::movers {

/// One end of a copy. Outlives it.
struct Side {
  Reading read;
  blob::BlobStore& blobs;
};

/// What happened to a table's rows, or would.
struct TableFigures {
  std::string_view table;
  std::int64_t rows = 0;  ///< in the source
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t deleted = 0;
};

/// A blob of the source that cannot be copied as it is.
struct DamagedBlob {
  std::string key;
  std::string asset;  ///< id and file name of the asset that has it; empty when none does
  std::string why;    ///< a sentence
};

/// Blobs of the source that belong in the target, by what was done about them.
struct BlobFigures {
  std::int64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::int64_t there = 0;  ///< since an earlier run
  std::uint64_t there_bytes = 0;
  std::int64_t removed = 0;  ///< from the target: the source has them no more
  std::vector<DamagedBlob> damaged;
};

struct CopyReport {
  std::vector<TableFigures> tables;
  BlobFigures blobs;
  int views = 0;  ///< of the source that were taken: more than one when blobs went while they were copied
  bool complete() const { return blobs.damaged.empty(); }
};

/// How far a copy is.
struct CopyProgress {
  std::string_view table;   ///< whose rows are compared; empty: blobs are
  std::uint64_t done = 0;   ///< rows of all tables, or bytes
  std::uint64_t total = 0;  ///< of which there may turn out to be a few more or less
};
/// Called often, by one thread at a time. May be empty.
using OnProgress = std::function<void(const CopyProgress&)>;

/// Planted bugs for the tests of the copy.
struct CopyFaults {
  bool skip_hash = false;  ///< bytes are taken as they are read
};

/// Where the target comes from.
struct CopyOrigin {
  std::string source_id;  ///< STORE_ID of the source
  std::string target_id;  ///< of the target; empty when it has none yet
};

/// Whether the source may be copied into this target: an empty one, or one that was copied from the same source and has
/// not been written to since. Changes nothing.
/// Errors: precondition_failed with a sentence for the operator; what reading fails with.
Result<void> check_target(const Side& target, const CopyOrigin& origin);

/// The mark of a copy, and what it stands in place of.
struct CopyMark {
  std::string since;                       ///< when it was made, as ISO 8601
  std::optional<std::string> copied_from;  ///< before, as was:
  std::optional<std::string> unfinished;
};

/// Marks the target as one that a copy has not ended on. Errors: what the database fails with.
Result<CopyMark> begin_copy(db::Database& target, const CopyOrigin& origin, Time now);

/// For a copy that is refused after all and has changed nothing else: the target is marked as it was before. The mark
/// of another copy that has begun since stays. Errors: what the database fails with.
Result<void> give_up_copy(db::Database& target, const CopyMark& mark);

/// What copy_deployment() would do, from one view of the source.
Result<CopyReport> plan_copy(const Side& source, const Side& target, const OnProgress& on_progress);

/// Copies into a target that begin_copy() has marked; takes the mark away when all has been copied. `database` is what
/// `target` reads. Blocks. A report that is not complete() has left the mark; so has an error.
/// Errors: what either side fails with; unavailable when the source loses blobs faster than they are copied.
Result<CopyReport> copy_deployment(const Side& source, const Side& target, db::Database& database,
                                   const CopyFaults& faults, const OnProgress& on_progress);

/// For the start of a server. Errors: precondition_failed when a copy into this database has not ended.
Result<void> refuse_unfinished_copy(db::Connection& connection);

}  // namespace medialith::movers
