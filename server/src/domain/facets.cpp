#include "domain/facets.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/json.hpp"
#include "domain/mutation.hpp"

namespace medialith::domain {
namespace {

using Id = std::uint32_t;

/// Texts by number, each once.
class Names {
 public:
  Id id_of(std::string_view name) {
    const auto found = ids_.find(name);
    if (found != ids_.end()) return found->second;
    names_.push_back(std::make_unique<std::string>(name));
    const Id id = static_cast<Id>(names_.size() - 1);
    ids_.emplace(*names_.back(), id);
    return id;
  }
  std::optional<Id> find(std::string_view name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }
  const std::string& name(Id id) const { return *names_[id]; }

 private:
  std::vector<std::unique_ptr<std::string>> names_;  // views in ids_ point into them
  std::unordered_map<std::string_view, Id> ids_;
};

/// One combination of what a generation has; many share it.
struct Profile {
  Id model, provider, category, status;
  bool favorite, deleted;
  std::vector<Id> tags, loras, samplers;
  bool operator==(const Profile&) const = default;
};

struct ProfileHash {
  std::size_t operator()(const Profile& profile) const {
    std::size_t hash = profile.favorite ? 1 : 2;
    const auto mix = [&hash](std::size_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL + (hash >> 29U); };
    mix(profile.deleted ? 3 : 4);
    for (const Id id : {profile.model, profile.provider, profile.category, profile.status}) mix(id);
    for (const auto* ids : {&profile.tags, &profile.loras, &profile.samplers}) {
      mix(ids->size());
      for (const Id id : *ids) mix(id);
    }
    return hash;
  }
};

constexpr Id kGone = UINT32_MAX;

struct GenerationEntry {
  std::int64_t rid;
  Id profile;  // kGone: the row is no more, and this goes too
};
struct AssetEntry {
  std::int64_t rid;
  std::int64_t generation;  // 0: none
  std::uint8_t kind;        // index of kKinds
  bool listed;              // of normal visibility
  bool deleted;
  bool gone;
};
constexpr std::array<std::string_view, 4> kKinds = {"image", "video", "audio", "file"};

/// Which filter a facet leaves out: its own.
enum class Facet : std::uint8_t { none, model, provider, category, status, favorite, tag, lora, sampler };

std::unordered_set<Id> ids_of(const Names& names, const std::vector<std::string>& values) {
  std::unordered_set<Id> ids;
  for (const std::string& value : values) {
    if (const auto id = names.find(value)) ids.insert(*id);
  }
  return ids;
}

}  // namespace

/// One owner's rows. Used by one thread at a time.
class Picture {
 public:
  /// Reads on, at most kReadAtOnce rows. Whether the picture is whole: as the connection sees the rows, or newer.
  Result<bool> refresh(db::Connection& connection, UserRid user);
  std::size_t rows() const { return generations_.size() + assets_.size(); }

  /// `generations`, `assets`: only these; null: all.
  FacetCounts count(const Filter& filter, const std::vector<std::int64_t>* generations,
                    const std::vector<std::int64_t>* assets) const;
  std::vector<FacetValue> tags() const;

 private:
  struct Passing;
  using Counts = std::unordered_map<Id, std::int64_t>;

  Id profile_of(const db::Row& row);
  Result<void> note_all(db::Connection& connection, UserRid user);
  Result<void> note_changed(db::Connection& connection, UserRid user, std::int64_t since);
  Result<void> read_generations(db::Connection& connection, const std::vector<std::int64_t>& rids);
  Result<void> read_assets(db::Connection& connection, const std::vector<std::int64_t>& rids);
  std::vector<bool> passing_profiles(const Filter& filter, Facet left_out) const;
  std::vector<std::int64_t> profile_counts(const Filter& filter, const std::vector<std::int64_t>* only) const;
  Counts count_ids(const std::vector<std::int64_t>& rows_of, const std::vector<bool>& passing,
                   const std::function<void(const Profile&, std::int64_t, Counts&)>& add) const;
  std::vector<FacetValue> sorted(const Counts& counts, std::size_t most = kFacetValues) const;
  std::vector<FacetValue> count_kinds(const Filter& filter, const std::vector<std::int64_t>* only) const;
  const GenerationEntry* find_generation(std::int64_t rid) const;

