// A search as somebody typed it, and the full-text query made of it. Any text is valid and none is an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "db/sqlite/tokenizer.hpp"
#include "domain/filter.hpp"

namespace medialith::domain {

/// Words looked at; a longer text is found by its first so many.
inline constexpr std::size_t kMaxWords = 64;
/// Letters from which on the last word is a prefix.
inline constexpr std::size_t kPrefixLetters = 3;

/// `q` at its white space, without repetitions. Empty for a blank q, which is no filter.
std::vector<std::string> split_words(std::string_view q);

/// `text` as a string of FTS5, whatever stands in it.
std::string quoted(std::string_view text);

/// Whether this, as the last word, stands for all that begin like it.
bool ends_in_prefix(const db::sqlite::Tokenizer& tokenizer, std::string_view word);

/// Whether a token of the index is one of our own, which nobody types: a term's (see term_of()) or an owner's.
bool is_own_token(std::string_view token);

/// The index that a query is for.
enum class SearchIndex : std::uint8_t { generations, assets };

/// A query for the full text of the engine that it was made on.
struct MatchText {
  std::string text;
  /// Of what it finds, WordCheck tells which rows match. Never so of FTS5.
  bool needs_check = false;
};

/// The query, or nullopt when it is known that nothing matches: no word has a letter or digit, or none begins like the
/// last one. `words` may be empty: then only the filter's terms count (of generations).
Result<std::optional<MatchText>> match_text(db::Connection& connection, const db::sqlite::Tokenizer& tokenizer,
                                            SearchIndex index, UserRid user, const std::vector<std::string>& words,
                                            const Filter& filter);

}  // namespace medialith::domain
