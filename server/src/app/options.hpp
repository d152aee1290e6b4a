// The options of the server, each declared once; docs/reference/configuration.md is made from this table.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "intake/intake.hpp"
#include "web/services.hpp"

namespace medialith::app {

std::span<const Option> options();

/// Where a database is kept. `sqlite` is a file in this machine, the others are servers.
enum class DatabaseEngine : std::uint8_t { sqlite, postgres, libsql };
/// Its name for people.
std::string_view title(DatabaseEngine engine);

/// The database that the options name, and what else was set but lost (design.md §4 "Configuration").
struct DatabaseChoice {
  DatabaseEngine engine = DatabaseEngine::sqlite;
  std::string path;                 ///< of the file; empty unless `engine` is sqlite
  Secret url;                       ///< of the server, as given; empty for sqlite
  Secret direct_url;                ///< of PostgreSQL: past its pooler, where one is named
  std::string schema;               ///< of PostgreSQL
  bool allow_unsafe = false;        ///< serve from a server that may lose what it has acknowledged
  Secret auth_token;                ///< of a libSQL server, unless its URL has one
  std::string name;                 ///< the path, or the URL without its user and password: for logs and people
  std::string chosen_by;            ///< the option's name, or "default"
  std::vector<std::string> losers;  ///< options that name another database
  bool is_file() const { return engine == DatabaseEngine::sqlite; }
};
/// Errors: precondition_failed for a URL of a database that no engine is for; validation_failed for a name that no
/// schema can have.
Result<DatabaseChoice> choose_database(const Config& config);

/// MEDIALITH_SECRET, else AUTH_SECRET, else nullopt: the data folder has one. Errors: validation_failed when it is
/// shorter than kMinSecret.
Result<std::optional<Secret>> configured_secret(const Config& config);

/// What the modules are told.
web::Settings web_settings(const Config& config);
intake::Policy intake_policy(const Config& config);
/// How long the files of what was deleted for good stay.
std::chrono::milliseconds gc_grace(const Config& config);

/// True when the listening address is this machine only.
bool is_loopback_listen(std::string_view listen);

}  // namespace medialith::app