  std::int64_t seq_ = -1;                         // of the last change noted
  std::vector<std::int64_t> unread_generations_;  // noted and not read yet, descending
  std::vector<std::int64_t> unread_assets_;
  Names names_;
  std::vector<Profile> profiles_;
  std::unordered_map<Profile, Id, ProfileHash> profile_ids_;
  std::vector<GenerationEntry> generations_;  // ascending by rid
  std::vector<AssetEntry> assets_;            // ascending by rid
};

// ---- reading --------------------------------------------------------------------------------------------------------

namespace {

// Changes noted one by one; after more, everything is read anew.
constexpr std::int64_t kChangedAtMost = 20'000;
// Rows read before the thread is given to others: 10 to 20 ms of work. And in one statement.
constexpr std::size_t kReadAtOnce = 5000;
constexpr std::size_t kReadByOne = 500;
// Combinations that no row has any more, beside as many as there are rows; after more, everything is read anew.
constexpr std::size_t kSpareProfiles = 256;
constexpr std::size_t kMaxRecipe = 256 * 1024;  // a recipe beyond it is found, but not counted

#define FACET_COLUMNS "g.rid, g.model_id, g.provider, g.category, g.status, g.favorite, g.deleted_at, g.tags, g.recipe"
#define FACET_ASSET_COLUMNS "a.rid, a.generation_rid, a.kind, a.visibility, a.deleted_at"

void add_once(std::vector<Id>& ids, Id id) {
  if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
}

std::string_view text_member(json::View object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->text() : std::string_view();
}

AssetEntry asset_entry(const db::Row& row) {
  const auto* const kind = std::ranges::find(kKinds, row.text(2));
  return {.rid = row.integer(0),
          .generation = row.is_null(1) ? 0 : row.integer(1),
          .kind = static_cast<std::uint8_t>(kind - kKinds.begin()),
          .listed = row.text(3) == "normal",
          .deleted = !row.is_null(4),
          .gone = false};
}

template <class Entry>
void put_sorted(std::vector<Entry>& entries, const Entry& entry) {
  const auto at = std::ranges::lower_bound(entries, entry.rid, {}, &Entry::rid);
  if (at != entries.end() && at->rid == entry.rid) {
    *at = entry;
  } else {
    entries.insert(at, entry);
  }
}

}  // namespace

Id Picture::profile_of(const db::Row& row) {
  Profile profile{.model = names_.id_of(row.text(1)),
                  .provider = names_.id_of(row.text(2)),
                  .category = names_.id_of(row.text(3)),
                  .status = names_.id_of(row.text(4)),
                  .favorite = row.boolean(5),
                  .deleted = !row.is_null(6)};
  if (row.text(7).size() > 2) {
    const auto tags = json::Document::parse(std::string(row.text(7)));
    if (tags) {
      for (const json::View tag : tags->root().children()) add_once(profile.tags, names_.id_of(tag.text()));
    }
  }
  if (!row.is_null(8) && row.text(8).size() <= kMaxRecipe) {
    const auto recipe =
        json::Document::parse(std::string(row.text(8)), {.max_depth = json::kMaxDepth, .keep_depth = 3});
    if (recipe) {
      const std::string_view sampler = text_member(recipe->root(), "sampler");
      if (!sampler.empty()) add_once(profile.samplers, names_.id_of(sampler));
      const auto loras = recipe->root().find("loras");
      for (const json::View lora : loras ? loras->children() : std::vector<json::View>()) {
        const std::string_view name = text_member(lora, "name");
        if (!name.empty()) add_once(profile.loras, names_.id_of(name));
      }
    }
  }
  const auto [found, fresh] = profile_ids_.try_emplace(profile, static_cast<Id>(profiles_.size()));
  if (fresh) profiles_.push_back(std::move(profile));
  return found->second;
}

Result<bool> Picture::refresh(db::Connection& connection, UserRid user) {
  TRY_ASSIGN(const std::int64_t now, change_head(connection, user));
  // Another reader, whose view of the data is newer, has been here. What it has noted is not to be read from this one.
  if (now < seq_) return unread_generations_.empty() && unread_assets_.empty();
  if (seq_ < 0 || now - seq_ > kChangedAtMost || profiles_.size() > 2 * generations_.size() + kSpareProfiles) {
    TRY(note_all(connection, user));
  } else if (now > seq_) {
    TRY(note_changed(connection, user, seq_));
  }
  seq_ = now;
  std::size_t left = kReadAtOnce;
  while (left > 0 && !(unread_generations_.empty() && unread_assets_.empty())) {
    const bool generations = !unread_generations_.empty();
    auto& unread = generations ? unread_generations_ : unread_assets_;
    const std::size_t count = std::min({left, kReadByOne, unread.size()});
    // From its end, so that the oldest come first and each is put behind the others.
    const std::vector<std::int64_t> rids(unread.rbegin(), unread.rbegin() + static_cast<std::ptrdiff_t>(count));
    TRY(generations ? read_generations(connection, rids) : read_assets(connection, rids));
    unread.resize(unread.size() - count);
    left -= count;
  }
  if (left < kReadAtOnce) {
    std::erase_if(generations_, [](const GenerationEntry& entry) { return entry.profile == kGone; });
    std::erase_if(assets_, [](const AssetEntry& entry) { return entry.gone; });
  }
  return unread_generations_.empty() && unread_assets_.empty();
}

Result<void> Picture::note_all(db::Connection& connection, UserRid user) {
  seq_ = -1;  // also when the rows cannot be read now
  names_ = Names();
  generations_.clear();
  assets_.clear();
  profiles_.clear();
  profile_ids_.clear();
  const auto rid = [](const db::Row& row) { return row.integer(0); };
  TRY_ASSIGN(unread_generations_,
             connection.all({"SELECT g.rid FROM {generations} g WHERE g.user_rid = $1", user.value}, rid));
  TRY_ASSIGN(unread_assets_, connection.all({"SELECT a.rid FROM {assets} a WHERE a.user_rid = $1", user.value}, rid));
  std::ranges::sort(unread_generations_, std::greater<>());
  std::ranges::sort(unread_assets_, std::greater<>());
  return {};
}

Result<void> Picture::note_changed(db::Connection& connection, UserRid user, std::int64_t since) {
  TRY(connection.each({"SELECT kind, object_rid FROM {changes} WHERE user_rid = $1 AND seq > $2", user.value, since},
                      [&](const db::Row& row) {
                        if (row.text(0) == "generation") unread_generations_.push_back(row.integer(1));
                        if (row.text(0) == "asset") unread_assets_.push_back(row.integer(1));
                      }));
  std::ranges::sort(unread_generations_, std::greater<>());
  std::ranges::sort(unread_assets_, std::greater<>());
  return {};
}

Result<void> Picture::read_generations(db::Connection& connection, const std::vector<std::int64_t>& rids) {
  std::unordered_map<std::int64_t, Id> found;
  db::Statement statement("SELECT " FACET_COLUMNS " FROM {generations} g WHERE g.rid IN (");
  append_rids(statement, rids);
  TRY(connection.each(statement, [&](const db::Row& row) { found.emplace(row.integer(0), profile_of(row)); }));
  for (const std::int64_t rid : rids) {
    const auto profile = found.find(rid);
    put_sorted(generations_, GenerationEntry{rid, profile == found.end() ? kGone : profile->second});
  }
  return {};
}

Result<void> Picture::read_assets(db::Connection& connection, const std::vector<std::int64_t>& rids) {
  std::unordered_map<std::int64_t, AssetEntry> found;
  db::Statement statement("SELECT " FACET_ASSET_COLUMNS " FROM {assets} a WHERE a.rid IN (");
  append_rids(statement, rids);
  TRY(connection.each(statement, [&](const db::Row& row) { found.emplace(row.integer(0), asset_entry(row)); }));
  for (const std::int64_t rid : rids) {
    const auto asset = found.find(rid);
    const AssetEntry gone{.rid = rid, .generation = 0, .kind = 0, .listed = false, .deleted = true, .gone = true};
    put_sorted(assets_, asset == found.end() ? gone : asset->second);
  }
  return {};
}

// ---- counting -------------------------------------------------------------------------------------------------------

std::vector<bool> Picture::passing_profiles(const Filter& filter, Facet left_out) const {
  struct Wanted {
    Facet facet;
    const std::vector<std::string>* values;
    std::function<bool(const Profile&, const std::unordered_set<Id>&)> holds;
  };
  const auto any = [](const std::vector<Id>& ids, const std::unordered_set<Id>& wanted) {
    return std::ranges::any_of(ids, [&](Id id) { return wanted.contains(id); });
  };
  const std::array<Wanted, 7> conditions = {{
      {Facet::model, &filter.models, [](const Profile& p, const auto& wanted) { return wanted.contains(p.model); }},
      {Facet::provider, &filter.providers,
       [](const Profile& p, const auto& wanted) { return wanted.contains(p.provider); }},
      {Facet::category, &filter.categories,
       [](const Profile& p, const auto& wanted) { return wanted.contains(p.category); }},
      {Facet::status, &filter.statuses, [](const Profile& p, const auto& wanted) { return wanted.contains(p.status); }},
      {Facet::tag, &filter.tags, [&](const Profile& p, const auto& wanted) { return any(p.tags, wanted); }},
      {Facet::lora, &filter.loras, [&](const Profile& p, const auto& wanted) { return any(p.loras, wanted); }},
      {Facet::sampler, &filter.samplers, [&](const Profile& p, const auto& wanted) { return any(p.samplers, wanted); }},
  }};
  std::vector<bool> passing(profiles_.size(), true);
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    if (profiles_[i].deleted != filter.deleted) passing[i] = false;
    if (left_out != Facet::favorite && filter.favorite && profiles_[i].favorite != *filter.favorite) passing[i] = false;
  }
  for (const Wanted& wanted : conditions) {
    if (wanted.facet == left_out || wanted.values->empty()) continue;
    const auto ids = ids_of(names_, *wanted.values);
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
      if (passing[i] && !wanted.holds(profiles_[i], ids)) passing[i] = false;
    }
  }
  return passing;
}

