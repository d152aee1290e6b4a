#include <algorithm>
#include <array>

#include "media/comfy_walk.hpp"
#include "media/recipe.hpp"
#include "media/recipe_parts.hpp"
#include "media/text.hpp"

namespace medialith::media {
namespace {

using comfy::Graph;
using comfy::Input;
using comfy::kNoNode;
using comfy::Node;
using comfy::Side;

// Nodes that are asked on the way to a model or a size. Asking walks too, so this bounds a hostile graph's cost.
constexpr std::size_t kMaxAsked = 96;

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    if (out.size() >= kMaxPromptBytes) break;
    if (!out.empty()) out += '\n';
    out += text;
  }
  return clean_utf8(trimmed(cut_utf8(out, kMaxPromptBytes)), kMaxPromptBytes);
}

std::size_t linked(const Graph& graph, std::size_t node, std::string_view name) {
  const Input* input = graph.nodes[node].find(name);
  return input == nullptr ? kNoNode : input->node;
}

// Everything below reads one graph from one sampler into one recipe.
class SamplerReader {
 public:
  SamplerReader(const Graph& graph, std::size_t sampler, Recipe& recipe)
      : graph_(graph), sampler_(sampler), guider_(linked(graph, sampler, "guider")), recipe_(recipe) {}

  void read() {
    read_texts();
    read_noise();
    read_schedule();
    read_models();
    read_size();
  }

 private:
  const Node& node(std::size_t at) const { return graph_.nodes[at]; }

  // The first of the names under which the sampler, or else its guider, is given something.
  const Input* given(std::initializer_list<std::string_view> names) const {
    for (const std::size_t at : {sampler_, guider_}) {
      if (at == kNoNode) continue;
      for (const std::string_view name : names) {
        if (const Input* input = node(at).find(name)) return input;
      }
    }
    return nullptr;
  }

  std::string_view number(std::initializer_list<std::string_view> names) const {
    for (const std::size_t at : {sampler_, guider_}) {
      if (at == kNoNode) continue;
      for (const std::string_view name : names) {
        if (const auto found = comfy::number_of(graph_, at, name); !found.empty()) return found;
      }
    }
    return {};
  }

  void read_texts() {
    std::string_view guidance;
    if (const Input* input = given({"positive", "conditioning", "cond1", "text_embeds"})) {
      recipe_.prompt = joined(comfy::texts_behind(graph_, *input, Side::positive, guidance));
    }
    add_extra(recipe_, "guidance", guidance);
    if (const Input* input = given({"negative", "text_embeds"})) {
      recipe_.negative_prompt = joined(comfy::texts_behind(graph_, *input, Side::negative, guidance));
    }
  }

  void read_noise() {
    set_seed(recipe_, number({"seed", "noise_seed"}));
    const std::size_t noise = linked(graph_, sampler_, "noise");
    if (recipe_.seed.empty() && noise != kNoNode) {
      set_seed(recipe_, comfy::number_of(graph_, noise, "noise_seed"));
      if (recipe_.seed.empty()) set_seed(recipe_, comfy::number_of(graph_, noise, "seed"));
    }
  }

  void read_schedule() {
    set_cfg(recipe_, number({"cfg"}));
    set_steps(recipe_, number({"steps"}));
    recipe_.sampler = name_of(sampler_, "sampler_name");
    recipe_.scheduler = name_of(sampler_, "scheduler");
    add_denoise(sampler_);
    if (const std::size_t at = linked(graph_, sampler_, "sampler"); at != kNoNode && recipe_.sampler.empty()) {
      recipe_.sampler = name_of(at, "sampler_name");
    }
    const std::size_t sigmas = linked(graph_, sampler_, "sigmas");
    if (sigmas == kNoNode) return;
    // What makes the sigmas may be split, flipped or shifted on the way.
    const auto along = [](const Node&, const Input& input) {
      return input.name.empty() || input.name.contains("sigmas");
    };
    const auto makes = [&](std::size_t at) { return node(at).find("steps") != nullptr; };
    const std::size_t maker = comfy::walk_upstream(graph_, sigmas, along, makes);
    if (maker == kNoNode) return;
    if (!recipe_.steps) set_steps(recipe_, comfy::number_of(graph_, maker, "steps"));
    if (recipe_.scheduler.empty()) recipe_.scheduler = name_of(maker, "scheduler");
    add_denoise(maker);
  }

