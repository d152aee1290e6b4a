// Which of the rows that an index names really have the words of a search: what FTS5 decides by itself, by the row.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "db/sqlite/tokenizer.hpp"
#include "domain/ranking.hpp"
#include "domain/search.hpp"

namespace medialith::domain {

/// Used by one thread at a time: it keeps a buffer.
class WordCheck {
 public:
  /// `tokenizer` outlives it.
  WordCheck(const db::sqlite::Tokenizer& tokenizer, const std::vector<std::string>& words);
  /// Whether each word, its tokens one behind the other, stands in one of the texts: columns 1 to `texts` of the row.
  bool passes(const db::Row& row, int texts);

 private:
  struct Word {
    std::vector<std::string> tokens;
    bool ends_in_prefix = false;
  };
  void look_in(std::string_view text);
  bool stands_at(const Word& word, std::size_t at) const;

  const db::sqlite::Tokenizer& tokenizer_;
  std::vector<Word> words_;
  std::vector<bool> found_;
  std::vector<std::string> tokens_;
};

/// Rows looked at in the first statement of checked_rids(): most of them pass, as a rule. Each further statement takes
/// twice as many, up to the last.
inline constexpr std::int64_t kFirstStretch = 32;
inline constexpr std::int64_t kLastStretch = 512;

/// The rids of the rows that pass the check, at most search.limit, from search.after on. `candidates(rest)` is a
/// statement of at most rest.limit rows from rest.after on in the search's order: a rid and `texts` texts.
Result<Rids> checked_rids(db::Connection& connection, WordCheck& check, Search search, int texts,
                          const std::function<db::Statement(const Search& rest)>& candidates);

}  // namespace medialith::domain
