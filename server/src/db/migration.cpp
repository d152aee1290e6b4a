#include "db/migration.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace medialith::db {

Result<std::vector<MigrationState>> compare_migrations(std::span<const Migration> carried,
                                                       std::span<const AppliedMigration> applied) {
  std::vector<MigrationState> states;
  for (const Migration& migration : carried) {
    if (migration.number != static_cast<std::int64_t>(states.size()) + 1) {
      return fail(ErrorCode::internal, "The migrations of this program are not numbered without gaps.",
                  fmt::format("{} {}", migration.number, migration.name));
    }
    states.push_back({migration, std::nullopt});
  }
  for (const AppliedMigration& done : applied) {
    const bool newer = done.number > static_cast<std::int64_t>(states.size());
    if (newer && done.adding_only) continue;
    if (done.number < 1 || newer) {
      return fail(ErrorCode::precondition_failed,
                  fmt::format("The database is newer than this program: it has migration {} ({}), which is not known "
                              "here. Nothing was changed. Start the version that made it, or a later one.",
                              done.number, done.name));
    }
    MigrationState& state = states[static_cast<std::size_t>(done.number) - 1];
    if (done.sha256 != state.migration.sha256) {
      return fail(ErrorCode::precondition_failed,
                  fmt::format("Migration {} ({}) of the database is not the one this program carries. Nothing was "
                              "changed. Start the version that made the database.",
                              done.number, done.name),
                  fmt::format("applied {}, carried {}", done.sha256, state.migration.sha256));
    }
    state.applied_at = done.applied_at;
  }
  return states;
}

Error migration_failed(const Migration& migration, std::string detail) {
  return make_error(ErrorCode::precondition_failed,
                    fmt::format("Migration {} ({}) could not be applied. The database is as it was before it.",
                                migration.number, migration.name),
                    std::move(detail));
}

Result<void> refuse_pending(std::span<const MigrationState> states) {
  const bool pending = std::ranges::any_of(states, [](const MigrationState& state) { return !state.applied_at; });
  if (!pending) return {};
  return fail(ErrorCode::precondition_failed,
              "The database lacks migrations of this version. Run: medialith migrate up");
}

}  // namespace medialith::db
