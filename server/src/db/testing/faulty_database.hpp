// A database whose commits fail, answer late or answer that nobody knows, by a seed: for simulations.
#pragma once

#include <cstdint>
#include <random>

#include "db/testing/passing_database.hpp"

namespace medialith::db {

/// Chances in 1 000 for each write or read.
struct FaultChances {
  unsigned refused = 0;       ///< nothing runs: unavailable or overloaded
  unsigned lost = 0;          ///< runs and rolls back: outcome_unknown
  unsigned unknown = 0;       ///< commits: outcome_unknown
  unsigned rerun = 0;         ///< fn runs, is rolled back and runs again
  unsigned late = 0;          ///< answers after other work of the loop has had its turn
  unsigned read_refused = 0;  ///< a read answers unavailable
};

/// Wraps `inner`, which outlives it. Used from one event loop: the same seed and the same calls give the same faults.
class FaultyDatabase final : public PassingDatabase {
 public:
  FaultyDatabase(Database& inner, std::uint64_t seed, FaultChances chances)
      : PassingDatabase(inner), random_(seed), chances_(chances) {}

  Task<Result<void>> run_read(ReadKind kind, ReadFn fn) override;
  Task<Result<void>> run_write(std::size_t bytes, WriteFn fn) override;

 private:
  bool happens(unsigned chance) { return random_() % 1000 < chance; }
  unsigned turns();

  std::mt19937_64 random_;
  FaultChances chances_;
};

}  // namespace medialith::db
