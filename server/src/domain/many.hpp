// Many rows into the trash, out of it and away, by statements over sets: what bulk work and purging are made of.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "domain/mutation.hpp"

namespace medialith::domain {

/// Rows by rid, of one owner. Assets are those named for themselves; what a generation has goes with it.
struct Rows {
  std::vector<std::int64_t> generations;
  std::vector<std::int64_t> assets;
  bool empty() const { return generations.empty() && assets.empty(); }
};

enum class Move : std::uint8_t {
  trash,    ///< what does not lie there
  restore,  ///< what lies there by itself; an asset only when its generation does not, or comes back beside it
  purge,    ///< wherever it lies; the rows go, their blobs are condemned for the finaliser
};

/// Moves those of `rows` that can be, in one question and a few statements put off, and records the changes. At most
/// 500 rows. Answers which were moved; `rows` of others, or that are gone, are none.
Result<Rows> move_rows(Mutation& mutation, Move move, const Rows& rows);

}  // namespace medialith::domain