const GenerationEntry* Picture::find_generation(std::int64_t rid) const {
  const auto found = std::ranges::lower_bound(generations_, rid, {}, &GenerationEntry::rid);
  return found != generations_.end() && found->rid == rid ? &*found : nullptr;
}

/// How many rows have each profile, of those in the filter's time.
std::vector<std::int64_t> Picture::profile_counts(const Filter& filter, const std::vector<std::int64_t>* only) const {
  std::vector<std::int64_t> counts(profiles_.size(), 0);
  if (only != nullptr) {
    for (const std::int64_t rid : *only) {
      if (const GenerationEntry* entry = find_generation(rid)) ++counts[entry->profile];
    }
    return counts;
  }
  auto first = generations_.begin();
  auto last = generations_.end();
  if (filter.created_after) {
    first = std::ranges::lower_bound(generations_, first_rid_at(*filter.created_after), {}, &GenerationEntry::rid);
  }
  if (filter.created_before) {
    last = std::ranges::lower_bound(generations_, first_rid_at(*filter.created_before), {}, &GenerationEntry::rid);
  }
  for (; first < last; ++first) {
    ++counts[first->profile];
  }
  return counts;
}

Picture::Counts Picture::count_ids(const std::vector<std::int64_t>& rows_of, const std::vector<bool>& passing,
                                   const std::function<void(const Profile&, std::int64_t, Counts&)>& add) const {
  Counts counts;
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    if (passing[i] && rows_of[i] > 0) add(profiles_[i], rows_of[i], counts);
  }
  return counts;
}

