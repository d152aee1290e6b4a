// Words between the servers of one database: that something waits to be looked at.
#pragma once

namespace medialith::db {

/// A hint, never the news itself: it may come late, twice or not at all, so whoever waits looks by itself now and then
/// (design.md §5). Thread-safe. Destroying it sends what was told and not sent yet, where that can be done at once.
class Wakeups {
 public:
  virtual ~Wakeups() = default;
  /// Has every other server of the database look, soon. Never waits.
  virtual void tell() = 0;
};

}  // namespace medialith::db
