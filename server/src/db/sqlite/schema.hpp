// Whose database a file is, and which migrations it has.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "db/migration.hpp"
#include "db/sqlite/session.hpp"

namespace medialith::db::sqlite {

/// Looks into the file at `path` without changing it. Empty when there is none, or nothing in it.
/// Errors: precondition_failed when the file is not ours, with what to do; those of compare_migrations().
Result<std::vector<MigrationState>> inspect(const std::filesystem::path& path, const std::string& vfs,
                                            std::span<const Migration> carried);

/// Marks an empty file as ours. Before WAL is switched on, so that the mark stands in the file itself.
Result<void> claim(const std::filesystem::path& path, const std::string& vfs);

/// Applies what is pending, each in a transaction of its own. `session` is the writer's.
Result<void> migrate(Session& session, std::span<const MigrationState> states, Time now);

}  // namespace medialith::db::sqlite
