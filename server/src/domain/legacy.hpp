// Rows that were imported without an owner belong to the pseudo-user `legacy` until they are given to somebody (S0-3,
// S0-4).
#pragma once

#include <cstdint>

#include "domain/mutation.hpp"

namespace medialith::domain {

struct Assigned {
  std::int64_t generations = 0;
  std::int64_t assets = 0;
  std::int64_t kept_back = 0;  ///< generations whose id the new owner has already: they stay where they are
};

/// Gives at most `limit` generations of `legacy`, with their assets, and as many assets without a generation to the
/// mutation's user. Called until both counts are 0.
Result<Assigned> assign_legacy(Mutation& mutation, std::int64_t limit);

}  // namespace medialith::domain
