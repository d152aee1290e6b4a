#include "domain/search_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "domain/trash.hpp"
#include "domain/tsquery.hpp"

namespace medialith::domain {
namespace {

// More words than these that begin alike are left to FTS5, which reads all their postings.
constexpr std::size_t kMaxExpansions = 128;

/// The length of the white space at the start of `text`: ASCII's, and Unicode's that people type.
std::size_t white_space(std::string_view text) {
  constexpr std::array<std::string_view, 3> kWide = {"\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\xAF"};  // U+A0, 3000, 202F
  if (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')) return 1;
  for (const std::string_view space : kWide) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::size_t count_letters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// A text that the tokenizer turns into exactly this stem: stemming a stem may shorten it once more (agreed, agre,
/// agr).
std::optional<std::string> text_for_stem(const db::sqlite::Tokenizer& tokenizer, const std::string& stem) {
  for (const std::string_view ending : {"", "s", "e", "ed", "ing", "es"}) {
    std::string text = stem + std::string(ending);
    const auto stems = tokenizer.tokens(text);
    if (stems.size() == 1 && stems.front() == stem) return text;
  }
  return std::nullopt;
}

db::Statement next_word(SearchIndex index, const std::string& from) {
  if (index == SearchIndex::assets) {
    return {"SELECT term FROM {asset_words} WHERE term >= $1 LIMIT 1", std::string_view(from)};
  }
  return {"SELECT term FROM {generation_words} WHERE term >= $1 LIMIT 1", std::string_view(from)};
}

/// The index's words that begin with `prefix`, up to one more than kMaxExpansions. One seek each.
Result<std::vector<std::string>> words_with(db::Connection& connection, SearchIndex index, const std::string& prefix) {
  std::vector<std::string> words;
  std::string from = prefix;
  while (words.size() <= kMaxExpansions) {
    TRY_ASSIGN(auto word,
               connection.find(next_word(index, from), [](const db::Row& row) { return std::string(row.text(0)); }));
    if (!word || !word->starts_with(prefix)) break;
    from = *word + '\x01';
    if (!is_own_token(*word)) words.push_back(std::move(*word));
  }
  return words;
}

/// The last word: its last token, from three letters on, stands for every word of the index that begins with it.
class LastWord {
 public:
  LastWord(const db::sqlite::Tokenizer& tokenizer, std::string_view word) : tokenizer_(tokenizer), word_(word) {
    tokenizer.each(word, [&](const db::sqlite::Token& token) {
      stem_ = token.text;
      begin_ = token.begin;
      end_ = token.end;
    });
  }
  bool is_prefix() const {
    return count_letters(word_.substr(begin_, end_ - begin_)) >= kPrefixLetters && end_ == word_.size();
  }

  /// Empty when no word begins so.
  Result<std::string> expand(db::Connection& connection, SearchIndex index) const {
    TRY_ASSIGN(const std::vector<std::string> stems, words_with(connection, index, stem_));
    if (stems.size() > kMaxExpansions) return quoted(word_) + "*";
    std::string any;
    for (const std::string& stem : stems) {
      const auto text = text_for_stem(tokenizer_, stem);
      if (!text) return quoted(word_) + "*";
      any += any.empty() ? "(" : " OR ";
      any += quoted(std::string(word_.substr(0, begin_)) + *text);
    }
    return any.empty() ? any : any + ")";
  }

 private:
  const db::sqlite::Tokenizer& tokenizer_;
  std::string_view word_;
  std::string stem_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// ` AND column : (a OR b)`, so that a row which cannot pass the filter is not even looked at.
void narrow(std::string& match, std::string_view column, const std::vector<std::string>& alternatives) {
  if (alternatives.empty()) return;
  match += fmt::format(" AND {} : (", column);
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    if (i > 0) match += " OR ";
    match += quoted(alternatives[i]);
  }
  match += ')';
}

void narrow_terms(std::string& match, TermKind kind, const std::vector<std::string>& values) {
  std::vector<std::string> terms;
  terms.reserve(values.size());
  for (const std::string& value : values) terms.push_back(term_of(kind, value));
  narrow(match, "search_terms", terms);
}

/// The value stands in search_text as it is; one without a letter or digit narrows nothing.
void narrow_phrases(std::string& match, const db::sqlite::Tokenizer& tokenizer,
                    const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (tokenizer.tokens(value).empty()) return;
  }
  narrow(match, "search_text", values);
}

void narrow_by(std::string& match, const db::sqlite::Tokenizer& tokenizer, const Filter& filter) {
  narrow_terms(match, TermKind::provider, filter.providers);
  narrow_terms(match, TermKind::status, filter.statuses);
  narrow_terms(match, TermKind::tag, filter.tags);
  narrow_terms(match, TermKind::lora, filter.loras);
  narrow_terms(match, TermKind::sampler, filter.samplers);
  narrow_phrases(match, tokenizer, filter.models);
  narrow_phrases(match, tokenizer, filter.categories);
  narrow_phrases(match, tokenizer, filter.seeds);
}

}  // namespace

std::vector<std::string> split_words(std::string_view q) {
  std::vector<std::string> words;
  std::string word;
  auto finish = [&] {
    if (!word.empty() && words.size() < kMaxWords && std::ranges::find(words, word) == words.end()) {
      words.push_back(word);
    }
    word.clear();
  };
  while (!q.empty()) {
    const std::size_t space = white_space(q);
    if (space > 0) {
      finish();
    } else {
      word += q.front();
    }
    q.remove_prefix(std::max<std::size_t>(space, 1));
  }
  finish();
  return words;
}

bool ends_in_prefix(const db::sqlite::Tokenizer& tokenizer, std::string_view word) {
  return LastWord(tokenizer, word).is_prefix();
}

bool is_own_token(std::string_view token) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::size_t kTermSize = 18;
  if (token.size() < 3 || token.back() != 'z') return false;
  if (token.substr(1, token.size() - 2).find_first_not_of(kHex) != std::string_view::npos) return false;
  constexpr std::string_view kKinds = "putls";
  return token.front() == 'o' || (token.size() == kTermSize && kKinds.contains(token.front()));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

Result<std::optional<MatchText>> match_text(db::Connection& connection, const db::sqlite::Tokenizer& tokenizer,
                                            SearchIndex index, UserRid user, const std::vector<std::string>& words,
                                            const Filter& filter) {
  if (connection.dialect() == db::Dialect::postgres) return tsquery_of(tokenizer, index, user, words, filter);
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (tokenizer.tokens(words[i]).empty()) continue;
    const LastWord last(tokenizer, words[i]);
    std::string one = quoted(words[i]);
    if (i + 1 == words.size() && last.is_prefix()) {
      TRY_ASSIGN(one, last.expand(connection, index));
      if (one.empty()) return std::nullopt;
    }
    all += (all.empty() ? "" : " AND ") + one;
  }
  if (all.empty() && !words.empty()) return std::nullopt;
  std::string match = "search_owner : " + quoted(search_owner(user));
  const bool of_generations = index == SearchIndex::generations;
  if (!all.empty()) {
    match += fmt::format(" AND {{{}}} : ({})",
                         of_generations ? "prompt negative_prompt search_text" : "filename kind content_type", all);
  }
  if (of_generations) narrow_by(match, tokenizer, filter);
  return MatchText{std::move(match)};
}

}  // namespace medialith::domain
