// What an administrator asks for on the command line. Runs in the server over the folder when there is one, else in the
// command's own process; the same code in both.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "app/options.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "domain/principal.hpp"
#include "jobs/scheduler.hpp"
#include "net/runtime.hpp"

namespace medialith::app {

/// `password_hash` empty: a set-up token for the first admin instead of a user.
struct CreateUser {
  std::string email;
  std::string password_hash;
  bool admin = false;
};
struct ListUsers {
  std::int64_t after = 0;  ///< where the page before ended
};
struct AssignLegacy {
  std::string to;  ///< as CreateKey::user
};
struct CreateKey {
  std::string user;  ///< an email, an id as ListUsers shows it, or `local`: the owner of profile `single`
  std::string name;
  domain::Scopes scopes = domain::Scopes::read | domain::Scopes::write;
};
struct MigrateStatus {};
struct ListJobs {};
/// Now, whether or not it is due.
struct RunJob {
  std::string kind;
};
using AdminCommand = std::variant<CreateUser, ListUsers, AssignLegacy, CreateKey, MigrateStatus, ListJobs, RunJob>;

struct AdminAnswer {
  std::string text;       ///< for people: whole lines
  std::int64_t next = 0;  ///< not 0: ListUsers goes on after it
};

/// What the commands work on; outlives every run.
struct AdminParts {
  db::Database& database;
  const DatabaseChoice& choice;
  Clock& clock;
  Random& random;
  UuidMaker& uuids;
  net::Pool& work;
  jobs::Scheduler& scheduler;
};

/// Errors: validation_failed, email_taken, not_found, already_exists (a job that runs), with a sentence for the
/// operator; what the database fails with.
Task<Result<AdminAnswer>> run_admin(AdminParts& parts, AdminCommand command);

/// `read,write` and so on. Errors: validation_failed.
Result<domain::Scopes> parse_scopes(const std::string& text);

/// What has been applied to the database and what has not. Blocks.
Result<std::string> migration_table(const DatabaseChoice& choice);

}  // namespace medialith::app
