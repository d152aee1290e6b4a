#include "domain/texts.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "domain/filter.hpp"
#include "domain/mutation.hpp"

namespace medialith::domain {
namespace {

// Rows read in one statement.
constexpr std::size_t kRead = 500;
// What keeping a text takes besides its bytes: its place, the room for more places, and what the allocator adds.
constexpr std::size_t kKeeping = 96;

std::size_t bytes_of(const TextCache::Text& text) { return text.text.size() + kKeeping; }

std::size_t bytes_of(const TextCache::Texts& texts) {
  std::size_t bytes = 0;
  for (const TextCache::Text& text : texts) bytes += bytes_of(text);
  return bytes;
}

/// Finds texts by rid. Searches ask for neighbours, one after the other.
class Finder {
 public:
  explicit Finder(const TextCache::Texts& texts) : texts_(texts) {}
  /// Null when there is none.
  const TextCache::Text* find(std::int64_t rid) {
    for (const std::size_t near : {at_ + 1, at_, at_ - 1}) {
      if (near < texts_.size() && texts_[near].rid == rid) return &texts_[at_ = near];
    }
    const auto found = std::ranges::lower_bound(texts_, rid, std::greater<>(), &TextCache::Text::rid);
    at_ = static_cast<std::size_t>(found - texts_.begin());
    return found != texts_.end() && found->rid == rid ? &*found : nullptr;
  }

 private:
  const TextCache::Texts& texts_;
  std::size_t at_ = 0;
};

}  // namespace

struct TextCache::Owner {
  UserRid user;
  std::shared_mutex mutex;  // comes before the cache's, when both are taken
  std::int64_t seq = -1;    // guarded by mutex: of the owner's last change seen
  Texts texts;              // guarded by mutex; descending by rid
  std::size_t bytes = 0;    // guarded by the cache's mutex
  bool forgotten = false;   // guarded by the cache's mutex
};

TextCache::TextCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}
TextCache::~TextCache() = default;

std::size_t TextCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::shared_ptr<TextCache::Owner> TextCache::find(UserRid user) {
  std::shared_ptr<Owner> last;  // freed without the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(owners_, [&](const auto& owner) { return owner->user == user; });
  if (found != owners_.end()) {
    owners_.splice(owners_.begin(), owners_, found);
    return owners_.front();
  }
  if (owners_.size() == kTextOwners) last = forget_last();
  auto owner = std::make_shared<Owner>();
  owner->user = user;
  owners_.push_front(owner);
  return owner;
}

std::shared_ptr<TextCache::Owner> TextCache::forget_last() {
  std::shared_ptr<Owner> last = std::move(owners_.back());
  owners_.pop_back();
  bytes_ -= last->bytes;
  last->forgotten = true;
  return last;
}

bool TextCache::take(Owner& owner, std::size_t bytes) {
  std::vector<std::shared_ptr<Owner>> forgotten;  // freed without the lock
  const std::lock_guard lock(mutex_);
  if (owner.forgotten || owner.bytes + bytes > max_bytes_) return false;
  while (bytes_ + bytes > max_bytes_ && owners_.back().get() != &owner) forgotten.push_back(forget_last());
  if (bytes_ + bytes > max_bytes_) return false;
  owner.bytes += bytes;
  bytes_ += bytes;
  return true;
}

void TextCache::give_back(Owner& owner, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (owner.forgotten) return;
  owner.bytes -= bytes;
  bytes_ -= bytes;
}

TextSearch::TextSearch(db::Connection& connection, TextCache& cache, UserRid user, const Substrings& substrings)
    : connection_(connection), cache_(cache), substrings_(substrings), owner_(cache.find(user)) {}

Result<TextSearch> TextSearch::begin(db::Connection& connection, TextCache& cache, UserRid user,
                                     const Substrings& substrings) {
  TextSearch search(connection, cache, user, substrings);
  TRY(search.refresh(user));
  return search;
}

