// `medialith copy`: a whole deployment from one place to another.
#pragma once

#include <string>

#include "base/result.hpp"

namespace medialith::app {

struct CopyToMake {
  std::string from;
  std::string to;
  bool dry_run = false;
};
/// Prints how far it is to standard error and a report to standard output; 1 when a file of the source is damaged.
Result<int> run_copy(const CopyToMake& copy);

}  // namespace medialith::app
