#include "jobs/finalize_deletes.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "domain/blobs.hpp"

namespace medialith::jobs {
namespace {

using Blobs = std::vector<domain::CondemnedBlob>;

struct Removed {
  std::vector<std::int64_t> rids;
  std::optional<Error> failed;  ///< the first failure
  bool store_fails = false;     ///< with the next blob too, and each failure may take long
};

Task<Removed> remove_bytes(const Run& run, const RemoveBlob& remove, const Blobs& blobs) {
  Removed removed;
  for (const domain::CondemnedBlob& blob : blobs) {
    if (blob.referred && !run.faults().no_recheck) continue;
    Result<void> done = co_await remove(blob.key);
    if (done) {
      removed.rids.push_back(blob.rid);
      continue;
    }
    removed.store_fails = done.error().code != ErrorCode::internal;  // else this one's row is damaged
    if (!removed.failed) removed.failed = std::move(done).error();
    if (removed.store_fails) break;
  }
  co_return removed;
}

Task<Result<std::int64_t>> finalize_all(Run& run, RemoveBlob remove, std::chrono::milliseconds grace) {
  const Time until = run.now() - grace;
  std::int64_t total = 0;
  std::optional<Error> failed;
  bool store_fails = false;
  Blobs blobs(1);  // the one to go on behind
  while (!blobs.empty() && !store_fails) {
    auto check = [&](db::Transaction& tx) {
      return domain::condemned_blobs(tx, until, blobs.back(), kFinalizedAtOnce);
    };
    CO_TRY_ASSIGN(blobs, co_await run.write(check));
    Removed removed = co_await remove_bytes(run, remove, blobs);
    auto forget = [&](db::Transaction& tx) -> Result<void> {
      domain::forget_blobs(tx, removed.rids);
      return {};
    };
    if (!removed.rids.empty()) CO_TRY(co_await run.write(forget));
    total += std::ssize(removed.rids);
    store_fails = removed.store_fails;
    if (!failed) failed = std::move(removed.failed);
  }
  if (failed) co_return fail(std::move(*failed));
  co_return total;
}

}  // namespace

Job finalize_deletes(RemoveBlob remove, std::chrono::milliseconds grace) {
  return {.kind = "finalize-deletes",
          .summary = "Removes the files of what was deleted for good, when their grace is over.",
          .period = std::chrono::hours(1),
          .lease = std::chrono::minutes(10),  // a hundred requests to a bucket that is slow
          .run = [remove = std::move(remove), grace](Run& run) { return finalize_all(run, remove, grace); }};
}

}  // namespace medialith::jobs
