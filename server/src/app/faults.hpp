// MEDIALITH_TEST_FAULTS: planted bugs and named points at which the crash tests kill the process. Documented as what it
// is; nothing here is reachable without that variable.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "blob/disk/options.hpp"
#include "db/faults.hpp"
#include "intake/intake.hpp"
#include "jobs/job.hpp"
#include "movers/copy.hpp"

namespace medialith::app {

struct TestFaults {
  db::Faults database;
  blob::DiskFaults disk;
  intake::Faults intake;
  jobs::Faults jobs;
  movers::CopyFaults copy;
};

/// Words: answer_before_commit, answer_refusals_before_commit, keep_group_after_full, believe_in_commits,
/// row_before_blob, no_file_fsync, no_directory_fsync, no_parent_fsync, skip_hash, no_fence, no_recheck, drop_group:N
/// (every N-th group loses its transaction), kill_at=POINT:N (SIGKILL at the N-th pass of a failpoint), hold_at=POINT:N
/// (from the N-th pass on, each thread that comes there stays there). Error: validation_failed for any other.
Result<TestFaults> parse_faults(const std::vector<std::string>& words);

}  // namespace medialith::app
