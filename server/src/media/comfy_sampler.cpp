#include <algorithm>
#include <array>

#include "media/comfy_walk.hpp"

namespace medialith::media::comfy {
namespace {

constexpr std::size_t kMaxCandidates = 16;  // each is weighed by a walk of its own

// ComfyUI's own samplers and those named after them.
bool is_core_sampler(const Node& node) {
  if (node.has_link("guider")) return true;
  return node.has_link("positive") && node.type.contains("Sampler") && !node.type.contains("Select");
}

// What else samples: detailers, tiled upscalers, wrappers of video models.
bool is_any_sampler(const Node& node) {
  if (is_core_sampler(node)) return true;
  const bool conditioned = node.has_link("positive") || node.has_link("text_embeds");
  return conditioned && (node.find("steps") || node.find("seed") || node.find("noise_seed") || node.has_link("sigmas"));
}

bool saves(const Node& node) {
  if (node.type.contains("VideoCombine")) return true;
  if (!contains_word(node.type, "save")) return false;
  static constexpr std::array<std::string_view, 5> kWhat = {"image", "video", "anim", "webp", "webm"};
  return std::ranges::any_of(kWhat, [&](std::string_view what) { return contains_word(node.type, what); });
}
bool shows(const Node& node) { return contains_word(node.type, "preview") && contains_word(node.type, "image"); }

constexpr auto kAnyLink = [](const Node&, const Input&) { return true; };

std::size_t nearest_sampler(const Graph& graph, std::size_t from) {
  const auto core = [&](std::size_t at) { return is_core_sampler(graph.nodes[at]); };
  const auto any = [&](std::size_t at) { return is_any_sampler(graph.nodes[at]); };
  const std::size_t found = walk_upstream(graph, from, kAnyLink, core);
  return found != kNoNode ? found : walk_upstream(graph, from, kAnyLink, any);
}

std::size_t samplers_behind(const Graph& graph, std::size_t sampler) {
  std::size_t count = 0;
  walk_upstream(graph, sampler, kAnyLink, [&](std::size_t at) {
    if (is_any_sampler(graph.nodes[at])) ++count;
    return false;
  });
  return count;
}

template <class IsOutput>
std::vector<std::size_t> samplers_of_outputs(const Graph& graph, IsOutput is_output) {
  std::vector<std::size_t> out;
  std::size_t outputs = 0;
  for (std::size_t i = 0; i < graph.nodes.size() && outputs < kMaxCandidates; ++i) {
    if (!is_output(graph.nodes[i])) continue;
    ++outputs;
    const std::size_t sampler = nearest_sampler(graph, i);
    if (sampler != kNoNode && std::ranges::find(out, sampler) == out.end()) out.push_back(sampler);
  }
  return out;
}

template <class IsSampler>
std::vector<std::size_t> all_samplers(const Graph& graph, IsSampler is_sampler) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < graph.nodes.size() && out.size() < kMaxCandidates; ++i) {
    if (is_sampler(graph.nodes[i])) out.push_back(i);
  }
  return out;
}

}  // namespace

bool contains_word(std::string_view text, std::string_view lower_case_word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  return std::ranges::search(text, lower_case_word, same).begin() != text.end();
}

std::size_t find_sampler(const Graph& graph) {
  auto candidates = samplers_of_outputs(graph, saves);
  if (candidates.empty()) candidates = samplers_of_outputs(graph, shows);
  if (candidates.empty()) candidates = all_samplers(graph, is_core_sampler);
  if (candidates.empty()) candidates = all_samplers(graph, is_any_sampler);
  if (candidates.size() <= 1) return candidates.empty() ? kNoNode : candidates.front();
  return *std::ranges::max_element(candidates, {}, [&](std::size_t at) { return samplers_behind(graph, at); });
}

}  // namespace medialith::media::comfy
