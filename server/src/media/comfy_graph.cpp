#include "media/comfy_graph.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace medialith::media::comfy {
namespace {

using json::Kind;
using json::View;

constexpr json::ParseOptions kOptions{.max_depth = 512, .keep_depth = 8, .max_nodes = kMaxValues};

using Index = std::map<std::string_view, std::size_t>;

std::optional<json::Document> parsed(std::string_view text) {
  if (text.empty()) return std::nullopt;
  auto document = json::Document::parse(repaired_json(text), kOptions);
  if (!document || document->root().kind() != Kind::object) return std::nullopt;
  return std::move(*document);
}

std::string_view text_member(const View& object, std::string_view name) {
  const auto member = object.find(name);
  return member ? member->text() : std::string_view();
}

// An id is a number in one form and a text in the other.
std::string_view id_of(const View& value) { return value.kind() == Kind::string ? value.text() : value.raw(); }

// A typed value; nullopt for what is neither text nor number. rgthree's LoRA rows are objects: {"on", "lora",
// "strength"}, and become a text with a number.
std::optional<Input> typed(std::string_view name, const View& value) {
  Input out;
  out.name = name;
  if (value.kind() == Kind::string) {
    out.text = value.text();
    return out;
  }
  if (value.kind() == Kind::number) {
    out.number = value.raw();
    return out;
  }
  const auto lora = value.find("lora");
  if (!lora) return std::nullopt;
  const auto on = value.find("on");
  if (on && !on->boolean()) return std::nullopt;
  out.text = lora->text();
  if (const auto strength = value.find("strength"); strength && strength->kind() == Kind::number) {
    out.number = strength->raw();
  }
  return out;
}

std::vector<Input> prompt_inputs(const View& node, const Index& index) {
  std::vector<Input> out;
  const auto inputs = node.find("inputs");
  if (!inputs) return out;
  for (const View& value : inputs->children()) {
    if (out.size() >= kMaxInputs) break;
    const std::string_view name = value.key();
    if (value.kind() == Kind::array) {  // [node, output]
      const auto link = value.children();
      const auto from = link.size() == 2 ? index.find(id_of(link[0])) : index.end();
      if (from == index.end()) continue;
      Input input;
      input.name = name;
      input.node = from->second;
      out.push_back(input);
    } else if (const auto input = typed(name, value)) {
      out.push_back(*input);
    }
  }
  return out;
}

// The order in which common nodes keep their values. What the editor adds behind a seed ("randomize") is not in it.
std::span<const std::string_view> widget_names(std::string_view type) {
  using Names = std::array<std::string_view, 10>;
  struct Row {
    std::string_view type;
    Names names;
  };
  static constexpr std::array kRows = {
      Row{"KSampler", {"seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"}},
      Row{"KSamplerAdvanced",
          {"add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler", "start_at_step", "end_at_step"}},
      Row{"SamplerCustom", {"add_noise", "noise_seed", "cfg"}},
      Row{"RandomNoise", {"noise_seed"}},
      Row{"KSamplerSelect", {"sampler_name"}},
      Row{"BasicScheduler", {"scheduler", "steps", "denoise"}},
      Row{"KarrasScheduler", {"steps"}},
      Row{"ExponentialScheduler", {"steps"}},
      Row{"SDTurboScheduler", {"steps", "denoise"}},
      Row{"AlignYourStepsScheduler", {"model_type", "steps", "denoise"}},
      Row{"CFGGuider", {"cfg"}},
      Row{"FluxGuidance", {"guidance"}},
      Row{"CLIPTextEncode", {"text"}},
      Row{"CLIPTextEncodeSDXL",
          {"width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"}},
      Row{"CLIPTextEncodeFlux", {"clip_l", "t5xxl", "guidance"}},
      Row{"CheckpointLoaderSimple", {"ckpt_name"}},
      Row{"CheckpointLoader", {"config_name", "ckpt_name"}},
      Row{"UNETLoader", {"unet_name", "weight_dtype"}},
      Row{"UnetLoaderGGUF", {"unet_name"}},
      Row{"LoraLoader", {"lora_name", "strength_model", "strength_clip"}},
      Row{"LoraLoaderModelOnly", {"lora_name", "strength_model"}},
      Row{"EmptyLatentImage", {"width", "height", "batch_size"}},
      Row{"EmptySD3LatentImage", {"width", "height", "batch_size"}},
      Row{"EmptyHunyuanLatentVideo", {"width", "height", "length", "batch_size"}},
      Row{"LatentUpscale", {"upscale_method", "width", "height", "crop"}},
      Row{"PrimitiveNode", {"value"}},
  };
  const auto row = std::ranges::find(kRows, type, &Row::type);
  if (row == kRows.end()) return {};
  const auto end = std::ranges::find(row->names, std::string_view());
  return {row->names.begin(), end};
}

bool is_seed_control(const View& value) {
  static constexpr std::array<std::string_view, 4> kControls = {"fixed", "increment", "decrement", "randomize"};
  return std::ranges::find(kControls, value.text()) != kControls.end();
}

void add_typed(Node& node, std::string_view name, const View& value) {
  if (node.inputs.size() >= kMaxInputs || node.has_link(name)) return;
  if (const auto input = typed(name, value)) node.inputs.push_back(*input);
}

void add_widgets(Node& node, const View& source) {
  const auto values = source.find("widgets_values");
  if (!values) return;
  if (values->kind() == Kind::object) {
    for (const View& value : values->children()) add_typed(node, value.key(), value);
    return;
  }
  std::vector<std::string_view> names;
  if (const auto known = widget_names(node.type); !known.empty()) {
    names.assign(known.begin(), known.end());
  } else if (const auto inputs = source.find("inputs")) {
    for (const View& input : inputs->children()) {
      if (input.find("widget")) names.push_back(text_member(input, "name"));
    }
  }
  std::size_t next = 0;
  bool behind_seed = false;
  for (const View& value : values->children()) {
    if (behind_seed && is_seed_control(value)) {
      behind_seed = false;
      continue;
    }
    const std::string_view name = next < names.size() ? names[next] : "widget";
    ++next;
    behind_seed = name == "seed" || name == "noise_seed" || node.type == "PrimitiveNode";
    add_typed(node, name, value);
  }
}

// Link to the id of the node it comes from.
using Links = std::map<std::string_view, std::string_view>;

Links links_of(const View& root) {
  Links out;
  const auto links = root.find("links");
  if (!links) return out;
  for (const View& link : links->children()) {
    if (link.kind() == Kind::array) {
      const auto parts = link.children();
      if (parts.size() >= 5) out.emplace(parts[0].raw(), id_of(parts[1]));
      continue;
    }
    const auto id = link.find("id");
    const auto origin = link.find("origin_id");
    if (id && origin) out.emplace(id->raw(), id_of(*origin));
  }
  return out;
}

void add_links(Node& node, const View& source, const Links& links, const Index& index) {
  const auto inputs = source.find("inputs");
  if (!inputs) return;
  for (const View& value : inputs->children()) {
    const auto link = value.find("link");
    if (!link || node.inputs.size() >= kMaxInputs) continue;
    const auto origin = links.find(link->raw());
    if (origin == links.end()) continue;
    const auto from = index.find(origin->second);
    if (from == index.end()) continue;
    Input input;
    input.name = text_member(value, "name");
    input.node = from->second;
    node.inputs.push_back(input);
  }
}

Node workflow_node(const View& source, const Links& links, const Index& index) {
  constexpr std::string_view kMuted = "2";
  constexpr std::string_view kBypassed = "4";
  Node node;
  const auto mode_member = source.find("mode");
  const std::string_view mode = mode_member ? mode_member->raw() : "0";
  if (mode == kMuted) return node;
  add_links(node, source, links, index);
  if (mode == kBypassed) return node;  // what it is given goes through, what is typed in does not count
  node.type = text_member(source, "type");
  add_widgets(node, source);
  return node;
}

}  // namespace

