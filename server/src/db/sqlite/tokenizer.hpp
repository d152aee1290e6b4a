// The tokenizer that full text is indexed with, for what must be compared with the index outside of it: the words of a
// query, highlights, and engines that have no FTS5.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace medialith::db::sqlite {

/// One token: folded, without diacritics, stemmed; and where it stands in the text, in bytes.
struct Token {
  std::string_view text;  ///< valid only inside the callback
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// `porter unicode61 remove_diacritics 2` of the SQLite we link, as every index of ours has it. Thread-safe.
class Tokenizer {
 public:
  Tokenizer();
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  /// Hands out the tokens of `text` in order.
  void each(std::string_view text, const std::function<void(const Token&)>& on_token) const;
  /// Their texts.
  std::vector<std::string> tokens(std::string_view text) const;

 private:
  struct Api;
  std::unique_ptr<Api> api_;
};

}  // namespace medialith::db::sqlite
