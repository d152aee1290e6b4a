// `medialith serve`: everything the server is made of, built in order and taken down in reverse.
#pragma once

#include "base/config.hpp"
#include "base/result.hpp"

namespace medialith::app {

/// Serves until SIGTERM or SIGINT and drains within 10 s. Returns the process's exit status; errors are what stopped
/// the start.
Result<int> serve(const Config& config);

}  // namespace medialith::app
