#include "domain/tsquery.hpp"

#include <algorithm>
#include <string_view>

#include "db/postgres/words.hpp"
#include "domain/trash.hpp"
#include "domain/word_check.hpp"

namespace medialith::domain {
namespace {

using db::postgres::Reach;
using db::sqlite::Tokenizer;

/// Whether one of our own tokens may begin so: the index does not know which column a token is from.
bool may_begin_own_token(std::string_view prefix) {
  constexpr std::string_view kKinds = "oputls";
  constexpr std::string_view kHex = "0123456789abcdef";
  if (!kKinds.contains(prefix.front())) return false;
  const std::size_t end = prefix.find_first_not_of(kHex, 1);
  return end == std::string_view::npos || (end == prefix.size() - 1 && prefix[end] == 'z');
}

/// Operands that must all, or of which any must, be there.
class Operands {
 public:
  explicit Operands(std::string_view between) : between_(between) {}
  void add(std::string_view operand) {
    if (!text_.empty()) text_ += between_;
    text_ += operand;
  }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }
  std::string in_parentheses() const { return "(" + text_ + ")"; }

 private:
  std::string_view between_;
  std::string text_;
};

void add_words(MatchText& match, Operands& all, const Tokenizer& tokenizer, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::vector<std::string> tokens = tokenizer.tokens(words[i]);
    const bool ends_in_a_prefix = i + 1 == words.size() && ends_in_prefix(tokenizer, words[i]);
    // Whether tokens stand together is not asked of the index: it has no positions beyond 16 383.
    if (tokens.size() > 1) match.needs_check = true;
    for (std::size_t n = 0; n < tokens.size(); ++n) {
      const bool is_prefix = ends_in_a_prefix && n + 1 == tokens.size();
      all.add(db::postgres::tsquery_operand(tokens[n], is_prefix ? Reach::prefix : Reach::whole));
      const bool is_cut = tokens[n].size() > db::postgres::kTokenBytes;
      if (is_cut || (is_prefix ? may_begin_own_token(tokens[n]) : is_own_token(tokens[n]))) match.needs_check = true;
    }
  }
}

void narrow_terms(Operands& all, TermKind kind, const std::vector<std::string>& values) {
  Operands any(" | ");
  for (const std::string& value : values) {
    any.add(db::postgres::tsquery_operand(term_of(kind, value), Reach::whole));
  }
  if (!any.empty()) all.add(any.in_parentheses());
}

/// The value's tokens stand in search_text; one without a letter or digit narrows nothing.
void narrow_texts(Operands& all, const Tokenizer& tokenizer, const std::vector<std::string>& values) {
  Operands any(" | ");
  for (const std::string& value : values) {
    Operands each(" & ");
    for (const std::string& token : tokenizer.tokens(value)) {
      each.add(db::postgres::tsquery_operand(token, Reach::whole));
    }
    if (each.empty()) return;
    any.add(each.in_parentheses());
  }
  if (!any.empty()) all.add(any.in_parentheses());
}

}  // namespace

