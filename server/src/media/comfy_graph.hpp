// Inside the ComfyUI reader: its two graph formats, read into one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace medialith::media::comfy {

inline constexpr std::size_t kMaxNodes = 4096;      ///< further nodes are left out
inline constexpr std::size_t kMaxInputs = 96;       ///< of one node
inline constexpr std::size_t kMaxValues = 400'000;  ///< JSON values in one graph; more is no graph
inline constexpr std::size_t kNoNode = std::string::npos;

/// What a node is given under one name: an output of another node, or a value typed in.
struct Input {
  std::string_view name;
  std::size_t node = kNoNode;  ///< the index of the node it comes from
  std::string_view text;       ///< a typed text, unescaped
  std::string_view number;     ///< a typed number as spelled
  bool is_link() const { return node != kNoNode; }
};

struct Node {
  std::string_view type;  ///< its class, such as "KSampler"; empty for one that is switched off
  std::vector<Input> inputs;

  const Input* find(std::string_view name) const;
  bool has_link(std::string_view name) const;
};

/// Views point into the document, which it owns.
struct Graph {
  json::Document document;
  std::vector<Node> nodes;  ///< in the file's order
};

/// The API form, "prompt": {"3": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["4", 0]}}}.
/// nullopt when it is not that.
std::optional<Graph> parse_prompt(std::string_view text);

/// The editor's form, "workflow": {"nodes": [{"id", "type", "inputs": [{"name", "link"}], "widgets_values"}],
/// "links": [[id, from, slot, to, slot, type]]}. Values stand there without names, so these come from the node's
/// inputs where the editor wrote them, else from a table of the common nodes.
std::optional<Graph> parse_workflow(std::string_view text);

/// JSON as Python writes it made JSON: NaN and Infinity become null, U+0000 vanishes, half a surrogate pair becomes
/// U+FFFD, as does what is not UTF-8.
std::string repaired_json(std::string_view text);

}  // namespace medialith::media::comfy
