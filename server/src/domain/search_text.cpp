#include "base/json.hpp"
#include "domain/filter.hpp"
#include "domain/generations.hpp"

namespace medialith::domain {
namespace {

constexpr std::size_t kMaxSearchText = 16 * 1024;
constexpr std::size_t kMaxTerms = 256;

void append_term(std::string& terms, TermKind kind, std::string_view value) {
  if (value.empty()) return;
  terms += terms.empty() ? "" : " ";
  terms += term_of(kind, value);
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

/// Many apps keep the seed with the parameters alone.
void read_params(SearchText& search, std::string_view input_params) {
  if (input_params.find("\"seed\"") == std::string_view::npos) return;
  const auto document =
      json::Document::parse(std::string(input_params), {.max_depth = json::kMaxDepth, .keep_depth = 1});
  if (document) append_text(search.text, member_text(document->root(), "seed"));
}

void read_recipe(SearchText& search, std::string_view recipe) {
  const auto document = json::Document::parse(std::string(recipe), {.max_depth = json::kMaxDepth, .keep_depth = 3});
  if (!document) return;  // a recipe too large to look into is found by its prompt alone
  const json::View root = document->root();
  search.negative_prompt = member_text(root, "negativePrompt");
  append_text(search.text, member_text(root, "seed"));
  append_term(search.terms, TermKind::sampler, member_text(root, "sampler"));
  const auto loras = root.find("loras");
  if (!loras) return;
  std::size_t count = 0;
  for (const json::View lora : loras->children()) {
    if (++count > kMaxTerms) break;
    append_term(search.terms, TermKind::lora, member_text(lora, "name"));
  }
}

}  // namespace

SearchText search_text_of(const GenerationFields& fields) {
  SearchText search;
  append_text(search.text, fields.model_id);
  if (fields.model_name != fields.model_id) append_text(search.text, fields.model_name);
  append_text(search.text, fields.category);
  append_text(search.text, fields.provider);
  append_term(search.terms, TermKind::provider, fields.provider);
  append_term(search.terms, TermKind::status, status_name(fields.status));
  const auto tags = json::Document::parse(fields.tags);
  if (tags) {
    for (const json::View tag : tags->root().children()) append_term(search.terms, TermKind::tag, tag.text());
  }
  if (fields.recipe) read_recipe(search, *fields.recipe);
  read_params(search, fields.input_params);
  return search;
}

}  // namespace medialith::domain
