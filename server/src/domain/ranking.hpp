// Orders other than time: what rows are sorted by, and the pages of a ranked list.
#pragma once

#include <cstdint>
#include <vector>

#include "db/database.hpp"
#include "domain/relevance.hpp"
#include "domain/search.hpp"

namespace medialith::domain {

enum class Library : std::uint8_t { generations, assets };

using Rids = std::vector<std::int64_t>;

/// A row of `rid, prompt, negative_prompt, search_text, file_names` with how well it fits.
Position scored(const db::Row& row, Relevance& relevance);

/// The rids of a statement whose first column they are.
Result<Rids> read_rids(db::Connection& connection, const db::Statement& statement);

/// What the rows of a search's page are found by: the page itself by time, or the newest to be ranked.
Search by_time(Search search);

/// The page of a search that has no words: the first kRanked rows, or those after `search.after` by `updated`.
Result<std::vector<Position>> ranked_page(db::Connection& connection, Library library, UserRid user,
                                          const Search& search);

/// The page of a search whose newest matches are `rids`, at most kRanked.
Result<std::vector<Position>> ranked_page(db::Connection& connection, Library library, const Search& search,
                                          const Rids& rids);

}  // namespace medialith::domain
