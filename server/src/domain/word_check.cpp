#include "domain/word_check.hpp"

#include <algorithm>

#include "domain/search_words.hpp"

namespace medialith::domain {

WordCheck::WordCheck(const db::sqlite::Tokenizer& tokenizer, const std::vector<std::string>& words)
    : tokenizer_(tokenizer) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    Word word{.tokens = tokenizer.tokens(words[i])};
    if (word.tokens.empty()) continue;
    word.ends_in_prefix = i + 1 == words.size() && ends_in_prefix(tokenizer, words[i]);
    words_.push_back(std::move(word));
  }
}

bool WordCheck::stands_at(const Word& word, std::size_t at) const {
  const std::size_t last = word.tokens.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    if (tokens_[at + i] != word.tokens[i]) return false;
  }
  const std::string& token = tokens_[at + last];
  if (!word.ends_in_prefix) return token == word.tokens[last];
  return token.starts_with(word.tokens[last]) && !is_own_token(token);
}

void WordCheck::look_in(std::string_view text) {
  tokens_ = tokenizer_.tokens(text);
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::size_t size = words_[i].tokens.size();
    for (std::size_t at = 0; !found_[i] && at + size <= tokens_.size(); ++at) found_[i] = stands_at(words_[i], at);
  }
}

bool WordCheck::passes(const db::Row& row, int texts) {
  found_.assign(words_.size(), false);
  for (int column = 1; column <= texts; ++column) look_in(row.text(column));
  return std::ranges::all_of(found_, [](bool found) { return found; });
}

Result<Rids> checked_rids(db::Connection& connection, WordCheck& check, Search search, int texts,
                          const std::function<db::Statement(const Search& rest)>& candidates) {
  Rids found;
  const auto wanted = static_cast<std::size_t>(search.limit);
  bool more = true;
  for (search.limit = kFirstStretch; more; search.limit = std::min(2 * search.limit, kLastStretch)) {
    std::int64_t rows = 0;
    TRY(connection.each(candidates(search), [&](const db::Row& row) {
      ++rows;
      search.after = Position{.rid = row.integer(0)};
      if (found.size() == wanted) return;
      if (check.passes(row, texts)) found.push_back(row.integer(0));
    }));
    more = rows == search.limit && found.size() < wanted;
  }
  return found;
}

}  // namespace medialith::domain
