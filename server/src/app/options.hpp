// The options of the server, each declared once; docs/reference/configuration.md is made from this table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "intake/intake.hpp"
#include "web/services.hpp"

namespace medialith::app {

std::span<const Option> options();

/// The SQLite file that the options name, and what else was set but lost (design.md §4 "Configuration").
struct DatabaseChoice {
  std::string path;
  std::string chosen_by;            ///< the option's name, or "default"
  std::vector<std::string> losers;  ///< options that name another database
};
/// Errors: precondition_failed for an engine that this build does not have; validation_failed for a URL that is none.
Result<DatabaseChoice> choose_database(const Config& config);

/// MEDIALITH_SECRET, else AUTH_SECRET, else nullopt: the data folder has one. Errors: validation_failed when it is
/// shorter than kMinSecret.
Result<std::optional<Secret>> configured_secret(const Config& config);

/// What the modules are told.
web::Settings web_settings(const Config& config);
intake::Policy intake_policy(const Config& config);

/// True when the listening address is this machine only.
bool is_loopback_listen(std::string_view listen);

}  // namespace medialith::app
