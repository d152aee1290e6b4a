#include "db/sqlite/tokenizer.hpp"

#include <array>

#include "db/sqlite/handle.hpp"

namespace medialith::db::sqlite {
namespace {

// FTS5 hands its functions out through a pointer that an SQL function is given.
fts5_api* api_of(sqlite3* handle) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  return api;
}

}  // namespace

struct Tokenizer::Parts {
  ~Parts() {
    if (tokenizer != nullptr) functions.xDelete(tokenizer);
  }
  Handle memory;  // outlives the tokenizer
  fts5_tokenizer functions{};
  Fts5Tokenizer* tokenizer = nullptr;
};

Tokenizer::Tokenizer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::make() {
  auto parts = std::make_unique<Parts>();
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  parts->memory.reset(raw);
  fts5_api* api = opened == SQLITE_OK ? api_of(raw) : nullptr;
  // Porter stems what the tokenizer named behind it finds.
  std::array<const char*, 3> words = {"unicode61", "remove_diacritics", "2"};
  void* context = nullptr;
  if (api == nullptr || api->xFindTokenizer(api, "porter", &context, &parts->functions) != SQLITE_OK ||
      parts->functions.xCreate(context, words.data(), static_cast<int>(words.size()), &parts->tokenizer) != SQLITE_OK) {
    return fail(ErrorCode::internal, "This build's SQLite has no FTS5, which full text needs.");
  }
  return Tokenizer(std::move(parts));
}

void Tokenizer::each(std::string_view text, const std::function<void(std::string_view token)>& on_token) const {
  const auto hand_out = [](void* out, int, const char* token, int size, int, int) {
    (*static_cast<const std::function<void(std::string_view)>*>(out))({token, static_cast<std::size_t>(size)});
    return SQLITE_OK;
  };
  auto* out = const_cast<void*>(static_cast<const void*>(&on_token));
  parts_->functions.xTokenize(parts_->tokenizer, out, FTS5_TOKENIZE_DOCUMENT, text.data(),
                              static_cast<int>(text.size()), hand_out);
}

}  // namespace medialith::db::sqlite
