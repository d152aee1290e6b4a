#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "domain/generations.hpp"

namespace medialith::domain {
namespace {

constexpr std::size_t kMaxSearchText = 16 * 1024;
constexpr std::size_t kMaxTerms = 256;

/// One token that no tokenizer splits and no stemmer shortens: the kind's letter, 64 bits of the value's hash, `z`.
void append_term(std::string& terms, char kind, std::string_view value) {
  if (value.empty()) return;
  const Digest digest = sha256(value);
  terms += terms.empty() ? "" : " ";
  terms += fmt::format("{}{}z", kind, to_hex(std::span(digest).first(8)));
}

void append_text(std::string& text, std::string_view value) {
  if (value.empty() || text.size() + value.size() >= kMaxSearchText) return;
  text += text.empty() ? "" : " ";
  text += value;
}

/// A member of the recipe as text: strings unescaped, numbers as they stand.
std::string_view member_text(json::View recipe, std::string_view name) {
  const auto member = recipe.find(name);
  if (!member) return {};
  if (member->kind() == json::Kind::string) return member->text();
  return member->kind() == json::Kind::number ? member->raw() : std::string_view();
}

void read_recipe(SearchText& search, std::string_view recipe) {
  const auto document = json::Document::parse(std::string(recipe), {.max_depth = json::kMaxDepth, .keep_depth = 3});
  if (!document) return;  // a recipe too large to look into is found by its prompt alone
  const json::View root = document->root();
  search.negative_prompt = member_text(root, "negativePrompt");
  append_text(search.text, member_text(root, "seed"));
  append_term(search.terms, 's', member_text(root, "sampler"));
  const auto loras = root.find("loras");
  if (!loras) return;
  std::size_t count = 0;
  for (const json::View lora : loras->children()) {
    if (++count > kMaxTerms) break;
    append_term(search.terms, 'l', member_text(lora, "name"));
  }
}

}  // namespace

SearchText search_text_of(const GenerationFields& fields) {
  SearchText search;
  append_text(search.text, fields.model_id);
  if (fields.model_name != fields.model_id) append_text(search.text, fields.model_name);
  append_text(search.text, fields.category);
  append_text(search.text, fields.provider);
  append_term(search.terms, 'p', fields.provider);
  append_term(search.terms, 'u', status_name(fields.status));
  const auto tags = json::Document::parse(fields.tags);
  if (tags) {
    for (const json::View tag : tags->root().children()) append_term(search.terms, 't', tag.text());
  }
  if (fields.recipe) read_recipe(search, *fields.recipe);
  return search;
}

}  // namespace medialith::domain