const Input* Node::find(std::string_view name) const {
  const auto input = std::ranges::find(inputs, name, &Input::name);
  return input == inputs.end() ? nullptr : &*input;
}

bool Node::has_link(std::string_view name) const {
  const Input* input = find(name);
  return input != nullptr && input->is_link();
}

std::optional<Graph> parse_prompt(std::string_view text) {
  auto document = parsed(text);
  if (!document) return std::nullopt;
  auto nodes = document->root().children();
  std::erase_if(nodes, [](const View& node) { return text_member(node, "class_type").empty(); });
  if (nodes.empty()) return std::nullopt;
  if (nodes.size() > kMaxNodes) nodes.erase(nodes.begin() + kMaxNodes, nodes.end());
  Index index;
  for (std::size_t i = 0; i < nodes.size(); ++i) index.emplace(nodes[i].key(), i);
  Graph graph{.document = *document, .nodes = {}};
  for (const View& node : nodes) {
    graph.nodes.push_back({.type = text_member(node, "class_type"), .inputs = prompt_inputs(node, index)});
  }
  return graph;
}

std::optional<Graph> parse_workflow(std::string_view text) {
  auto document = parsed(text);
  if (!document) return std::nullopt;
  const auto list = document->root().find("nodes");
  if (!list || list->kind() != Kind::array) return std::nullopt;
  auto nodes = list->children();
  if (nodes.empty()) return std::nullopt;
  if (nodes.size() > kMaxNodes) nodes.erase(nodes.begin() + kMaxNodes, nodes.end());
  Index index;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (const auto id = nodes[i].find("id")) index.emplace(id_of(*id), i);
  }
  const Links links = links_of(document->root());
  Graph graph{.document = *document, .nodes = {}};
  for (const View& node : nodes) graph.nodes.push_back(workflow_node(node, links, index));
  return graph;
}

}  // namespace medialith::media::comfy
