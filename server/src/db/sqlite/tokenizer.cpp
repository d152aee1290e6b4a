#include "db/sqlite/tokenizer.hpp"

#include <array>
#include <cassert>

#include "db/sqlite/handle.hpp"

namespace medialith::db::sqlite {

struct Tokenizer::Api {
  Handle memory;  // owns what the others point to
  fts5_tokenizer porter{};
  void* context = nullptr;
};

namespace {

fts5_api* find_api(sqlite3* memory) {
  fts5_api* found = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(memory, "SELECT fts5(?1)", -1, &statement, nullptr) != SQLITE_OK) return nullptr;
  sqlite3_bind_pointer(statement, 1, static_cast<void*>(&found), "fts5_api_ptr", nullptr);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  return found;
}

using OnToken = std::function<void(const Token&)>;

int hand_out(void* on_token, int /*flags*/, const char* token, int size, int begin, int end) {
  (*static_cast<const OnToken*>(on_token))({.text = {token, static_cast<std::size_t>(size)},
                                            .begin = static_cast<std::size_t>(begin),
                                            .end = static_cast<std::size_t>(end)});
  return SQLITE_OK;
}

}  // namespace

Tokenizer::Tokenizer() : api_(std::make_unique<Api>()) {
  api_->memory = open_memory();
  fts5_api* const fts5 = find_api(api_->memory.get());
  assert(fts5 != nullptr && "SQLite has FTS5");
  const int found = fts5->xFindTokenizer(fts5, "porter", &api_->context, &api_->porter);
  assert(found == SQLITE_OK && "FTS5 has porter");
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

void Tokenizer::each(std::string_view text, const OnToken& on_token) const {
  // An instance has buffers of its own, so each call makes one: that costs less than a lock.
  std::array<const char*, 3> arguments = {"unicode61", "remove_diacritics", "2"};
  Fts5Tokenizer* tokenizer = nullptr;
  const int made = api_->porter.xCreate(api_->context, arguments.data(), arguments.size(), &tokenizer);
  assert(made == SQLITE_OK && "a tokenizer takes a few hundred bytes");
  const void* const context = &on_token;
  (void)api_->porter.xTokenize(tokenizer, const_cast<void*>(context), FTS5_TOKENIZE_DOCUMENT,
                               text.empty() ? "" : text.data(), static_cast<int>(text.size()), hand_out);
  api_->porter.xDelete(tokenizer);
}

std::vector<std::string> Tokenizer::tokens(std::string_view text) const {
  std::vector<std::string> tokens;
  each(text, [&](const Token& token) { tokens.emplace_back(token.text); });
  return tokens;
}

}  // namespace medialith::db::sqlite
