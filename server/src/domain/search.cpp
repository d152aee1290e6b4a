#include "domain/search.hpp"

#include <utility>

#include "domain/ranking.hpp"
#include "domain/search_words.hpp"
#include "domain/substring.hpp"
#include "domain/tsquery.hpp"

namespace medialith::domain {
namespace {

using db::sqlite::Tokenizer;

// Rows looked at in one statement of a search for substrings.
constexpr std::int64_t kStretch = 4096;

bool falls(const Search& search) { return search.order == Order::newest_first; }

/// By time, from `search.after` on, over full text and with it the rows themselves.
Result<Rids> matches(db::Connection& connection, const Tokenizer& tokenizer, UserRid user, const Search& search,
                     const MatchText& match) {
  const Conditions conditions(search.filter);
  if (connection.dialect() == db::Dialect::postgres) {
    return generations_by_tsquery(connection, tokenizer, user, search, match,
                                  [&](db::Statement& statement) { conditions.append_to_generations(statement); });
  }
  db::Statement statement(
      "SELECT g.rid FROM {generations_search} s CROSS JOIN {generations} g WHERE s.{generations_search} MATCH $2"
      " AND g.rid = s.rowid AND g.user_rid = $1",
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
  return read_rids(connection, statement);
}

/// By time along the owner's index, without full text.
Result<Rids> walk(db::Connection& connection, UserRid user, const Search& search) {
  db::Statement statement("SELECT g.rid FROM {generations} g WHERE g.user_rid = $1", user.value);
  const Conditions conditions(search.filter);
  conditions.append_to_generations(statement);
  if (search.after) {
    statement.append(falls(search) ? db::Sql(" AND g.rid < ") : db::Sql(" AND g.rid > "));
    statement.append_value(search.after->rid);
  }
  statement.append(falls(search) ? db::Sql(" ORDER BY g.rid DESC LIMIT ") : db::Sql(" ORDER BY g.rid LIMIT "));
  statement.append_value(search.limit);
  return read_rids(connection, statement);
}

/// By time, every word a substring of the row. In stretches, so that it ends with the page.
Result<Rids> with_substrings(db::Connection& connection, UserRid user, Search search) {
  Rids found;
  Substrings substrings(search.words);
  const Conditions conditions(search.filter);
  const auto wanted = static_cast<std::size_t>(search.limit);
  std::int64_t rows = kStretch;
  for (std::int64_t seen = 0; seen < kSubstringRows && rows == kStretch && found.size() < wanted; seen += rows) {
    db::Statement statement(
        "SELECT g.rid, g.prompt, g.model_name, g.model_id, g.category, g.provider FROM {generations} g"
        " WHERE g.user_rid = $1",
        user.value);
    conditions.append_to_generations(statement);
    if (search.after) {
      statement.append(falls(search) ? db::Sql(" AND g.rid < ") : db::Sql(" AND g.rid > "));
      statement.append_value(search.after->rid);
    }
    statement.append(falls(search) ? db::Sql(" ORDER BY g.rid DESC LIMIT ") : db::Sql(" ORDER BY g.rid LIMIT "));
    statement.append_value(kStretch);
    rows = 0;
    TRY(connection.each(statement, [&](const db::Row& row) {
      ++rows;
      search.after = Position{.rid = row.integer(0)};
      if (found.size() == wanted) return;
      substrings.begin();
      for (int column = 1; column <= 5; ++column) substrings.look_in(row.text(column));
      if (substrings.all_found()) found.push_back(row.integer(0));
    }));
  }
  return found;
}

struct Found {
  Rids rids;
  Matching matching = Matching::words;
};

/// Whether the words find anything at all, wherever the page stands.
Result<bool> finds_anything(db::Connection& connection, const Tokenizer& tokenizer, UserRid user, Search search,
                            const MatchText& match) {
  search.after.reset();
  search.limit = 1;
  TRY_ASSIGN(const Rids first, matches(connection, tokenizer, user, search, match));
  return !first.empty();
}

/// The page by time.
Result<Found> find(db::Connection& connection, const Tokenizer& tokenizer, UserRid user, const Search& search) {
  if (search.words.empty() && !search.filter.has_terms()) {
    TRY_ASSIGN(Rids rids, walk(connection, user, search));
    return Found{std::move(rids)};
  }
  if (search.matching == Matching::words) {
    TRY_ASSIGN(const auto match,
               match_text(connection, tokenizer, SearchIndex::generations, user, search.words, search.filter));
    Rids rids;
    if (match) {
      TRY_ASSIGN(rids, matches(connection, tokenizer, user, search, *match));
    }
    if (!rids.empty() || search.words.empty()) return Found{std::move(rids)};
    bool anything = false;
    if (match && search.after) {
      TRY_ASSIGN(anything, finds_anything(connection, tokenizer, user, search, *match));
    }
    if (anything) return Found{};
  }
  TRY_ASSIGN(Rids rids, with_substrings(connection, user, search));
  return Found{std::move(rids), Matching::substrings};
}

}  // namespace

Result<Hits> search_generations(db::Connection& connection, const Tokenizer& tokenizer, UserRid user,
                                const Search& search) {
  Hits hits;
  if (search.words.empty() && search.sort != Sort::created) {
    TRY_ASSIGN(hits.rows, ranked_page(connection, Library::generations, user, search));
    return hits;
  }
  TRY_ASSIGN(const Found found, find(connection, tokenizer, user, by_time(search)));
  hits.matching = found.matching;
  if (search.sort != Sort::created) {
    TRY_ASSIGN(hits.rows, ranked_page(connection, Library::generations, search, found.rids));
    return hits;
  }
  for (const std::int64_t rid : found.rids) hits.rows.push_back({.rid = rid});
  return hits;
}

}  // namespace medialith::domain
