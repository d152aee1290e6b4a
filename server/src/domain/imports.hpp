// Generations that were kept elsewhere, with the times they had there (S0-74).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "domain/generations.hpp"
#include "domain/mutation.hpp"

namespace medialith::domain {

/// One that comes in. Its rid is made from its time when it is written.
struct Imported {
  Generation generation;
  SearchText search;
  Time created_at;  ///< not before 1970, and not in the future: rids ascend from the newest
};

/// What became of some.
struct ImportCounts {
  std::int64_t imported = 0;
  std::int64_t existing = 0;  ///< the owner has that id already: left alone
  std::int64_t in_trash = 0;  ///< the same, and it lies in the trash
};

/// Makes the rids of what is imported: those of one millisecond descend, so that a list that comes newest first keeps
/// its order. A value: whoever has to write again goes on from a copy.
class ImportRids {
 public:
  explicit ImportRids(Random& random) : random_(&random) {}
  GenerationRid next(Time created_at);

 private:
  Random* random_;
  std::int64_t last_ = 0;
};

/// Puts in those whose ids the owner does not have: in one question, the rest put off. At most 500. Errors:
/// version_conflict, already_exists: a rid or id was taken meanwhile; nothing was done, the caller tries again.
Result<ImportCounts> import_generations(Mutation& mutation, std::vector<Imported>& items, ImportRids& rids);

}  // namespace medialith::domain
