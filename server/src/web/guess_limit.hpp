// How often a secret may be guessed: counted in the database, so exactly, by all servers together and through restarts.
#pragma once

#include <string>
#include <string_view>

#include "db/shared_clock.hpp"
#include "domain/rate_limits.hpp"
#include "web/rate_limit.hpp"

namespace medialith::web {

/// A guess is counted before it is known whether it is right, so that many at once do not get past the limit together;
/// the right one is given back. Thread-safe. What it refers to outlives it.
class GuessLimit {
 public:
  GuessLimit(db::Database& database, const db::SharedClock& clock, Rate rate);

  /// Counts a guess at what `name` stands for. Errors: rate_limited with the time to wait.
  Task<Result<void>> count(std::string name);
  /// It was right, or nobody looked at it.
  void give_back(db::Transaction& tx, std::string_view name) const;
  /// The same in a write of its own.
  Task<Result<void>> give_back(std::string name);

 private:
  db::Database& database_;
  const db::SharedClock& clock_;
  const domain::Refill refill_;
};

}  // namespace medialith::web
