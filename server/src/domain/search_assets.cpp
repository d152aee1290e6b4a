// Assets match by their own index or by their generation's. Generations are ordered by their own rids, and an asset may
// be much younger than its generation, so neither list can simply be followed.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "domain/ranking.hpp"
#include "domain/search.hpp"
#include "domain/search_words.hpp"
#include "domain/texts.hpp"

namespace medialith::domain {
namespace {

// Up to so many matching generations are listed whole; beyond it, assets are walked and their generations looked up.
constexpr std::int64_t kListedGenerations = 1000;
// Assets walked, and rows looked at for substrings, in one statement.
constexpr std::int64_t kWalked = 512;
constexpr std::int64_t kStretch = 4096;

bool falls(const Search& search) { return search.order == Order::newest_first; }

void append_page(db::Statement& statement, const Search& search, std::int64_t limit) {
  if (search.after) {
    statement.append(falls(search) ? db::Sql(" AND a.rid < ") : db::Sql(" AND a.rid > "));
    statement.append_value(search.after->rid);
  }
  statement.append(falls(search) ? db::Sql(" ORDER BY a.rid DESC LIMIT ") : db::Sql(" ORDER BY a.rid LIMIT "));
  statement.append_value(limit);
}

Result<Rids> walk(db::Connection& connection, UserRid user, const Search& search) {
  db::Statement statement(
      "SELECT a.rid FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE a.user_rid = $1",
      user.value);
  const Conditions conditions(search.filter);
  conditions.append_to_assets(statement);
  append_page(statement, search, search.limit);
  return read_rids(connection, statement);
}

/// Merges two pages of one order and keeps the first `search.limit`.
Rids merged(const Rids& a, const Rids& b, const Search& search) {
  Rids all;
  if (falls(search)) {
    std::ranges::set_union(a, b, std::back_inserter(all), std::greater<>());
  } else {
    std::ranges::set_union(a, b, std::back_inserter(all));
  }
  if (all.size() > static_cast<std::size_t>(search.limit)) all.resize(static_cast<std::size_t>(search.limit));
  return all;
}

/// One page of one search, by time.
class AssetPage {
 public:
  AssetPage(db::Connection& connection, UserRid user, const Search& search)
      : connection_(connection), user_(user), search_(search), conditions_(search.filter) {}

  /// By words and terms. `own`: the query of the assets' index; `of_generations`: that of theirs.
  Result<Rids> by_words(const std::optional<std::string>& own, const std::optional<std::string>& of_generations) {
    Rids named;
    if (own) {
      TRY_ASSIGN(named, own_matches(*own));
    }
    Rids brought;
    if (of_generations) {
      TRY_ASSIGN(brought, matches_of_generations(*of_generations));
    }
    return merged(named, brought, search_);
  }

  Result<Rids> by_substrings(TextCache& cache) {
    struct Seen {
      std::int64_t rid;
      FoundWords named;  // by its own name
    };
    Rids found;
    const Substrings substrings(search_.words);
    TRY_ASSIGN(TextSearch texts, TextSearch::begin(connection_, cache, user_, substrings));
    Search rest = search_;
    std::int64_t rows = kStretch;
    for (std::int64_t seen = 0; seen < kSubstringRows && rows == kStretch && !is_full(found); seen += rows) {
      db::Statement statement(
          "SELECT a.rid, coalesce(a.filename, ''), coalesce(a.generation_rid, 0) FROM {assets} a"
          " LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE a.user_rid = $1",
          user_.value);
      conditions_.append_to_assets(statement);
      append_page(statement, rest, kStretch);
      std::vector<Seen> assets;
      Rids generations;
      TRY(connection_.each(statement, [&](const db::Row& row) {
        assets.push_back({row.integer(0), substrings.found_in(without_case(row.text(1)))});
        generations.push_back(row.integer(2));
      }));
      TRY_ASSIGN(const std::vector<FoundWords> words, texts.found_in(generations));
      for (std::size_t i = 0; i < assets.size() && !is_full(found); ++i) {
        if ((assets[i].named | words[i]) == substrings.all()) found.push_back(assets[i].rid);
      }
      rows = std::ssize(assets);
      if (rows > 0) rest.after = Position{.rid = assets.back().rid};
    }
    return found;
  }

 private:
  bool is_full(const Rids& found) const { return std::ssize(found) >= search_.limit; }

  Result<Rids> own_matches(const std::string& match) {
    db::Statement statement(
        "SELECT a.rid FROM {assets_search} s CROSS JOIN {assets} a LEFT JOIN {generations} g"
        " ON g.rid = a.generation_rid WHERE s.{assets_search} MATCH $2 AND a.rid = s.rowid AND a.user_rid = $1",
        user_.value, std::string_view(match));
    conditions_.append_to_assets(statement);
    append_page(statement, search_, search_.limit);
    return read_rids(connection_, statement);
  }

