#include "jobs/job.hpp"

namespace medialith::jobs {

Task<Result<void>> Run::keep() {
  return write([](db::Transaction&) -> Result<void> { return {}; });
}

Result<void> Run::check_stopping() {
  stopped_ = parts_.stopping.load();
  if (stopped_) return fail(ErrorCode::unavailable, "The server is about to stop.");
  return {};
}

// Runs once more with the write, so it tells what the last run found.
Result<void> Run::renew(db::Transaction& tx) {
  TRY_ASSIGN(const bool held, renew_lease(tx, lease_, parts_.clock.now() + length_));
  lost_ = !held && !parts_.faults.no_fence;
  if (lost_) return fail(ErrorCode::precondition_failed, "Another server has taken this job over.");
  return {};
}

}  // namespace medialith::jobs
