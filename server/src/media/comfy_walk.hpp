// Inside the ComfyUI reader: finding things upstream of a node. Every walk visits a node at most once, so cycles end
// and the cost is bounded by the size of the graph.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/comfy_graph.hpp"

namespace medialith::media::comfy {

enum class Side : std::uint8_t { positive, negative };

/// Breadth first from `start` (itself first) against the links that `follow(node, input)` accepts, until `visit(index)`
/// answers true. The index it stopped at, or kNoNode.
template <class Follow, class Visit>
std::size_t walk_upstream(const Graph& graph, std::size_t start, Follow follow, Visit visit) {
  std::vector<bool> seen(graph.nodes.size());
  std::vector<std::size_t> queue{start};
  seen[start] = true;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const std::size_t at = queue[next];
    if (visit(at)) return at;
    for (const Input& input : graph.nodes[at].inputs) {
      if (!input.is_link() || seen[input.node] || !follow(graph.nodes[at], input)) continue;
      seen[input.node] = true;
      queue.push_back(input.node);
    }
  }
  return kNoNode;
}

/// Letters compared without case (ASCII).
bool contains_word(std::string_view text, std::string_view lower_case_word);

/// The sampler whose output was saved: the one nearest to a node that saves (else shows) a picture, the one with the
/// most samplers behind it where there are several; without such a node the last of the chain. kNoNode when there is
/// none.
std::size_t find_sampler(const Graph& graph);

/// The number that the node is given under `name`: typed in, or made by other nodes. Empty when there is none.
std::string_view number_of(const Graph& graph, std::size_t node, std::string_view name);

/// The same for a text: typed in, or the text of the node it comes from, joined where that one joins several.
std::string text_of(const Graph& graph, std::size_t node, std::string_view name, Side side);

/// The texts that make up the conditioning that comes in at `input` of `node`, each once, in the order met.
/// `guidance` takes FluxGuidance's number when the way leads over one.
std::vector<std::string> texts_behind(const Graph& graph, const Input& input, Side side, std::string_view& guidance);

/// The texts of every node that encodes one, each once.
std::vector<std::string> all_texts(const Graph& graph);

}  // namespace medialith::media::comfy