  Result<Rids> matches_of_generations(const std::string& match) {
    db::Statement statement(
        "SELECT g.rid FROM {generations_search} s CROSS JOIN {generations} g WHERE s.{generations_search} MATCH $2"
        " AND g.rid = s.rowid AND g.user_rid = $1",
        user_.value, std::string_view(match));
    conditions_.append_of_generation(statement);
    statement.append(" ORDER BY s.rowid DESC LIMIT ").append_value(kListedGenerations + 1);
    TRY_ASSIGN(const Rids generations, read_rids(connection_, statement));
    if (generations.empty()) return Rids();
    if (static_cast<std::int64_t>(generations.size()) > kListedGenerations) return walked(match);
    db::Statement theirs(
        "SELECT a.rid FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE a.user_rid = $1",
        user_.value);
    conditions_.append_to_assets(theirs);
    theirs.append(" AND a.generation_rid IN (");
    append_rids(theirs, generations);
    append_page(theirs, search_, search_.limit);
    return read_rids(connection_, theirs);
  }

  struct Walked {
    std::int64_t rid;
    std::int64_t generation;
  };

  Result<Rids> walked(const std::string& match) {
    Rids found;
    Search rest = search_;
    std::vector<Walked> assets(static_cast<std::size_t>(kWalked));
    while (static_cast<std::int64_t>(assets.size()) == kWalked && found.size() < static_cast<std::size_t>(rest.limit)) {
      db::Statement statement(
          "SELECT a.rid, a.generation_rid FROM {assets} a JOIN {generations} g ON g.rid = a.generation_rid"
          " WHERE a.user_rid = $1",
          user_.value);
      conditions_.append_to_assets(statement);
      append_page(statement, rest, kWalked);
      TRY_ASSIGN(assets,
                 connection_.all(statement, [](const db::Row& row) { return Walked{row.integer(0), row.integer(1)}; }));
      if (assets.empty()) break;
      rest.after = Position{.rid = assets.back().rid};
      TRY_ASSIGN(const auto matching, matching_of(match, assets));
      for (const Walked& asset : assets) {
        if (matching.contains(asset.generation)) found.push_back(asset.rid);
      }
    }
    return found;
  }

  /// Which of the assets' generations match: full text is read over the stretch in which they lie.
  Result<std::unordered_set<std::int64_t>> matching_of(const std::string& match, const std::vector<Walked>& assets) {
    Rids undecided;
    for (const Walked& asset : assets) undecided.push_back(asset.generation);
    std::ranges::sort(undecided, std::greater<>());
    std::unordered_set<std::int64_t> matching;
    std::size_t first = 0;
    while (first < undecided.size()) {
      TRY_ASSIGN(const Rids rids,
                 read_rids(connection_, {"SELECT s.rowid FROM {generations_search} s WHERE s.{generations_search}"
                                         " MATCH $1 AND s.rowid <= $2 AND s.rowid >= $3 ORDER BY s.rowid DESC LIMIT $4",
                                         std::string_view(match), undecided[first], undecided.back(), kWalked}));
      matching.insert(rids.begin(), rids.end());
      if (static_cast<std::int64_t>(rids.size()) < kWalked) break;
      while (first < undecided.size() && undecided[first] >= rids.back()) ++first;
    }
    return matching;
  }

  db::Connection& connection_;
  UserRid user_;
  const Search& search_;
  Conditions conditions_;
};

struct Found {
  Rids rids;
  Matching matching = Matching::words;
};

Result<Rids> by_words(db::Connection& connection, const db::sqlite::Tokenizer& tokenizer, UserRid user,
                      const Search& search) {
  std::optional<std::string> own;
  if (!search.words.empty()) {
    TRY_ASSIGN(own, match_text(connection, tokenizer, SearchIndex::assets, user, search.words, search.filter));
  }
  TRY_ASSIGN(const auto of_generations,
             match_text(connection, tokenizer, SearchIndex::generations, user, search.words, search.filter));
  return AssetPage(connection, user, search).by_words(own, of_generations);
}

Result<Found> find(db::Connection& connection, const SearchTools& tools, UserRid user, const Search& search) {
  if (search.words.empty() && !search.filter.has_terms()) {
    TRY_ASSIGN(Rids rids, walk(connection, user, search));
    return Found{std::move(rids)};
  }
  if (search.matching == Matching::words) {
    TRY_ASSIGN(Rids rids, by_words(connection, tools.tokenizer, user, search));
    if (!rids.empty() || search.words.empty()) return Found{std::move(rids)};
    if (search.after) {
      Search whole = search;
      whole.after.reset();
      whole.limit = 1;
      TRY_ASSIGN(const Rids first, by_words(connection, tools.tokenizer, user, whole));
      if (!first.empty()) return Found{};
    }
  }
  TRY_ASSIGN(Rids rids, AssetPage(connection, user, search).by_substrings(tools.texts));
  return Found{std::move(rids), Matching::substrings};
}

}  // namespace

Result<Hits> search_assets(db::Connection& connection, const SearchTools& tools, UserRid user, const Search& search) {
  Hits hits;
  if (search.words.empty() && search.sort != Sort::created) {
    TRY_ASSIGN(hits.rows, ranked_page(connection, Library::assets, user, search));
    return hits;
  }
  TRY_ASSIGN(const Found found, find(connection, tools, user, by_time(search)));
  hits.matching = found.matching;
  if (search.sort != Sort::created) {
    TRY_ASSIGN(hits.rows, ranked_page(connection, Library::assets, search, found.rids));
    return hits;
  }
  for (const std::int64_t rid : found.rids) hits.rows.push_back({.rid = rid});
  return hits;
}

}  // namespace medialith::domain
