// Pages as they were last sent: lists are asked for again and again, by every open tab, while nothing changes.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "domain/rid.hpp"

namespace medialith::web {

/// A page's body and its Link header, empty on the last page.
struct Page {
  std::shared_ptr<const std::string> body;
  std::string link;
};

/// A page is good for as long as its owner's change feed stands where it stood: whatever a list shows of an owner's
/// rows, changing it moves the feed. Thread-safe.
class PageCache {
 public:
  /// `max_bytes`: of all pages together; those not asked for longest are forgotten.
  explicit PageCache(std::size_t max_bytes = std::size_t{32} << 20) : max_bytes_(max_bytes) {}

  /// `target`: path and query as they were sent. `head`: where the feed stands in the asker's view of the data.
  /// nullptr: read it.
  std::shared_ptr<const Page> find(domain::UserRid user, std::string_view target, std::int64_t head);
  /// What was read where the feed stood at `head`, in the same view of the data.
  void keep(domain::UserRid user, std::string_view target, std::int64_t head, std::shared_ptr<const Page> page);

  /// What is kept now. At most `max_bytes`.
  std::size_t bytes() const;

 private:
  struct Kept {
    std::string name;
    std::int64_t head;
    std::shared_ptr<const Page> page;
  };
  using Place = std::list<Kept>::iterator;
  void forget(Place place);

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<Kept> kept_;                                 // guarded by mutex_; the last used first
  std::unordered_map<std::string_view, Place> by_name_;  // guarded by mutex_; views of the names in kept_
  std::size_t bytes_ = 0;                                // guarded by mutex_
};

}  // namespace medialith::web