namespace {

std::vector<FacetValue> most_frequent(std::vector<FacetValue> values, std::size_t most) {
  std::ranges::sort(values, [](const FacetValue& a, const FacetValue& b) {
    return a.count != b.count ? a.count > b.count : a.value < b.value;
  });
  if (values.size() > most) values.resize(most);
  return values;
}

}  // namespace

std::vector<FacetValue> Picture::sorted(const Counts& counts, std::size_t most) const {
  std::vector<FacetValue> values;
  for (const auto& [id, count] : counts) values.push_back({names_.name(id), count});
  return most_frequent(std::move(values), most);
}

std::vector<FacetValue> Picture::count_kinds(const Filter& filter, const std::vector<std::int64_t>* only) const {
  std::array<std::int64_t, kKinds.size()> counts{};
  // What is in the trash by itself does not take its generation along: the asset's own place counts.
  Filter of_generation = filter;
  const std::vector<bool> here = passing_profiles(of_generation, Facet::none);
  of_generation.deleted = !filter.deleted;
  const std::vector<bool> there = passing_profiles(of_generation, Facet::none);
  const bool says_something = filter.has_generation();
  const auto add = [&](const AssetEntry& asset) {
    if (!asset.listed || asset.deleted != filter.deleted) return;
    if (says_something) {
      const GenerationEntry* generation = asset.generation == 0 ? nullptr : find_generation(asset.generation);
      if (generation == nullptr || !(here[generation->profile] || there[generation->profile])) return;
    }
    ++counts[asset.kind];
  };
  if (only != nullptr) {
    for (const std::int64_t rid : *only) {
      const auto found = std::ranges::lower_bound(assets_, rid, {}, &AssetEntry::rid);
      if (found != assets_.end() && found->rid == rid) add(*found);
    }
  } else {
    for (const AssetEntry& asset : assets_) {
      if (filter.created_after && asset.rid < first_rid_at(*filter.created_after)) continue;
      if (filter.created_before && asset.rid >= first_rid_at(*filter.created_before)) continue;
      add(asset);
    }
  }
  std::vector<FacetValue> values;
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    if (counts[kind] > 0) values.push_back({std::string(kKinds[kind]), counts[kind]});
  }
  return most_frequent(std::move(values), kFacetValues);
}

