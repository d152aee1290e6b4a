// The command line: which subcommands and flags there are, and what each of them calls.
#pragma once

#include "base/config.hpp"

namespace medialith::app {

/// Runs what the arguments say and returns the exit status: 0, 1 for what failed (a sentence on standard error), or
/// what the command line library has for a wrong usage.
int run_command_line(int argc, const char* const* argv, const Environment& environment);

}  // namespace medialith::app
