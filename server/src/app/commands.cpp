#include "app/commands.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "api/account_schemas.hpp"
#include "app/control.hpp"
#include "app/databases.hpp"
#include "app/options.hpp"
#include "base/json.hpp"
#include "base/password.hpp"
#include "db/sql.hpp"

namespace medialith::app {
namespace {

void print(const std::string& text) { fmt::print("{}", text); }

/// The first line of standard input.
Result<Secret> read_password() {
  std::array<char, api::kPasswordMaxBytes + 2> buffer{};
  std::size_t size = 0;
  while (size < buffer.size() && std::fread(&buffer[size], 1, 1, stdin) == 1 && buffer[size] != '\n') ++size;
  Secret password(std::string(buffer.data(), size));
  buffer.fill('\0');
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const auto characters = std::ranges::count_if(password.reveal(), is_first_byte);
  if (size > api::kPasswordMaxBytes || characters < api::kPasswordMinCharacters ||
      !json::is_valid_utf8(password.reveal())) {
    return fail(
        ErrorCode::validation_failed,
        fmt::format("A password has at least {} characters and at most {} bytes, on one line of standard input.",
                    api::kPasswordMinCharacters, api::kPasswordMaxBytes));
  }
  return password;
}

Result<int> run_and_print(const Config& config, const AdminCommand& command) {
  TRY_ASSIGN(const AdminAnswer answer, run_anywhere(config, command));
  print(answer.text);
  return 0;
}

}  // namespace

Result<int> user_create(const Config& config, const UserToMake& user) {
  CreateUser command{.email = user.email, .admin = user.admin};
  if (user.password_stdin) {
    TRY_ASSIGN(const Secret password, read_password());
    // Here and not in the server: its memory and its processor are for its users.
    TRY_ASSIGN(const PasswordHasher hasher, PasswordHasher::make());
    TRY_ASSIGN(command.password_hash, hasher.hash(password));
  }
  return run_and_print(config, command);
}

Result<int> user_list(const Config& config) {
  ListUsers command;
  do {
    TRY_ASSIGN(const AdminAnswer answer, run_anywhere(config, command));
    print(answer.text);
    command.after = answer.next;
  } while (command.after != 0);
  return 0;
}

Result<int> user_assign_legacy(const Config& config, const std::string& to) {
  return run_and_print(config, AssignLegacy{.to = to});
}

Result<int> key_create(const Config& config, const KeyToMake& key) {
  TRY_ASSIGN(const domain::Scopes scopes, parse_scopes(key.scopes));
  return run_and_print(config, CreateKey{.user = key.user, .name = key.name, .scopes = scopes});
}

Result<int> migrate_status(const Config& config) {
  TRY_ASSIGN(const DatabaseChoice choice, choose_database(config));
  if (choice.is_file() && server_runs(config.text("MEDIALITH_DATA"))) return run_and_print(config, MigrateStatus{});
  // Looking needs no lock, and a look at a folder that is not there must not make one.
  TRY_ASSIGN(const std::string table, migration_table(choice));
  print(table);
  return 0;
}

Result<int> migrate_up(const Config& config) {
  TRY_ASSIGN(const DatabaseChoice choice, choose_database(config));
  const std::string data = config.text("MEDIALITH_DATA");
  std::optional<DataFolder> folder;  // its lock is that of a database in a file; a server looks after itself
  if (choice.is_file()) {
    if (server_runs(data)) {
      return fail(
          ErrorCode::precondition_failed,
          fmt::format("A server runs over {}: it applied every migration it knows when it started. Stop it first.",
                      data));
    }
    TRY_ASSIGN(folder, DataFolder::open(data));
  }
  {
    const SystemClock clock;
    SystemRandom random;
    net::Runtime runtime({.loops = 1, .work_threads = 1, .disk_threads = 1});
    TRY(open_database(choice, {clock, runtime, random}));
  }
  TRY_ASSIGN(const std::string table, migration_table(choice));
  print(table);
  return 0;
}

Result<int> migrate_sql(const Config& config) {
  TRY_ASSIGN(const DatabaseChoice choice, choose_database(config));
  TRY_ASSIGN(const auto states, migration_states(choice));
  for (const db::MigrationState& state : states) {
    if (state.applied_at) continue;
    print(fmt::format("-- {:04} {} (sha256 {})\n{}\n", state.migration.number, state.migration.name,
                      state.migration.sha256, db::expand_tables(state.migration.sql, table_prefix(choice))));
  }
  return 0;
}

Result<int> jobs_list(const Config& config) { return run_and_print(config, ListJobs{}); }

Result<int> jobs_run(const Config& config, const std::string& kind) {
  return run_and_print(config, RunJob{.kind = kind});
}

int print_configuration_reference() {
  print(configuration_reference(options()));
  return 0;
}

}  // namespace medialith::app
