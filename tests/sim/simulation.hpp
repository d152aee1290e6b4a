// One simulation: random steps, each compared with the model.
#pragma once

#include <string>
#include <vector>

#include "system.hpp"

namespace medialith::sim {

struct Verdict {
  std::vector<std::string> problems;  ///< empty: the system did what the model does
  std::vector<std::string> steps;     ///< that led there
  std::size_t steps_done = 0;
  std::size_t unknown = 0;  ///< steps whose outcome had to be looked up
};

/// The same seed does the same again.
Verdict simulate(const Folder& folder, std::uint64_t seed, const Planted& planted);

}  // namespace medialith::sim
