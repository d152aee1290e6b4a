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

/// A move in two halves, for whoever asks something else in the same trip. Outlives the ask.
class Moving {
 public:
  /// At most 500 rows; they outlive this.
  Moving(Move move, const Rows& rows) : move_(move), rows_(rows) {}
  Moving(const Moving&) = delete;
  Moving& operator=(const Moving&) = delete;

  /// What is to be asked first.
  void ask_too(UserRid user, std::vector<db::Question>& questions);
  /// Puts the move off, by what was answered, and records the changes. Answers which were moved; rows of others, or
  /// that are gone, are none.
  Rows put_off(Mutation& mutation);

 private:
  const Move move_;
  const Rows& rows_;
  Rows moved_;
  std::vector<std::int64_t> brought_;  // assets that go with their generation
  std::vector<std::int64_t> homes_;    // generations whose assets go alone
};

/// Moves those of `rows` that can be, in one question and a few statements put off: both halves.
Result<Rows> move_rows(Mutation& mutation, Move move, const Rows& rows);

}  // namespace medialith::domain