Result<void> TextSearch::refresh(UserRid user) {
  TRY_ASSIGN(seq_, change_head(connection_, user));
  std::int64_t since = 0;
  {
    const std::shared_lock lock(owner_->mutex);
    since = owner_->seq;
  }
  if (seq_ <= since) return {};
  std::vector<std::int64_t> changed;
  const bool few = seq_ - since <= kTextChanges;
  if (since >= 0 && few) {
    TRY(connection_.each({"SELECT object_rid FROM {changes} WHERE user_rid = $1 AND seq > $2 AND kind = 'generation'",
                          user.value, since},
                         [&](const db::Row& row) { changed.push_back(row.integer(0)); }));
  }
  std::ranges::sort(changed);
  const std::unique_lock lock(owner_->mutex);
  if (seq_ <= owner_->seq) return {};  // another reader has been here meanwhile, and has seen more
  std::size_t bytes = 0;
  std::erase_if(owner_->texts, [&](const TextCache::Text& text) {
    const bool stale = !few || std::ranges::binary_search(changed, text.rid);
    if (stale) bytes += bytes_of(text);
    return stale;
  });
  cache_.give_back(*owner_, bytes);
  owner_->seq = seq_;
  return {};
}

Result<std::vector<FoundWords>> TextSearch::found_in(std::span<const std::int64_t> rids) {
  std::vector<FoundWords> found(rids.size(), FoundWords{0});
  std::vector<std::size_t> missing;  // places in `rids`
  {
    const std::shared_lock lock(owner_->mutex);
    Finder finder(owner_->texts);
    for (std::size_t i = 0; i < rids.size(); ++i) {
      if (const TextCache::Text* text = finder.find(rids[i])) {
        found[i] = substrings_.found_in(text->text);
      } else if (rids[i] != 0) {
        missing.push_back(i);
      }
    }
  }
  for (std::size_t first = 0; first < missing.size(); first += kRead) {
    const std::span places = std::span(missing).subspan(first, std::min(kRead, missing.size() - first));
    TRY(read(rids, places, found));
  }
  return found;
}

Result<void> TextSearch::read(std::span<const std::int64_t> rids, std::span<const std::size_t> places,
                              std::vector<FoundWords>& found) {
  std::vector<std::int64_t> wanted;
  wanted.reserve(places.size());
  for (const std::size_t place : places) wanted.push_back(rids[place]);
  db::Statement statement(
      "SELECT g.rid, g.prompt, g.model_name, g.model_id, g.category, g.provider FROM {generations} g WHERE g.rid IN (");
  append_rids(statement, wanted);
  std::unordered_map<std::int64_t, FoundWords> words;
  TextCache::Texts texts;
  std::size_t bytes = 0;
  std::string text;
  TRY(connection_.each(statement.append(" ORDER BY g.rid DESC"), [&](const db::Row& row) {
    text.clear();
    for (int column = 1; column <= 5; ++column) {
      // No word has a line feed in it, so none is found across two of them.
      if (column > 1) text += '\n';
      append_without_case(text, row.text(column));
    }
    words.emplace(row.integer(0), substrings_.found_in(text));
    texts.push_back({row.integer(0), text});
    bytes += bytes_of(texts.back());
    if (bytes < kTextsWaiting) return;
    keep(std::exchange(texts, {}));
    bytes = 0;
  }));
  for (const std::size_t place : places) {
    if (const auto read = words.find(rids[place]); read != words.end()) found[place] = read->second;
  }
  keep(std::move(texts));
  return {};
}

void TextSearch::keep(TextCache::Texts texts) {
  const std::unique_lock lock(owner_->mutex);
  // What this view says of a row that has changed since would never be read anew.
  if (owner_->seq != seq_) return;
  TextCache::Texts& kept = owner_->texts;
  std::erase_if(
      texts, [finder = Finder(kept)](const TextCache::Text& text) mutable { return finder.find(text.rid) != nullptr; });
  if (texts.empty() || !cache_.take(*owner_, bytes_of(texts))) return;
  if (kept.empty() || kept.back().rid > texts.front().rid) {
    std::ranges::move(texts, std::back_inserter(kept));
    return;
  }
  TextCache::Texts all;
  all.reserve(kept.size() + texts.size());
  std::merge(std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()),
             std::make_move_iterator(texts.begin()), std::make_move_iterator(texts.end()), std::back_inserter(all),
             [](const TextCache::Text& a, const TextCache::Text& b) { return a.rid > b.rid; });
  kept = std::move(all);
}

}  // namespace medialith::domain
