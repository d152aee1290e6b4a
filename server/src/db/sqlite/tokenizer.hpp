// FTS5's own tokenizer as a function, so that another engine's full text finds exactly what SQLite's finds.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.hpp"

namespace medialith::db::sqlite {

/// `porter unicode61 remove_diacritics 2`, as every index of ours has it. One thread at a time.
class Tokenizer {
 public:
  /// Error: internal, when this SQLite has no FTS5.
  static Result<Tokenizer> make();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// Calls `on_token` with every token of the text, in order. A token is valid only inside the call.
  void each(std::string_view text, const std::function<void(std::string_view token)>& on_token) const;

 private:
  struct Parts;
  explicit Tokenizer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace medialith::db::sqlite
