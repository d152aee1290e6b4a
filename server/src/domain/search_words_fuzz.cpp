// Any text may be typed into the search box: FTS5 must take what is made of it, and highlights must stay inside.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.hpp"
#include "domain/highlight.hpp"
#include "domain/search_words.hpp"
#include "domain/testing/scratch.hpp"

namespace medialith::domain {
namespace {

struct World {
  Scratch scratch;
  db::sqlite::Tokenizer tokenizer;
};

bool is_utf8(std::string_view text) {
  std::string json;
  json::Writer(json).string(text);
  return json::Document::parse(json).has_value();
}

void check(const World& world, std::string_view q) {
  const std::vector<std::string> words = split_words(q);
  if (words.size() > kMaxWords) std::abort();
  auto look = [&](db::Connection& connection) -> Result<void> {
    for (const SearchIndex index : {SearchIndex::generations, SearchIndex::assets}) {
      TRY_ASSIGN(const auto match, match_text(connection, world.tokenizer, index, {1}, words, {.models = words}));
      if (!match) continue;
      const db::Statement statement =
          index == SearchIndex::generations
              ? db::Statement("SELECT s.rowid FROM {generations_search} s WHERE s.{generations_search} MATCH $1",
                              std::string_view(match->text))
              : db::Statement("SELECT s.rowid FROM {assets_search} s WHERE s.{assets_search} MATCH $1",
                              std::string_view(match->text));
      TRY(connection.each(statement, [](const db::Row&) {}));
    }
    return {};
  };
  if (!net::run_sync(world.scratch.database->read(look))) std::abort();
  for (const Matching matching : {Matching::words, Matching::substrings}) {
    std::int64_t end = 0;
    for (const Range& range : Highlighter(world.tokenizer, words, matching).ranges(q)) {
      if (range.begin < end || range.end <= range.begin || range.end > std::ssize(q)) std::abort();
      end = range.end;
    }
  }
}

}  // namespace
}  // namespace medialith::domain

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const medialith::domain::World world;
  const std::string_view q(reinterpret_cast<const char*>(data), size);
  if (q.find('\0') == std::string_view::npos && medialith::domain::is_utf8(q)) medialith::domain::check(world, q);
  return 0;
}
