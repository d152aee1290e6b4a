// `medialith doctor`: what was chosen and why, and whether what lies in the data folder can be served.
#pragma once

#include <cstdint>
#include <string>

#include "base/config.hpp"
#include "base/result.hpp"

namespace medialith::app {

/// What doctor found, as text for people. `wrong` counts what keeps a server from starting or data from being safe.
struct Diagnosis {
  std::string text;
  int wrong = 0;
  int warnings = 0;
};

/// What to do about a bucket's CORS rules that do not let browsers in.
enum class Cors : std::uint8_t { look, apply };

/// Changes nothing that matters, unless told to apply CORS rules: a bucket is tried with an object that is removed;
/// without a server it takes the folder's lock and tries the store as a start does.
/// Blocks for as long as it takes to read the database once.
Diagnosis diagnose(const Config& config, Cors cors = Cors::look);

/// Prints it; 1 when something is wrong.
Result<int> run_doctor(const Config& config, Cors cors);

}  // namespace medialith::app