namespace {

// The columns of FTS5's documents, behind the rid.
#define GENERATION_TEXTS \
  "substr(g.prompt, 1, 65536), substr(g.negative_prompt, 1, 65536), g.search_text || ' ' || g.file_names"
constexpr int kGenerationTexts = 3;
#define ASSET_TEXTS "coalesce(a.filename, ''), a.kind, a.content_type"
constexpr int kAssetTexts = 3;

bool falls(const Search& search) { return search.order == Order::newest_first; }

db::Statement generations_page(UserRid user, const Search& search, const MatchText& match, const Narrow& narrow) {
  db::Statement statement(match.needs_check ? db::Sql("SELECT g.rid, " GENERATION_TEXTS " FROM {generations} g"
                                                      " WHERE g.user_rid = $1 AND g.search @@ CAST($2 AS tsquery)")
                                            : db::Sql("SELECT g.rid FROM {generations} g"
                                                      " WHERE g.user_rid = $1 AND g.search @@ CAST($2 AS tsquery)"),
                          user.value, std::string_view(match.text));
  narrow(statement);
  if (search.after) {
    statement.append(falls(search) ? db::Sql(" AND g.rid < ") : db::Sql(" AND g.rid > "));
    statement.append_value(search.after->rid);
  }
  statement.append(falls(search) ? db::Sql(" ORDER BY g.rid DESC LIMIT ") : db::Sql(" ORDER BY g.rid LIMIT "));
  return std::move(statement.append_value(search.limit));
}

db::Statement assets_page(UserRid user, const Search& search, const MatchText& match, const Narrow& narrow) {
  db::Statement statement(
      match.needs_check ? db::Sql("SELECT a.rid, " ASSET_TEXTS " FROM {assets} a LEFT JOIN {generations} g ON g.rid ="
                                  " a.generation_rid WHERE a.user_rid = $1 AND a.search @@ CAST($2 AS tsquery)")
                        : db::Sql("SELECT a.rid FROM {assets} a LEFT JOIN {generations} g ON g.rid = a.generation_rid"
                                  " WHERE a.user_rid = $1 AND a.search @@ CAST($2 AS tsquery)"),
      user.value, std::string_view(match.text));
  narrow(statement);
  if (search.after) {
    statement.append(falls(search) ? db::Sql(" AND a.rid < ") : db::Sql(" AND a.rid > "));
    statement.append_value(search.after->rid);
  }
  statement.append(falls(search) ? db::Sql(" ORDER BY a.rid DESC LIMIT ") : db::Sql(" ORDER BY a.rid LIMIT "));
  return std::move(statement.append_value(search.limit));
}

}  // namespace

std::optional<MatchText> tsquery_of(const Tokenizer& tokenizer, SearchIndex index, UserRid user,
                                    const std::vector<std::string>& words, const Filter& filter) {
  MatchText match;
  Operands all(" & ");
  add_words(match, all, tokenizer, words);
  if (all.empty() && !words.empty()) return std::nullopt;
  all.add(db::postgres::tsquery_operand(search_owner(user), Reach::whole));
  if (index == SearchIndex::generations) {
    narrow_terms(all, TermKind::provider, filter.providers);
    narrow_terms(all, TermKind::status, filter.statuses);
    narrow_terms(all, TermKind::tag, filter.tags);
    narrow_terms(all, TermKind::lora, filter.loras);
    narrow_terms(all, TermKind::sampler, filter.samplers);
    narrow_texts(all, tokenizer, filter.models);
    narrow_texts(all, tokenizer, filter.categories);
    narrow_texts(all, tokenizer, filter.seeds);
  }
  match.text = all.text();
  return match;
}

Result<Rids> generations_by_tsquery(db::Connection& connection, const Tokenizer& tokenizer, UserRid user,
                                    const Search& search, const MatchText& match, const Narrow& narrow) {
  if (!match.needs_check) return read_rids(connection, generations_page(user, search, match, narrow));
  WordCheck check(tokenizer, search.words);
  return checked_rids(connection, check, search, kGenerationTexts,
                      [&](const Search& rest) { return generations_page(user, rest, match, narrow); });
}

Result<Rids> assets_by_tsquery(db::Connection& connection, const Tokenizer& tokenizer, UserRid user,
                               const Search& search, const MatchText& match, const Narrow& narrow) {
  if (!match.needs_check) return read_rids(connection, assets_page(user, search, match, narrow));
  WordCheck check(tokenizer, search.words);
  return checked_rids(connection, check, search, kAssetTexts,
                      [&](const Search& rest) { return assets_page(user, rest, match, narrow); });
}

Result<Rids> tsquery_among(db::Connection& connection, const Tokenizer& tokenizer,
                           const std::vector<std::string>& words, const MatchText& match, const Rids& generations) {
  db::Statement statement(match.needs_check
                              ? db::Sql("SELECT g.rid, " GENERATION_TEXTS
                                        " FROM {generations} g WHERE g.search @@ CAST($1 AS tsquery) AND g.rid IN (")
                              : db::Sql("SELECT g.rid FROM {generations} g WHERE g.search @@ CAST($1 AS tsquery)"
                                        " AND g.rid IN ("),
                          std::string_view(match.text));
  append_rids(statement, generations);
  if (!match.needs_check) return read_rids(connection, statement);
  WordCheck check(tokenizer, words);
  Rids found;
  TRY(connection.each(statement, [&](const db::Row& row) {
    if (check.passes(row, kGenerationTexts)) found.push_back(row.integer(0));
  }));
  return found;
}

}  // namespace medialith::domain
