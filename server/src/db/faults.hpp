// Failpoints, and planted bugs that give the crash driver something to catch. Off unless a test asks for them.
#pragma once

#include <functional>
#include <string_view>

namespace medialith::db {

/// Set once, before the database is opened. The functions are called by the thread that writes.
struct Faults {
  /// Called at `before_commit`, `after_commit` (before anybody is told) and `before_reply` (commit and refusals known).
  std::function<void(std::string_view point)> at;
  /// True drops the group's transaction just before its COMMIT, as an engine out of space or memory does.
  std::function<bool()> drop_group;

  // Planted bugs. Each breaks a promise of Database::run_write.
  bool answer_before_commit = false;           ///< everybody is told before COMMIT
  bool answer_refusals_before_commit = false;  ///< errors are told before COMMIT, though they may rest on lost rows
  bool keep_group_after_full = false;          ///< goes on in a group whose transaction SQLite has dropped
  bool believe_in_commits = false;             ///< PostgreSQL: a COMMIT whose answer was lost is taken for done

  void reach(std::string_view point) const {
    if (at) at(point);
  }
};

}  // namespace medialith::db
