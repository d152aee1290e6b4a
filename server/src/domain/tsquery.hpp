// A search for PostgreSQL, whose index has the tokens of FTS5 and not its columns (docs/adr/0010-search.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "db/sqlite/tokenizer.hpp"
#include "domain/filter.hpp"
#include "domain/ranking.hpp"
#include "domain/search.hpp"
#include "domain/search_words.hpp"

namespace medialith::domain {

/// The text of a tsquery that finds every row which FTS5 would find, and perhaps more: then it needs a check. nullopt
/// when no word has a letter or digit.
std::optional<MatchText> tsquery_of(const db::sqlite::Tokenizer& tokenizer, SearchIndex index, UserRid user,
                                    const std::vector<std::string>& words, const Filter& filter);

/// Appends what must hold of a row besides, such as one of the ways of Conditions.
using Narrow = std::function<void(db::Statement&)>;

/// The page of generations g that match, by time. What `narrow` binds outlives the call.
Result<Rids> generations_by_tsquery(db::Connection& connection, const db::sqlite::Tokenizer& tokenizer, UserRid user,
                                    const Search& search, const MatchText& match, const Narrow& narrow);
/// The same of assets a, by their own index; g is an asset's generation.
Result<Rids> assets_by_tsquery(db::Connection& connection, const db::sqlite::Tokenizer& tokenizer, UserRid user,
                               const Search& search, const MatchText& match, const Narrow& narrow);
/// Which of some of the owner's generations match.
Result<Rids> tsquery_among(db::Connection& connection, const db::sqlite::Tokenizer& tokenizer,
                           const std::vector<std::string>& words, const MatchText& match, const Rids& generations);

}  // namespace medialith::domain
