// Token buckets that all servers share (table `rate_limits`).
//
// A bucket is one number: the time at which it will be full again. Each token that is taken puts that time off by what
// one token takes to come back; a bucket that is full, or was never touched, needs no row.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/hash.hpp"
#include "db/database.hpp"

namespace medialith::domain {

/// How fast a bucket fills, and what it holds.
struct Refill {
  std::chrono::milliseconds each{100};  ///< until one token comes back
  std::int64_t burst = 200;             ///< tokens of a full bucket
};

/// Which bucket: of what `kind` of limit, and whom it limits. Neither address nor email stands in the table.
Digest rate_limit_name(std::string_view kind, std::string_view whom);

/// Takes `tokens`, whether or not the bucket has them: they are gone already. `full` is set to the time at which the
/// bucket is full again: past `now + burst * each` it is overdrawn. To be asked with others; `name` and `full` outlive
/// that.
db::Question take_tokens(const Digest& name, const Refill& refill, std::int64_t tokens, Time now, Time& full);

/// Takes one token if there is one; else answers how long until there is. nullopt: taken. Asks once.
Result<std::optional<std::chrono::milliseconds>> try_token(db::Transaction& tx, const Digest& name,
                                                           const Refill& refill, Time now);
/// Puts a token back that try_token() took.
void give_token_back(db::Transaction& tx, const Digest& name, const Refill& refill);

/// Deletes the rows of buckets that are full, `limit` at most. How many there were.
Result<std::int64_t> purge_rate_limits(db::Transaction& tx, Time now, std::int64_t limit);

}  // namespace medialith::domain
