#include "domain/search.hpp"

#include <utility>

#include "domain/ranking.hpp"
#include "domain/search_words.hpp"
#include "domain/texts.hpp"
#include "domain/tsquery.hpp"

namespace medialith::domain {
namespace {

using db::sqlite::Tokenizer;

// Rows looked at in one statement of a search for substrings.
constexpr std::int64_t kStretch = 4096;

using Positions = std::vector<Position>;

bool falls(const Search& search) { return search.order == Order::newest_first; }

#define MATCHES                                                                                   \
  " FROM {generations_search} s CROSS JOIN {generations} g WHERE s.{generations_search} MATCH $2" \
  " AND g.rid = s.rowid AND g.user_rid = $1"

Positions unscored(const Rids& rids) {
  Positions rows;
  rows.reserve(rids.size());
  for (const std::int64_t rid : rids) rows.push_back({.rid = rid});
  return rows;
}

/// By time, from `search.after` on, over full text and with it the rows themselves. `relevance`: if not null, they are
/// scored while they are at hand (not on PostgreSQL).
Result<Positions> matches(db::Connection& connection, const Tokenizer& tokenizer, UserRid user, const Search& search,
                          const MatchText& match, Relevance* relevance) {
  const Conditions conditions(search.filter);
  if (connection.dialect() == db::Dialect::postgres) {
    TRY_ASSIGN(const Rids rids,
               generations_by_tsquery(connection, tokenizer, user, search, match,
                                      [&](db::Statement& statement) { conditions.append_to_generations(statement); }));
    return unscored(rids);
  }
  db::Statement statement(
      relevance == nullptr ? db::Sql("SELECT g.rid" MATCHES)
                           : db::Sql("SELECT g.rid, g.prompt, g.negative_prompt, g.search_text, g.file_names" MATCHES),
      user.value, std::string_view(match.text));
  conditions.append_to_generations(statement);
  // The bounds of time once more, where full text can seek by them.
  const Filter& filter = search.filter;
  if (filter.created_after) statement.append(" AND s.rowid >= ").append_value(first_rid_at(*filter.created_after));
  if (filter.created_before) statement.append(" AND s.rowid < ").append_value(first_rid_at(*filter.created_before));
  if (search.after) {
    statement.append(falls(search) ? db::Sql(" AND s.rowid < ") : db::Sql(" AND s.rowid > "));
    statement.append_value(search.after->rid);
  }
  statement.append(falls(search) ? db::Sql(" ORDER BY s.rowid DESC LIMIT ") : db::Sql(" ORDER BY s.rowid LIMIT "));
  statement.append_value(search.limit);
  return connection.all(statement, [&](const db::Row& row) {
    return relevance == nullptr ? Position{.rid = row.integer(0)} : scored(row, *relevance);
  });
}

/// By time along the owner's index, without full text.
Result<Rids> walk(db::Connection& connection, UserRid user, const Search& search) {
  const Conditions conditions(search.filter);
  db::Statement statement("SELECT g.rid");
  append_walk(statement, user, conditions, search);
  return read_rids(connection, statement);
}

/// By time, every word a substring of the row. In stretches, so that it ends with the page.
Result<Rids> with_substrings(db::Connection& connection, TextCache& cache, UserRid user, Search search) {
  Rids found;
  const Substrings substrings(search.words);
  TRY_ASSIGN(TextSearch texts, TextSearch::begin(connection, cache, user, substrings));
  const std::int64_t wanted = std::exchange(search.limit, kStretch);
  std::int64_t rows = kStretch;
  for (std::int64_t seen = 0; seen < kSubstringRows && rows == kStretch && std::ssize(found) < wanted; seen += rows) {
    TRY_ASSIGN(const Rids rids, walk(connection, user, search));
    TRY_ASSIGN(const std::vector<FoundWords> words, texts.found_in(rids));
    for (std::size_t i = 0; i < rids.size() && std::ssize(found) < wanted; ++i) {
      if (words[i] == substrings.all()) found.push_back(rids[i]);
    }
    rows = std::ssize(rids);
    if (rows > 0) search.after = Position{.rid = rids.back()};
  }
  return found;
}

struct Found {
  Positions rows;
  Matching matching = Matching::words;
};

/// Whether the words find anything at all, wherever the page stands.
Result<bool> finds_anything(db::Connection& connection, const Tokenizer& tokenizer, UserRid user, Search search,
                            const MatchText& match) {
  search.after.reset();
  search.limit = 1;
  TRY_ASSIGN(const Positions first, matches(connection, tokenizer, user, search, match, nullptr));
  return !first.empty();
}

/// The page by time. `relevance`: scores what the words find.
Result<Found> find(db::Connection& connection, const SearchTools& tools, UserRid user, const Search& search,
                   Relevance* relevance) {
  if (search.words.empty() && !search.filter.has_terms()) {
    TRY_ASSIGN(const Rids rids, walk(connection, user, search));
    return Found{unscored(rids)};
  }
  if (search.matching == Matching::words) {
    TRY_ASSIGN(const auto match,
               match_text(connection, tools.tokenizer, SearchIndex::generations, user, search.words, search.filter));
    Positions rows;
    if (match) {
      TRY_ASSIGN(rows, matches(connection, tools.tokenizer, user, search, *match, relevance));
    }
    if (!rows.empty() || search.words.empty()) return Found{std::move(rows)};
    bool anything = false;
    if (match && search.after) {
      TRY_ASSIGN(anything, finds_anything(connection, tools.tokenizer, user, search, *match));
    }
    if (anything) return Found{};
  }
  TRY_ASSIGN(const Rids rids, with_substrings(connection, tools.texts, user, search));
  return Found{unscored(rids), Matching::substrings};
}

}  // namespace

void append_walk(db::Statement& statement, UserRid user, const Conditions& conditions, const Search& search) {
  statement.append(" FROM {generations} g WHERE g.user_rid = ").append_value(user.value);
  conditions.append_to_generations(statement);
  if (search.after) {
    statement.append(falls(search) ? db::Sql(" AND g.rid < ") : db::Sql(" AND g.rid > "));
    statement.append_value(search.after->rid);
  }
  statement.append(falls(search) ? db::Sql(" ORDER BY g.rid DESC LIMIT ") : db::Sql(" ORDER BY g.rid LIMIT "));
  statement.append_value(search.limit);
}

Result<Hits> search_generations(db::Connection& connection, const SearchTools& tools, UserRid user,
                                const Search& search) {
  Hits hits;
  if (search.words.empty() && search.sort != Sort::created) {
    TRY_ASSIGN(hits.rows, ranked_page(connection, Library::generations, user, search));
    return hits;
  }
  Relevance relevance(search.words);
  const bool scores = search.sort == Sort::relevance && connection.dialect() != db::Dialect::postgres;
  TRY_ASSIGN(Found found, find(connection, tools, user, by_time(search), scores ? &relevance : nullptr));
  hits.matching = found.matching;
  hits.rows = std::move(found.rows);
  if (scores && hits.matching == Matching::words) {
    hits.rows = page_of(std::move(hits.rows), search);
  } else if (search.sort != Sort::created) {
    TRY_ASSIGN(hits.rows, ranked_page(connection, Library::generations, search, rids_of(hits)));
  }
  return hits;
}

}  // namespace medialith::domain
