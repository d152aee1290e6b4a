// The environment of a server as a file, for commands that look at two of them.
#pragma once

#include <string>

#include "base/config.hpp"

namespace medialith::app {

/// Lines of NAME=value. A value in single or double quotes loses them; otherwise it is taken as it stands. Blank lines
/// and those that begin with `#` say nothing; `export ` before a name is allowed. At most 64 KiB.
/// Errors: unavailable when it cannot be read; validation_failed naming the line, never its text.
Result<Environment> read_environment_file(const std::string& path);

}  // namespace medialith::app
