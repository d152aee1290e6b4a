// Opening whatever database was chosen: the one place in the program that knows which engines there are.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "db/faults.hpp"
#include "db/migration.hpp"
#include "http_client/client.hpp"
#include "net/runtime.hpp"

namespace medialith::app {

/// What an engine is opened with. `clock`, `runtime` and `random` outlive the database.
struct DatabaseParts {
  const Clock& clock;
  net::Runtime& runtime;
  Random& random;
  std::function<void(const Error&)> on_fatal = {};  ///< see db::SqliteOptions
  db::Faults faults = {};
  std::shared_ptr<http_client::Client> http = {};  ///< for libSQL, which without it has one of its own
};

/// Opens the database, applies pending migrations and makes it ready to serve. Blocks. Errors: those of the engine.
Result<std::unique_ptr<db::Database>> open_database(const DatabaseChoice& choice, const DatabaseParts& parts);

/// What the database has of this program's migrations, without changing it; all are pending where there is none yet.
/// Blocks.
Result<std::vector<db::MigrationState>> migration_states(const DatabaseChoice& choice);
/// What stands before every table's name in that database.
std::string table_prefix(const DatabaseChoice& choice);

/// What a server says of itself, for people: its version, how it is reached. Empty for a file. Blocks. Errors: what
/// keeps a start from using it.
Result<std::string> describe_server(const DatabaseChoice& choice);

/// Runs fn on a connection that only reads, without opening the database for service: for `medialith doctor`, while
/// servers may be serving it. Blocks. Errors: what fn returned; unavailable when there is no such database.
Result<void> look_into(const DatabaseChoice& choice, const Clock& clock, const db::Database::ReadFn& fn);

}  // namespace medialith::app
