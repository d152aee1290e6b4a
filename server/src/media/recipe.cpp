#include "media/recipe.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "media/recipe_parts.hpp"

namespace medialith::media {
namespace {

// A number when it is spelled as we would spell it. Hashes and versions stay text: `1234567890` and `1.10` are names.
void write_extra(json::Writer& writer, const Recipe::Extra& member) {
  writer.key(member.name);
  const bool is_name = member.name.ends_with("ash") || member.name.ends_with("ersion");
  if (const auto value = decimal_of(member.value); value && !is_name) {
    std::string spelled;
    json::Writer(spelled).number(*value);
    if (spelled == member.value) {
      writer.raw(spelled);
      return;
    }
  }
  writer.string(member.value);
}

void write_loras(json::Writer& writer, const std::vector<Lora>& loras) {
  writer.key("loras").begin_array();
  for (const Lora& lora : loras) {
    writer.begin_object().key("name").string(lora.name).key("weight");
    lora.weight ? writer.number(*lora.weight) : writer.null();
    writer.end_object();
  }
  writer.end_array();
}

void fill(std::string& to, std::string& from) {
  if (to.empty()) to = std::move(from);
}
template <class T>
void fill(std::optional<T>& to, const std::optional<T>& from) {
  if (!to) to = from;
}

void fill_gaps(Recipe& to, Recipe from) {
  fill(to.prompt, from.prompt);
  fill(to.negative_prompt, from.negative_prompt);
  fill(to.model, from.model);
  fill(to.seed, from.seed);
  fill(to.steps, from.steps);
  fill(to.sampler, from.sampler);
  fill(to.scheduler, from.scheduler);
  fill(to.cfg, from.cfg);
  if (!to.width) {
    to.width = from.width;
    to.height = from.height;
  }
  if (to.loras.empty()) to.loras = std::move(from.loras);
  for (const auto& member : from.extra) add_extra(to, member.name, member.value);
  to.generator = std::move(from.generator);
}

std::string_view find_text(std::span<const PngText> texts, std::string_view keyword) {
  const auto found = std::ranges::find(texts, keyword, &PngText::keyword);
  return found == texts.end() ? std::string_view() : std::string_view(found->text);
}

}  // namespace

std::string to_json(const Recipe& recipe) {
  std::string out;
  json::Writer writer(out);
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) writer.key(name).string(value);
  };
  writer.begin_object();
  text("negativePrompt", recipe.negative_prompt);
  text("model", recipe.model);
  if (!recipe.seed.empty()) writer.key("seed").raw(recipe.seed);
  if (recipe.steps) writer.key("steps").integer(*recipe.steps);
  text("sampler", recipe.sampler);
  text("scheduler", recipe.scheduler);
  if (recipe.cfg) writer.key("cfg").number(*recipe.cfg);
  if (recipe.width) writer.key("width").integer(*recipe.width);
  if (recipe.height) writer.key("height").integer(*recipe.height);
  if (!recipe.loras.empty()) write_loras(writer, recipe.loras);
  text("generator", recipe.generator);
  for (const auto& member : recipe.extra) write_extra(writer, member);
  writer.end_object();
  return out;
}

std::optional<Recipe> recipe_from_png_text(std::span<const PngText> texts) {
  auto flat = recipe_from_a1111(find_text(texts, "parameters"));
  auto graph = recipe_from_comfyui(find_text(texts, "prompt"), find_text(texts, "workflow"));
  if (!flat) return graph;
  if (graph) fill_gaps(*flat, std::move(*graph));  // a saver in ComfyUI wrote the flat text beside the graph
  return flat;
}

}  // namespace medialith::media
