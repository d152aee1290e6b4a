#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/options.hpp"
#include "app/server.hpp"

int main(int argc, char** argv) {
  using namespace medialith;
  CLI::App cli("Medialith: the storage server behind generative-media apps.", "medialith");
  cli.set_version_flag("--version", MEDIALITH_VERSION);
  cli.require_subcommand(1);
  std::vector<FlagValue> flags;
  CLI::App* serve = cli.add_subcommand("serve", "Serves until it is told to stop.");
  for (const Option& option : app::options()) {
    if (option.flag.empty()) continue;
    serve->add_option_function<std::string>(
        std::string(option.flag),
        [&flags, flag = std::string(option.flag)](const std::string& value) { flags.emplace_back(flag, value); },
        std::string(option.doc));
  }
  CLI11_PARSE(cli, argc, argv);
  const auto config = Config::load(app::options(), read_environment(environ), flags);
  const Result<int> status = config ? app::serve(*config) : std::unexpected(config.error());
  if (status) return *status;
  std::fprintf(stderr, "medialith: %s\n", status.error().message.c_str());
  for (const FieldError& field : status.error().fields) {
    std::fprintf(stderr, "  %s: %s\n", field.path.c_str(), field.message.c_str());
  }
  return 1;
}
