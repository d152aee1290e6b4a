#include "app/command_line.hpp"

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/commands.hpp"
#include "app/copy.hpp"
#include "app/doctor.hpp"
#include "app/options.hpp"
#include "app/server.hpp"
#include "base/json.hpp"

namespace medialith::app {
namespace {

/// Fills itself while the arguments are parsed; lives until what was chosen has run.
class CommandLine {
 public:
  CommandLine() {
    cli_.set_version_flag("--version", MEDIALITH_VERSION);
    cli_.require_subcommand(1);
    add_serve();
    add_user();
    add_key();
    add_migrate();
    add_copy();
    add_jobs();
    CLI::App& doctor =
        add(cli_, "doctor", "Looks at configuration, database, files and machine.",
            [this](const Config& config) { return run_doctor(config, apply_cors_ ? Cors::apply : Cors::look); });
    add_flag(doctor, "--listen");
    doctor.add_flag("--apply-cors", apply_cors_, "Adds the CORS rule that browsers need to the bucket.");
    // For `make docs`.
    CLI::App* docs = cli_.add_subcommand("docs")->group("")->require_subcommand(1);
    add(*docs, "configuration", "", [](const Config&) -> Result<int> { return print_configuration_reference(); });
  }

  int run(int argc, const char* const* argv, const Environment& environment) {
    CLI11_PARSE(cli_, argc, argv);
    const auto config = Config::load(options(), environment, flags_);
    const Result<int> status = config ? chosen_(*config) : std::unexpected(config.error());
    if (status) return *status;
    std::fprintf(stderr, "medialith: %s\n", status.error().message.c_str());
    for (const FieldError& field : status.error().fields) {
      std::fprintf(stderr, "  %s: %s\n", field.path.c_str(), field.message.c_str());
    }
    return 1;
  }

 private:
  using Command = std::function<Result<int>(const Config&)>;

  /// A leaf: with --data, as every one of them.
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& doc, Command command) {
    CLI::App* leaf = parent.add_subcommand(name, doc);
    leaf->callback([this, command = std::move(command)] { chosen_ = command; });
    add_flag(*leaf, "--data");
    return *leaf;
  }

  void add_flag(CLI::App& leaf, const std::string& flag) {
    for (const Option& option : options()) {
      if (option.flag != flag) continue;
      auto keep = [this, flag](const std::string& value) { flags_.emplace_back(flag, value); };
      leaf.add_option_function<std::string>(flag, keep, std::string(option.doc));
    }
  }

  /// What JSON cannot carry has no place in a name.
  static void require(CLI::Option* option) {
    option->required()->check([](const std::string& text) {
      return json::is_valid_utf8(text) ? std::string() : std::string("is not UTF-8 text");
    });
  }

  void add_serve() {
    CLI::App& serve_command = add(cli_, "serve", "Serves until it is told to stop.", serve);
    add_flag(serve_command, "--listen");
  }

  void add_user() {
    CLI::App* user = cli_.add_subcommand("user", "Users.")->require_subcommand(1);
    CLI::App& create = add(*user, "create", "Makes a user, or without a password a token that makes the first admin.",
                           [this](const Config& config) { return user_create(config, user_); });
    require(create.add_option("--email", user_.email, "Address to sign in with."));
    create.add_flag("--password-stdin", user_.password_stdin, "Reads the password from standard input.");
    create.add_flag("--admin", user_.admin, "Makes an admin; else an ordinary user.");
    add(*user, "list", "Lists users.", user_list);
    CLI::App& assign = add(*user, "assign-legacy", "Gives what was imported without an owner to a user.",
                           [this](const Config& config) { return user_assign_legacy(config, to_); });
    require(assign.add_option("--to", to_, "The user's email or id, or `local`."));
  }

  void add_key() {
    CLI::App* key = cli_.add_subcommand("key", "Keys of apps.")->require_subcommand(1);
    CLI::App& create = add(*key, "create", "Makes a key and prints it, this once.",
                           [this](const Config& config) { return key_create(config, key_); });
    require(create.add_option("--user", key_.user, "The owner's email or id, or `local`."));
    require(create.add_option("--name", key_.name, "What it is for."));
    create.add_option("--scopes", key_.scopes, "Of read, write, import, admin.")->capture_default_str();
  }

  void add_migrate() {
    CLI::App* migrate = cli_.add_subcommand("migrate", "The database's schema.")->require_subcommand(1);
    add(*migrate, "status", "Lists migrations and when they were applied.", migrate_status);
    add(*migrate, "up", "Applies what is pending, as a start does.", migrate_up);
    add(*migrate, "sql", "Prints what `up` would run.", migrate_sql);
  }

  /// Without --data: it has two places, and the environment of this process is neither's.
  void add_copy() {
    CLI::App* copy = cli_.add_subcommand("copy", "Copies a deployment, rows and files; a later run, what has changed.");
    copy->callback([this] { chosen_ = [this](const Config&) { return run_copy(copy_); }; });
    require(copy->add_option("--from", copy_.from, "Data folder, or file of NAME=value lines of a server."));
    require(copy->add_option("--to", copy_.to, "The same; a folder need not be there yet."));
    copy->add_flag("--dry-run", copy_.dry_run, "Says what would be copied and changes nothing.");
  }

  void add_jobs() {
    CLI::App* jobs = cli_.add_subcommand("jobs", "What the server does by itself.")->require_subcommand(1);
    add(*jobs, "list", "Lists jobs, how their last runs went and when they are due.", jobs_list);
    CLI::App& run =
        add(*jobs, "run", "Runs a job now.", [this](const Config& config) { return jobs_run(config, job_); });
    require(run.add_option("NAME", job_, "As `list` shows it."));
  }

  CLI::App cli_{"Medialith: the storage server behind generative-media apps.", "medialith"};
  std::vector<FlagValue> flags_;
  Command chosen_;
  UserToMake user_;
  std::string to_;
  KeyToMake key_;
  CopyToMake copy_;
  std::string job_;
  bool apply_cors_ = false;
};

}  // namespace

int run_command_line(int argc, const char* const* argv, const Environment& environment) {
  CommandLine line;
  return line.run(argc, argv, environment);
}

}  // namespace medialith::app
