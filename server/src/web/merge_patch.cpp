#include "web/merge_patch.hpp"

#include <optional>
#include <unordered_map>

#include "base/json.hpp"

namespace medialith::web {
namespace {

Result<json::Document> one_level(std::string_view text) {
  return json::Document::parse(std::string(text), {.max_depth = json::kMaxDepth, .keep_depth = 1});
}

bool is_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

// Writes the merged value. Recursive over objects only, whose depth is bounded.
Result<void> merge(std::string& out, std::string_view target, std::string_view patch, int depth) {
  if (!is_object(patch)) {
    out += patch;
    return {};
  }
  if (depth > kMaxMergeDepth) {
    return fail(ErrorCode::validation_failed, "Objects in a patch may nest 64 deep.");
  }
  TRY_ASSIGN(const json::Document changes, one_level(patch));
  TRY_ASSIGN(const json::Document before, one_level(is_object(target) ? target : std::string_view("{}")));
  const std::vector<json::View> changed = changes.root().children();
  std::unordered_map<std::string_view, json::View> by_key;
  for (const json::View member : changed) by_key.emplace(member.key(), member);

  bool first = true;
  auto member = [&](std::string_view key) {
    out += first ? "" : ",";
    first = false;
    json::append_string(out, key);
    out += ':';
  };
  out += '{';
  for (const json::View old : before.root().children()) {
    const auto change = by_key.find(old.key());
    if (change == by_key.end()) {
      member(old.key());
      out += old.raw();
      continue;
    }
    if (change->second.kind() != json::Kind::null) {
      member(old.key());
      TRY(merge(out, old.raw(), change->second.raw(), depth + 1));
    }
    by_key.erase(change);
  }
  for (const json::View added : changed) {
    if (!by_key.contains(added.key()) || added.kind() == json::Kind::null) continue;
    member(added.key());
    TRY(merge(out, "null", added.raw(), depth + 1));
  }
  out += '}';
  return {};
}

}  // namespace

Result<std::string> merge_patch(std::string_view target, std::string_view patch) {
  std::string out;
  out.reserve(target.size() + patch.size());
  TRY(merge(out, target, patch, 1));
  return out;
}

}  // namespace medialith::web