FacetCounts Picture::count(const Filter& filter, const std::vector<std::int64_t>* generations,
                           const std::vector<std::int64_t>* assets) const {
  const std::vector<std::int64_t> rows_of = profile_counts(filter, generations);
  const auto facet = [&](Facet own, const std::function<void(const Profile&, std::int64_t, Counts&)>& add) {
    return sorted(count_ids(rows_of, passing_profiles(filter, own), add));
  };
  const auto each = [](const std::vector<Id>& ids, std::int64_t rows, Counts& counts) {
    for (const Id id : ids) counts[id] += rows;
  };
  FacetCounts facets;
  facets.models = facet(Facet::model, [](const Profile& p, std::int64_t n, Counts& c) { c[p.model] += n; });
  facets.providers = facet(Facet::provider, [](const Profile& p, std::int64_t n, Counts& c) { c[p.provider] += n; });
  facets.categories = facet(Facet::category, [](const Profile& p, std::int64_t n, Counts& c) { c[p.category] += n; });
  facets.statuses = facet(Facet::status, [](const Profile& p, std::int64_t n, Counts& c) { c[p.status] += n; });
  facets.tags = facet(Facet::tag, [&](const Profile& p, std::int64_t n, Counts& c) { each(p.tags, n, c); });
  facets.loras = facet(Facet::lora, [&](const Profile& p, std::int64_t n, Counts& c) { each(p.loras, n, c); });
  facets.samplers = facet(Facet::sampler, [&](const Profile& p, std::int64_t n, Counts& c) { each(p.samplers, n, c); });
  const std::vector<bool> passing = passing_profiles(filter, Facet::favorite);
  std::array<std::int64_t, 2> favorites{};
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    if (passing[i]) favorites[profiles_[i].favorite ? 1 : 0] += rows_of[i];
  }
  if (favorites[1] > 0) facets.favorites.push_back({"true", favorites[1]});
  if (favorites[0] > 0) facets.favorites.push_back({"false", favorites[0]});
  facets.favorites = most_frequent(std::move(facets.favorites), kFacetValues);
  facets.kinds = count_kinds(filter, assets);
  return facets;
}

std::vector<FacetValue> Picture::tags() const {
  const Filter everything;
  const Counts counts = count_ids(profile_counts(everything, nullptr), passing_profiles(everything, Facet::none),
                                  [](const Profile& profile, std::int64_t rows, Counts& into) {
                                    for (const Id id : profile.tags) into[id] += rows;
                                  });
  return sorted(counts, counts.size());
}

// ---- the cache ------------------------------------------------------------------------------------------------------

FacetCache::FacetCache(std::size_t max_rows) : max_rows_(max_rows) {}
FacetCache::~FacetCache() = default;

