// The texts in which substrings are looked for, in memory: a row is read when it is first looked at, and again when it
// has changed (docs/adr/0010-search.md).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "domain/rid.hpp"
#include "domain/substring.hpp"

namespace medialith::domain {

/// Owners whose texts are remembered: few search for substrings at any one time.
inline constexpr std::size_t kTextOwners = 256;
/// Changes looked at one by one; after more, an owner's texts are read anew.
inline constexpr std::int64_t kTextChanges = 100'000;
/// Bytes of texts that were read and wait to be kept: a row may have a million characters.
inline constexpr std::size_t kTextsWaiting = std::size_t{4} << 20;

/// What owners' generations say, without case. Thread-safe; nobody waits while another reads rows.
class TextCache {
 public:
  /// `max_bytes`: of all owners together, what a text is kept in included. The owners not asked for longest are
  /// forgotten; what one owner alone has beyond it is read from the database each time.
  explicit TextCache(std::size_t max_bytes = std::size_t{64} << 20);
  ~TextCache();
  TextCache(const TextCache&) = delete;
  TextCache& operator=(const TextCache&) = delete;

  /// A generation's prompt, model, category and provider.
  struct Text {
    std::int64_t rid;
    std::string text;  ///< without case
  };
  using Texts = std::vector<Text>;

  /// What is kept now. At most `max_bytes`.
  std::size_t bytes() const;

 private:
  friend class TextSearch;
  struct Owner;

  std::shared_ptr<Owner> find(UserRid user);
  std::shared_ptr<Owner> forget_last();
  /// False when it would be too much.
  bool take(Owner& owner, std::size_t bytes);
  void give_back(Owner& owner, std::size_t bytes);

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<Owner>> owners_;  // guarded by mutex_; the last used first
  std::size_t bytes_ = 0;                     // guarded by mutex_
};

/// One search for words in one owner's generations, within the connection's view of the data (a text that another
/// reader has seen change since may be taken as it is now). Used by one thread; lives no longer than the arguments.
class TextSearch {
 public:
  /// `cache`: read through, and brought up to date first.
  static Result<TextSearch> begin(db::Connection& connection, TextCache& cache, UserRid user,
                                  const Substrings& substrings);
  /// Which words each generation has in its prompt, model, category or provider; none for 0 and for rows that are gone.
  Result<std::vector<FoundWords>> found_in(std::span<const std::int64_t> rids);

 private:
  TextSearch(db::Connection& connection, TextCache& cache, UserRid user, const Substrings& substrings);
  Result<void> refresh(UserRid user);
  Result<void> read(std::span<const std::int64_t> rids, std::span<const std::size_t> places,
                    std::vector<FoundWords>& found);
  void keep(TextCache::Texts texts);

  db::Connection& connection_;
  TextCache& cache_;
  const Substrings& substrings_;
  std::shared_ptr<TextCache::Owner> owner_;
  std::int64_t seq_ = 0;  // of the view
};

}  // namespace medialith::domain
