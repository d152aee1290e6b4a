// The subcommands beside `serve`, as the command line calls them. Each prints what it has to say and returns the
// process's exit status; errors are what kept it from doing its work.
#pragma once

#include <string>

#include "base/config.hpp"
#include "base/result.hpp"

namespace medialith::app {

struct UserToMake {
  std::string email;
  bool password_stdin = false;
  bool admin = false;
};
Result<int> user_create(const Config& config, const UserToMake& user);
Result<int> user_list(const Config& config);
Result<int> user_assign_legacy(const Config& config, const std::string& to);

struct KeyToMake {
  std::string user;
  std::string name;
  std::string scopes = "read,write";
};
/// Prints the key alone, once.
Result<int> key_create(const Config& config, const KeyToMake& key);

Result<int> migrate_status(const Config& config);
/// Applies what is pending; a running server has done so at its start.
Result<int> migrate_up(const Config& config);
/// Prints what `up` would run.
Result<int> migrate_sql(const Config& config);

Result<int> jobs_list(const Config& config);
/// Runs one now, to its end.
Result<int> jobs_run(const Config& config, const std::string& kind);

/// docs/reference/configuration.md.
int print_configuration_reference();

}  // namespace medialith::app
