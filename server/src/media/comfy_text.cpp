#include <algorithm>
#include <array>

#include "media/comfy_walk.hpp"
#include "media/recipe.hpp"
#include "media/text.hpp"

namespace medialith::media::comfy {
namespace {

constexpr int kMaxDepth = 64;              // of the walks that recurse; real graphs stay below twenty
constexpr int kMaxNumberHops = 16;         // from a linked number to the node that holds it
constexpr std::size_t kMaxEncoders = 32;   // whose texts make one prompt
constexpr std::size_t kMaxTextNodes = 64;  // that make one text

// What a text encoder calls its texts.
constexpr std::array<std::string_view, 9> kEncoderTexts = {
    "text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "prompt", "positive_prompt", "negative_prompt"};

bool is_of_side(std::string_view name, Side side) {
  return contains_word(name, side == Side::positive ? "positive" : "neg");
}
bool is_of_other_side(std::string_view name, Side side) {
  return is_of_side(name, side == Side::positive ? Side::negative : Side::positive);
}

void append_once(std::vector<std::string>& to, std::string text) {
  if (text.empty() || std::ranges::find(to, text) != to.end()) return;
  to.push_back(std::move(text));
}

// Reads the text that a node makes. One object for one text, since a node counts once in it.
class TextReader {
 public:
  TextReader(const Graph& graph, Side side) : graph_(graph), side_(side), seen_(graph.nodes.size()) {}

  std::string read(const Input& input, int depth) {
    if (!input.is_link()) return std::string(cut_utf8(input.text, kMaxPromptBytes));
    if (depth > kMaxDepth || seen_[input.node] || nodes_ >= kMaxTextNodes) return {};
    seen_[input.node] = true;
    ++nodes_;
    return made_by(graph_.nodes[input.node], depth + 1);
  }

 private:
  static bool names_text(std::string_view name) {
    static constexpr std::array<std::string_view, 7> kWords = {"text",     "string",   "prompt", "value",
                                                               "positive", "negative", "t5xxl"};
    if (contains_word(name, "delimiter") || contains_word(name, "separator")) return false;
    return std::ranges::any_of(kWords, [&](std::string_view word) { return contains_word(name, word); });
  }

  // A node that shows or fills in a text keeps the outcome beside what it was made from.
  static std::string_view outcome_of(const Node& node) {
    for (const std::string_view name : {"populated_text", "text_0"}) {
      if (const Input* input = node.find(name); input != nullptr && !input->text.empty()) return input->text;
    }
    return {};
  }

  static std::string_view delimiter_of(const Node& node) {
    for (const std::string_view name : {"delimiter", "separator"}) {
      if (const Input* input = node.find(name); input != nullptr && !input->is_link()) return input->text;
    }
    return " ";
  }

  static std::string_view longest_text(const Node& node) {
    std::string_view longest;
    for (const Input& input : node.inputs) {
      if (input.text.size() > longest.size()) longest = input.text;
    }
    return longest;
  }

  std::string made_by(const Node& node, int depth) {
    if (const auto outcome = outcome_of(node); !outcome.empty()) return std::string(cut_utf8(outcome, kMaxPromptBytes));
    // A node that makes the texts of both sides keeps other texts beside them, of which neither is meant.
    const bool sided = std::ranges::any_of(node.inputs, [&](const Input& i) { return is_of_side(i.name, side_); });
    std::vector<std::string> parts;
    for (const Input& input : node.inputs) {
      if (!names_text(input.name) || is_of_other_side(input.name, side_)) continue;
      if (sided && !is_of_side(input.name, side_)) continue;
      append_once(parts, read(input, depth));
    }
    if (parts.empty()) append_once(parts, std::string(cut_utf8(longest_text(node), kMaxPromptBytes)));
    for (const Input& input : node.inputs) {
      if (!parts.empty()) break;
      if (input.is_link()) append_once(parts, read(input, depth));
    }
    std::string out;
    for (const std::string& part : parts) {
      if (out.size() >= kMaxPromptBytes) break;
      if (!out.empty()) out += cut_utf8(delimiter_of(node), 16);
      out += part;
    }
    return std::string(cut_utf8(out, kMaxPromptBytes));
  }

  const Graph& graph_;
  Side side_;
  std::vector<bool> seen_;
  std::size_t nodes_ = 0;
};

bool encodes_text(const Node& node) {
  const auto given = [&](std::string_view name) { return node.find(name) != nullptr; };
  if (std::ranges::none_of(kEncoderTexts, given)) return false;
  return node.has_link("clip") || contains_word(node.type, "encode") || contains_word(node.type, "conditioning");
}

// Collects the texts of one conditioning, depth first, so that "a" combined with "b" is a, b.
class ConditioningReader {
 public:
  ConditioningReader(const Graph& graph, Side side) : graph_(graph), side_(side), seen_(graph.nodes.size()) {}

  void read(const Input& input, int depth) {
    if (!input.is_link()) return append_once(texts, std::string(cut_utf8(input.text, kMaxPromptBytes)));
    if (depth > kMaxDepth || seen_[input.node] || encoders_ >= kMaxEncoders) return;
    seen_[input.node] = true;
    const Node& node = graph_.nodes[input.node];
    if (node.type.contains("ZeroOut")) return;  // how graphs say "no negative prompt"
    if (const Input* given = node.find("guidance"); given != nullptr && guidance.empty()) guidance = given->number;
    if (encodes_text(node)) return take_texts(input.node);
    pass_through(node, depth + 1);
  }

  std::vector<std::string> texts;
  std::string_view guidance;

 private:
  void take_texts(std::size_t at) {
    ++encoders_;
    for (const std::string_view name : kEncoderTexts) {
      if (!is_of_other_side(name, side_)) append_once(texts, text_of(graph_, at, name, side_));
    }
  }

  static bool carries_conditioning(std::string_view name) {
    return name.empty() || contains_word(name, "cond") || contains_word(name, "positive") ||
           contains_word(name, "negative") || name == "guider" || name == "text_embeds";
  }

  // Combining, areas, control nets, guidance, reroutes: on to the inputs of the same kind and side (some loaders have
  // the prompt typed in there); where none is named so, to all that are not plainly something else.
  void pass_through(const Node& node, int depth) {
    bool any = false;
    for (const Input& input : node.inputs) {
      if (!carries_conditioning(input.name) || is_of_other_side(input.name, side_)) continue;
      if (!input.is_link() && !contains_word(input.name, "positive") && !contains_word(input.name, "negative"))
        continue;
      any = true;
      read(input, depth);
    }
    if (any) return;
    static constexpr std::array<std::string_view, 8> kOther = {"model", "clip", "vae",    "control_net",
                                                               "image", "mask", "latent", "pixels"};
    for (const Input& input : node.inputs) {
      if (!input.is_link() || is_of_other_side(input.name, side_)) continue;
      if (std::ranges::find(kOther, input.name) == kOther.end()) read(input, depth);
    }
  }

  const Graph& graph_;
  Side side_;
  std::vector<bool> seen_;
  std::size_t encoders_ = 0;
};

}  // namespace

std::string text_of(const Graph& graph, std::size_t node, std::string_view name, Side side) {
  const Input* input = graph.nodes[node].find(name);
  if (input == nullptr) return {};
  return TextReader(graph, side).read(*input, 0);
}

std::vector<std::string> texts_behind(const Graph& graph, const Input& input, Side side, std::string_view& guidance) {
  ConditioningReader reader(graph, side);
  reader.read(input, 0);
  if (guidance.empty()) guidance = reader.guidance;
  return std::move(reader.texts);
}

std::vector<std::string> all_texts(const Graph& graph) {
  std::vector<std::string> out;
  std::size_t encoders = 0;
  for (std::size_t i = 0; i < graph.nodes.size() && encoders < kMaxEncoders; ++i) {
    if (!encodes_text(graph.nodes[i])) continue;
    ++encoders;
    for (const std::string_view name : kEncoderTexts) append_once(out, text_of(graph, i, name, Side::positive));
  }
  return out;
}

std::string_view number_of(const Graph& graph, std::size_t node, std::string_view name) {
  static constexpr std::array<std::string_view, 7> kNames = {"value", "seed",   "noise_seed", "int",
                                                             "float", "number", "a"};
  const Input* input = graph.nodes[node].find(name);
  for (int depth = 0; input != nullptr && depth < kMaxNumberHops; ++depth) {
    if (!input->is_link()) return input->number;
    // The node it comes from: the member of the same name, of a usual name, else its first number, else its first link.
    const Node& from = graph.nodes[input->node];
    input = from.find(name);
    for (const std::string_view usual : kNames) input = input != nullptr ? input : from.find(usual);
    const auto first = [&](auto wanted) {
      const auto found = std::ranges::find_if(from.inputs, wanted);
      return found == from.inputs.end() ? nullptr : &*found;
    };
    if (input == nullptr) input = first([](const Input& i) { return !i.number.empty(); });
    if (input == nullptr) input = first([](const Input& i) { return i.is_link(); });
  }
  return {};
}

}  // namespace medialith::media::comfy
