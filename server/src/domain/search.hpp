// Which rows of a library a list shows, and in which order (design.md §5, full text; docs/adr/0010-search.md). Answers
// rids; who lists them reads the rows, unless the search is a walk: a statement that finds and reads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "db/sqlite/tokenizer.hpp"
#include "domain/filter.hpp"
#include "domain/rid.hpp"
#include "domain/texts.hpp"

namespace medialith::domain {

enum class Order : std::uint8_t { newest_first, oldest_first };  ///< of other sorts: descending, ascending

enum class Sort : std::uint8_t {
  created,
  updated,
  cost,  ///< of generations
  duration,
  size,      ///< of assets
  relevance  ///< of a search, descending
};

/// How the words were taken.
enum class Matching : std::uint8_t {
  words,      ///< of full text; when they find nothing at all, as substrings
  substrings  ///< the page before was one of substrings, so this one is too
};

struct Search {
  Filter filter;
  std::vector<std::string> words;  ///< none: no q
  Matching matching = Matching::words;
  Sort sort = Sort::created;
  Order order = Order::newest_first;
  std::optional<Position> after;
  std::int64_t limit = 50;
};

/// A search by anything but time ranks this many of the newest matches; `cost`, `duration` and `size` end there too.
inline constexpr std::int64_t kRanked = 1000;
/// Substrings are looked for in this many of the newest rows.
inline constexpr std::int64_t kSubstringRows = 100'000;

struct Hits {
  std::vector<Position> rows;
  Matching matching = Matching::words;  ///< substrings: the words found nothing
};

std::vector<std::int64_t> rids_of(const Hits& hits);

/// What searches share.
struct SearchTools {
  const db::sqlite::Tokenizer& tokenizer;
  TextCache& texts;
};

/// At most `search.limit`, in order. May read much: where `is_long()`, a long read.
Result<Hits> search_generations(db::Connection& connection, const SearchTools& tools, UserRid user,
                                const Search& search);
Result<Hits> search_assets(db::Connection& connection, const SearchTools& tools, UserRid user, const Search& search);

/// Whether the generations stand along the owner's index, by time and without full text.
inline bool is_walk(const Search& search) {
  return search.words.empty() && !search.filter.has_terms() && search.sort == Sort::created;
}
/// Behind the columns of a statement: `search.limit` generations g, by time along the owner's index. `conditions`: of
/// `search.filter`; with `search`, they outlive the statement.
void append_walk(db::Statement& statement, UserRid user, const Conditions& conditions, const Search& search);

/// Whether it is no walk along an index that ends with the page.
inline bool is_long(const Search& search) {
  return !search.words.empty() || search.filter.has_terms() ||
         (search.sort != Sort::created && search.sort != Sort::updated);
}

/// The part of `ranked` that follows `search.after`, at most `search.limit`; sorts it first.
std::vector<Position> page_of(std::vector<Position> ranked, const Search& search);

}  // namespace medialith::domain
