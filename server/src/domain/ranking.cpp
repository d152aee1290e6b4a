#include "domain/ranking.hpp"

#include <algorithm>

namespace medialith::domain {
namespace {

/// `SELECT rid, key FROM …`; what has no value comes last in either order.
db::Statement keyed(Library library, const Search& search) {
  const bool falls = search.order == Order::newest_first;
  const bool generations = library == Library::generations;
  switch (search.sort) {
    case Sort::cost:
      return falls ? db::Statement(
                         "SELECT g.rid, coalesce(CAST(g.cost_amount AS DOUBLE PRECISION), -1e300)"
                         " FROM {generations} g WHERE ")
                   : db::Statement(
                         "SELECT g.rid, coalesce(CAST(g.cost_amount AS DOUBLE PRECISION), 1e300)"
                         " FROM {generations} g WHERE ");
    case Sort::size:
      return falls ? db::Statement(
                         "SELECT a.rid, coalesce(CAST(a.size AS DOUBLE PRECISION), -1e300) FROM {assets} a"
                         " LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE ")
                   : db::Statement(
                         "SELECT a.rid, coalesce(CAST(a.size AS DOUBLE PRECISION), 1e300) FROM {assets} a"
                         " LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE ");
    case Sort::duration:
      if (generations) {
        return falls ? db::Statement(
                           "SELECT g.rid, coalesce(CAST(g.duration_ms AS DOUBLE PRECISION), -1e300)"
                           " FROM {generations} g WHERE ")
                     : db::Statement(
                           "SELECT g.rid, coalesce(CAST(g.duration_ms AS DOUBLE PRECISION), 1e300)"
                           " FROM {generations} g WHERE ");
      }
      return falls ? db::Statement(
                         "SELECT a.rid, coalesce(CAST(a.duration_ms AS DOUBLE PRECISION), -1e300)"
                         " FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE ")
                   : db::Statement(
                         "SELECT a.rid, coalesce(CAST(a.duration_ms AS DOUBLE PRECISION), 1e300)"
                         " FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE ");
    default:
      return generations ? db::Statement("SELECT g.rid, g.updated_at FROM {generations} g WHERE ")
                         : db::Statement(
                               "SELECT a.rid, a.updated_at FROM {assets} a"
                               " LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE ");
  }
}

Position read_keyed(const db::Row& row, Sort sort) {
  return {.rid = row.integer(0), .key = sort == Sort::updated ? static_cast<double>(row.time(1).ms) : row.real(1)};
}

Result<std::vector<Position>> read_scored(db::Connection& connection, Library library, const Search& search,
                                          const Rids& rids) {
  db::Statement statement =
      library == Library::generations
          ? db::Statement(
                "SELECT g.rid, g.prompt, g.negative_prompt, g.search_text, g.file_names FROM {generations} g"
                " WHERE g.rid IN (")
          : db::Statement(
                "SELECT a.rid, coalesce(g.prompt, ''), coalesce(g.negative_prompt, ''),"
                " coalesce(g.search_text, ''), coalesce(a.filename, '') FROM {assets} a"
                " LEFT JOIN {generations} g ON g.rid = a.generation_rid WHERE a.rid IN (");
  append_rids(statement, rids);
  Relevance relevance(search.words);
  return connection.all(statement, [&](const db::Row& row) { return scored(row, relevance); });
}

/// The keyset of `updated`: the only order but time that goes on beyond kRanked.
Result<std::vector<Position>> updated_page(db::Connection& connection, Library library, db::Statement statement,
                                           const Search& search) {
  const bool falls = search.order == Order::newest_first;
  const bool generations = library == Library::generations;
  if (search.after) {
    statement.append(
        generations ? (falls ? db::Sql(" AND (g.updated_at, g.rid) < (") : db::Sql(" AND (g.updated_at, g.rid) > ("))
                    : (falls ? db::Sql(" AND (a.updated_at, a.rid) < (") : db::Sql(" AND (a.updated_at, a.rid) > (")));
    statement.append_value(Time{static_cast<std::int64_t>(search.after->key)});
    statement.append(", ").append_value(search.after->rid).append(")");
  }
  statement.append(generations ? (falls ? db::Sql(" ORDER BY g.updated_at DESC, g.rid DESC LIMIT ")
                                        : db::Sql(" ORDER BY g.updated_at, g.rid LIMIT "))
                               : (falls ? db::Sql(" ORDER BY a.updated_at DESC, a.rid DESC LIMIT ")
                                        : db::Sql(" ORDER BY a.updated_at, a.rid LIMIT ")));
  statement.append_value(search.limit);
  return connection.all(statement, [](const db::Row& row) { return read_keyed(row, Sort::updated); });
}

}  // namespace

Position scored(const db::Row& row, Relevance& relevance) {
  const ScoredTexts texts{row.text(1), row.text(2), row.text(3), row.text(4)};
  return {.rid = row.integer(0), .key = relevance.score(texts)};
}

Result<Rids> read_rids(db::Connection& connection, const db::Statement& statement) {
  return connection.all(statement, [](const db::Row& row) { return row.integer(0); });
}

std::vector<std::int64_t> rids_of(const Hits& hits) {
  std::vector<std::int64_t> rids;
  rids.reserve(hits.rows.size());
  for (const Position& row : hits.rows) rids.push_back(row.rid);
  return rids;
}

std::vector<Position> page_of(std::vector<Position> ranked, const Search& search) {
  const bool falls = search.order == Order::newest_first;
  const auto stands_before = [falls](const Position& a, const Position& b) {
    if (a.key != b.key) return falls ? a.key > b.key : a.key < b.key;
    return falls ? a.rid > b.rid : a.rid < b.rid;
  };
  std::ranges::sort(ranked, stands_before);
  if (search.after) {
    const auto first = std::ranges::upper_bound(ranked, *search.after, stands_before);
    ranked.erase(ranked.begin(), first);
  }
  if (ranked.size() > static_cast<std::size_t>(search.limit)) ranked.resize(static_cast<std::size_t>(search.limit));
  return ranked;
}

Search by_time(Search search) {
  if (search.sort == Sort::created) return search;
  search.sort = Sort::created;
  search.order = Order::newest_first;
  search.after.reset();
  search.limit = kRanked;
  return search;
}

Result<std::vector<Position>> ranked_page(db::Connection& connection, Library library, UserRid user,
                                          const Search& search) {
  const bool falls = search.order == Order::newest_first;
  db::Statement statement = keyed(library, search);
  const Conditions conditions(search.filter);
  if (library == Library::generations) {
    statement.append("g.user_rid = ").append_value(user.value);
    conditions.append_to_generations(statement);
  } else {
    statement.append("a.user_rid = ").append_value(user.value);
    conditions.append_to_assets(statement);
  }
  if (search.sort == Sort::updated) return updated_page(connection, library, std::move(statement), search);
  statement.append(falls ? db::Sql(" ORDER BY 2 DESC, 1 DESC LIMIT ") : db::Sql(" ORDER BY 2, 1 LIMIT "));
  statement.append_value(kRanked);
  TRY_ASSIGN(auto rows, connection.all(statement, [&](const db::Row& row) { return read_keyed(row, search.sort); }));
  return page_of(std::move(rows), search);
}

Result<std::vector<Position>> ranked_page(db::Connection& connection, Library library, const Search& search,
                                          const Rids& rids) {
  if (rids.empty()) return std::vector<Position>();
  if (search.sort == Sort::relevance) {
    TRY_ASSIGN(auto rows, read_scored(connection, library, search, rids));
    return page_of(std::move(rows), search);
  }
  db::Statement statement = keyed(library, search);
  statement.append(library == Library::generations ? db::Sql("g.rid IN (") : db::Sql("a.rid IN ("));
  append_rids(statement, rids);
  TRY_ASSIGN(auto rows, connection.all(statement, [&](const db::Row& row) { return read_keyed(row, search.sort); }));
  return page_of(std::move(rows), search);
}

}  // namespace medialith::domain