std::shared_ptr<FacetCache::Owner> FacetCache::find(UserRid user) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(owners_, [&](const auto& owner) { return owner->user == user; });
  if (found != owners_.end()) {
    owners_.splice(owners_.begin(), owners_, found);
    return owners_.front();
  }
  auto owner = std::make_shared<Owner>();
  owner->user = user;
  owner->picture = std::make_unique<Picture>();
  owners_.push_front(owner);
  return owner;
}

void FacetCache::weigh(Owner& owner, std::size_t rows) {
  constexpr std::size_t kOwnerRows = 64;  // what an owner without rows weighs
  const std::lock_guard lock(mutex_);
  owner.rows = rows + kOwnerRows;
  std::size_t sum = 0;
  for (const auto& known : owners_) sum += known->rows;
  while (sum > max_rows_ && owners_.size() > 1) {
    sum -= owners_.back()->rows;
    owners_.pop_back();
  }
}

namespace {

/// What a picture does not know: rows found by words, seeds, ids or sizes.
bool needs_search(const Filter& filter, const std::vector<std::string>& words) {
  return !words.empty() || !filter.seeds.empty() || !filter.generations.empty() || !filter.kinds.empty() ||
         filter.min_size.has_value();
}

/// The filters that only the rows can answer; the picture applies the others.
Filter only_searched(const Filter& filter) {
  return {.seeds = filter.seeds,
          .generations = filter.generations,
          .kinds = filter.kinds,
          .min_size = filter.min_size,
          .created_after = filter.created_after,
          .created_before = filter.created_before,
          .deleted = filter.deleted};
}

struct Searched {
  std::vector<std::int64_t> generations;
  std::vector<std::int64_t> assets;
  bool more = false;
};

Result<Searched> search_both(db::Connection& connection, const SearchTools& tools, UserRid user, const Filter& filter,
                             const std::vector<std::string>& words) {
  constexpr std::int64_t kAll = INT64_MAX;
  const bool bounded = !words.empty();
  Search search{.filter = only_searched(filter), .words = words, .limit = bounded ? kRanked + 1 : kAll};
  TRY_ASSIGN(const Hits generations, search_generations(connection, tools, user, search));
  search.filter.kinds.clear();  // the kinds' own facet
  TRY_ASSIGN(const Hits assets, search_assets(connection, tools, user, search));
  Searched searched{rids_of(generations), rids_of(assets)};
  for (auto* rids : {&searched.generations, &searched.assets}) {
    if (!bounded || std::ssize(*rids) <= kRanked) continue;
    searched.more = true;
    rids->resize(static_cast<std::size_t>(kRanked));
  }
  return searched;
}

}  // namespace

Result<std::optional<FacetCounts>> FacetCache::count(db::Connection& connection, const SearchTools& tools, UserRid user,
                                                     const Filter& filter, const std::vector<std::string>& words) {
  const std::shared_ptr<Owner> owner = find(user);
  std::optional<Searched> searched;
  if (needs_search(filter, words)) {
    {
      const std::lock_guard lock(owner->mutex);
      TRY_ASSIGN(const bool whole, refresh(*owner, connection));
      if (!whole) return std::nullopt;
    }
    TRY_ASSIGN(searched, search_both(connection, tools, user, filter, words));
  }
  const std::lock_guard lock(owner->mutex);
  TRY_ASSIGN(const bool whole, refresh(*owner, connection));
  if (!whole) return std::nullopt;
  FacetCounts facets = owner->picture->count(filter, searched ? &searched->generations : nullptr,
                                             searched ? &searched->assets : nullptr);
  facets.approximate = searched && searched->more;
  return facets;
}

Result<std::optional<std::vector<FacetValue>>> FacetCache::tags(db::Connection& connection, UserRid user) {
  const std::shared_ptr<Owner> owner = find(user);
  const std::lock_guard lock(owner->mutex);
  TRY_ASSIGN(const bool whole, refresh(*owner, connection));
  if (!whole) return std::nullopt;
  return owner->picture->tags();
}

Result<bool> FacetCache::refresh(Owner& owner, db::Connection& connection) {
  TRY_ASSIGN(const bool whole, owner.picture->refresh(connection, owner.user));
  weigh(owner, owner.picture->rows());
  return whole;
}

}  // namespace medialith::domain
