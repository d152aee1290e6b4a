// How many of an owner's rows have what: the choices of a menu with their counts (docs/adr/0010-search.md).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "domain/filter.hpp"
#include "domain/rid.hpp"
#include "domain/search.hpp"

namespace medialith::domain {

/// Values of one facet handed out, the most frequent.
inline constexpr std::size_t kFacetValues = 200;

struct FacetValue {
  std::string value;
  std::int64_t count = 0;
  bool operator==(const FacetValue&) const = default;
};

/// Generations by what they have, and assets by kind; the most frequent first, then by value. Each facet is counted as
/// if its own filter were not there.
struct FacetCounts {
  std::vector<FacetValue> models, providers, categories, statuses, favorites, tags, loras, samplers;
  std::vector<FacetValue> kinds;  ///< of assets
  bool approximate = false;       ///< counted over the newest matches of a search, and there are more
};

class Picture;

/// What owners have, in memory, kept current from the change feed. Thread-safe. An owner's rows are read once, 5 000 in
/// a call, so that whoever asks for a large owner keeps no thread and no view of the data for long. Counts are exact in
/// every answer.
class FacetCache {
 public:
  /// `max_rows`: generations and assets of all owners together; the owners not asked for longest are forgotten.
  explicit FacetCache(std::size_t max_rows = 2'000'000);
  ~FacetCache();
  FacetCache(const FacetCache&) = delete;
  FacetCache& operator=(const FacetCache&) = delete;

  /// Within the connection's view of the data. `words`: of q. nullopt: there are more rows to read; ask again, with a
  /// new view.
  Result<std::optional<FacetCounts>> count(db::Connection& connection, const SearchTools& tools, UserRid user,
                                           const Filter& filter, const std::vector<std::string>& words);
  /// Every tag of what is not in the trash, with its count, the most frequent first. nullopt as in count().
  Result<std::optional<std::vector<FacetValue>>> tags(db::Connection& connection, UserRid user);

 private:
  struct Owner {
    UserRid user;
    std::mutex mutex;  // held while the picture is brought up to date and counted
    std::unique_ptr<Picture> picture;
    std::size_t rows = 0;  // guarded by the cache's mutex
  };
  std::shared_ptr<Owner> find(UserRid user);
  Result<bool> refresh(Owner& owner, db::Connection& connection);
  void weigh(Owner& owner, std::size_t rows);

  const std::size_t max_rows_;
  std::mutex mutex_;
  std::list<std::shared_ptr<Owner>> owners_;  // guarded by mutex_; the last used first
};

}  // namespace medialith::domain
