// Our schema in a database that others use too: what is there, and how it comes to be.
#pragma once

#include <string_view>
#include <vector>

#include "db/migration.hpp"
#include "db/postgres/session.hpp"

namespace medialith::db::postgres {

/// What the schema has of `carried`; nothing when there is no such schema.
/// Errors: precondition_failed when the schema is somebody else's; those of compare_migrations(); unavailable.
Result<std::vector<MigrationState>> inspect(Session& session, std::string_view schema,
                                            std::span<const Migration> carried);

/// Makes the schema and applies what is pending, all in one transaction that one server at a time is in. Errors: those
/// of inspect(); precondition_failed, naming the migration, when it fails or the role lacks a right.
Result<void> migrate(Session& session, std::string_view schema, std::span<const Migration> carried);

}  // namespace medialith::db::postgres