  // Below 1 the picture was made from another one; 1 says nothing.
  void add_denoise(std::size_t at) {
    const auto denoise = comfy::number_of(graph_, at, "denoise");
    if (const auto value = decimal_of(denoise); value && *value < 1) add_extra(recipe_, "denoise", denoise);
  }

  std::string name_of(std::size_t at, std::string_view member) const {
    return clean_utf8(trimmed(comfy::text_of(graph_, at, member, Side::positive)), kMaxNameBytes);
  }

  // Along the links named model from the sampler to the loader: each LoRA on the way was applied after those behind it.
  void read_models() {
    const auto along = [](const Node& from, const Input& input) {
      const std::string_view name = input.name;
      return name.empty() || name == "guider" || name.starts_with("model") || name == "unet" || name.contains("pipe") ||
             comfy::contains_word(name, "lora") || from.type.empty();
    };
    std::vector<Lora> loras;
    std::size_t asked = 0;
    comfy::walk_upstream(graph_, sampler_, along, [&](std::size_t at) {
      collect_loras(node(at), loras);
      recipe_.model = loaded_by(at);
      return !recipe_.model.empty() || ++asked >= kMaxAsked;
    });
    std::ranges::reverse(loras);
    for (Lora& lora : loras) add_lora(recipe_, std::move(lora));
  }

  std::string loaded_by(std::size_t at) const {
    static constexpr std::array<std::string_view, 6> kNames = {"ckpt_name",      "unet_name",  "model_name",
                                                               "base_ckpt_name", "checkpoint", "model"};
    for (const std::string_view name : kNames) {
      const Input* input = node(at).find(name);
      if (input == nullptr || (name == "model" && input->is_link())) continue;
      std::string found = model_name(comfy::text_of(graph_, at, name, Side::positive));
      if (!found.empty()) return found;
    }
    return {};
  }

  // LoraLoader's lora_name with strength_model, stackers' lora_name_1 with model_str_1 or lora_wt_1, rgthree's lora_1.
  static void collect_loras(const Node& node, std::vector<Lora>& out) {
    std::vector<Lora> here;
    for (const Input& input : node.inputs) {
      if (input.text.empty() || !input.name.starts_with("lora") || out.size() + here.size() >= kMaxLoras) continue;
      const bool is_name = input.name.starts_with("lora_name") || !input.number.empty();
      std::string name = model_name(input.text);
      if (!is_name || name == "None") continue;
      std::string_view weight = input.number;
      const std::string_view tail = input.name.starts_with("lora_name") ? input.name.substr(9) : std::string_view();
      for (const std::string_view prefix : {"strength_model", "strength", "lora_wt", "model_str", "lora_weight"}) {
        const Input* given = node.find(std::string(prefix) + std::string(tail));
        if (weight.empty() && given != nullptr) weight = given->number;
      }
      here.push_back({.name = std::move(name), .weight = decimal_of(weight)});
    }
    out.insert(out.end(), here.rbegin(), here.rend());
  }

  void read_size() {
    const auto along = [](const Node&, const Input& input) {
      return input.name.empty() || input.name.contains("latent") || input.name.contains("samples") ||
             input.name == "image_embeds" || input.name == "LATENT";
    };
    std::size_t asked = 0;
    comfy::walk_upstream(graph_, sampler_, along, [&](std::size_t at) {
      if (node(at).find("width") && node(at).find("height")) {
        set_size(recipe_, comfy::number_of(graph_, at, "width"), comfy::number_of(graph_, at, "height"));
      }
      return recipe_.width.has_value() || ++asked >= kMaxAsked;
    });
  }

  const Graph& graph_;
  std::size_t sampler_;
  std::size_t guider_;
  Recipe& recipe_;
};

std::optional<Recipe> recipe_of(const std::optional<Graph>& graph) {
  if (!graph) return std::nullopt;
  Recipe recipe;
  recipe.generator = "comfyui";
  const std::size_t sampler = comfy::find_sampler(*graph);
  if (sampler != kNoNode) SamplerReader(*graph, sampler, recipe).read();
  if (recipe.prompt.empty()) {
    auto texts = comfy::all_texts(*graph);
    std::erase(texts, recipe.negative_prompt);
    recipe.prompt = joined(texts);
  }
  if (says_nothing(recipe)) return std::nullopt;
  return recipe;
}

}  // namespace

std::optional<Recipe> recipe_from_comfyui(std::string_view prompt, std::string_view workflow) {
  auto recipe = recipe_of(comfy::parse_prompt(prompt));
  return recipe ? recipe : recipe_of(comfy::parse_workflow(workflow));
}

}  // namespace medialith::media
