// medialith_sim [--seeds N] [--first SEED] | --seed SEED
//
// Simulates intake and domain: N seeds from SEED on, each some dozens of random steps over a store and a database that
// fail, compared with a model after every step. Then the same with something wrong on purpose, which has to be found.
// A failure prints the seed that does it again. Ends with "N passed, N failed".
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "simulation.hpp"

namespace medialith::sim {
namespace {

constexpr std::uint64_t kPlantedSeeds = 300;
constexpr std::size_t kLastSteps = 12;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 2000;
  bool replay = false;
};

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view text = argv[i + 1];
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (name == "--seeds") {
      options.seeds = value;
    } else if (name == "--first") {
      options.first = value;
    } else if (name == "--seed") {
      options = {.first = value, .seeds = 1, .replay = true};
    } else {
      return std::nullopt;
    }
  }
  if (argc % 2 == 0) return std::nullopt;
  return options;
}

void show(const Verdict& verdict, bool all_steps) {
  const auto& steps = verdict.steps;
  const std::size_t from = all_steps || steps.size() < kLastSteps ? 0 : steps.size() - kLastSteps;
  for (std::size_t i = from; i < steps.size(); ++i) fmt::print("  {:3} {}\n", i + 1, steps[i]);
  for (const std::string& problem : verdict.problems) fmt::print("  ! {}\n", problem);
}

bool survive(const Folder& folder, const Options& options) {
  std::size_t steps = 0;
  std::size_t unknown = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    const Verdict verdict = simulate(folder, seed, {});
    steps += verdict.steps_done;
    unknown += verdict.unknown;
    if (options.replay) show(verdict, true);
    if (verdict.problems.empty()) continue;
    if (!options.replay) show(verdict, false);
    fmt::print("FAILED: medialith_sim --seed {}\n", seed);
    return false;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print("{} seeds from {}: {} steps agree with the model, {} of unknown outcome looked up, {:.1f} s\n",
             options.seeds, options.first, steps, unknown, took.count());
  return true;
}

bool finds(const Folder& folder, std::string_view name, const Planted& planted) {
  for (std::uint64_t seed = 1; seed <= kPlantedSeeds; ++seed) {
    const Verdict verdict = simulate(folder, seed, planted);
    if (verdict.problems.empty()) continue;
    fmt::print("planted {}: found by seed {}: {}\n", name, seed, verdict.problems.front());
    return true;
  }
  fmt::print("planted {}: NOT FOUND in {} seeds\n", name, kPlantedSeeds);
  return false;
}

int run(const Options& options) {
  const Folder folder;
  int passed = 0;
  int failed = 0;
  const auto count = [&](bool ok) { ++(ok ? passed : failed); };
  count(survive(folder, options));
  if (!options.replay) {
    count(finds(folder, "row_before_blob", {.row_before_blob = true}));
    count(finds(folder, "keep_group_after_full", {.keep_group_after_full = true}));
    count(finds(folder, "model_forgets_home", {.model_forgets_home = true}));
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace medialith::sim

int main(int argc, char** argv) {
  const auto options = medialith::sim::read_options(argc, argv);
  if (!options) {
    std::fputs("usage: medialith_sim [--seeds N] [--first SEED] | --seed SEED\n", stderr);
    return 2;
  }
  return medialith::sim::run(*options);
}
