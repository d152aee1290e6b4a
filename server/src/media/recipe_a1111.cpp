#include <algorithm>
#include <vector>

#include "base/json.hpp"
#include "media/recipe.hpp"
#include "media/recipe_parts.hpp"
#include "media/text.hpp"

namespace medialith::media {
namespace {

constexpr std::size_t kMaxParameters = 1024 * 1024;  // bytes; behind that many, settings are not looked for
constexpr std::size_t kMaxPairs = 256;
constexpr std::size_t kMaxKeyBytes = 64;

struct Pair {
  std::string key;
  std::string value;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

// The length of a quoted text with its quotes, or all that is left.
std::size_t quoted_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

// The length of a JSON array or object that stands unquoted, as some savers write it.
std::size_t bracketed_length(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      i += quoted_length(text.substr(i)) - 1;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && --depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

std::string unquoted(std::string_view quoted) {
  if (auto document = json::Document::parse(std::string(quoted))) return std::string(document->root().text());
  quoted.remove_prefix(1);
  if (quoted.ends_with('"')) quoted.remove_suffix(1);
  return std::string(quoted);
}

std::string take_value(std::string_view& rest) {
  std::size_t length = 0;
  std::string value;
  if (rest.starts_with('"')) {
    length = quoted_length(rest);
    value = unquoted(rest.substr(0, length));
  } else {
    if (rest.starts_with('[') || rest.starts_with('{')) length = bracketed_length(rest);
    length = std::min(rest.find(',', length), rest.size());
    value = trimmed(rest.substr(0, length));
  }
  rest.remove_prefix(length);
  const auto comma = rest.find(',');
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  return value;
}

// "Steps: 20, Sampler: Euler a, Lora hashes: "a: 12, b: 34", …"
std::vector<Pair> pairs_of(std::string_view line) {
  std::vector<Pair> out;
  std::string_view rest = line;
  while (!rest.empty() && out.size() < kMaxPairs) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r,"), rest.size()));
    const auto colon = rest.find_first_of(":,");
    if (colon == std::string_view::npos) break;
    const std::string_view key = trimmed(rest.substr(0, colon));
    const auto fits = [](char c) { return is_word(c) || c == ' ' || c == '-' || c == '/'; };
    const bool has_value = rest[colon] == ':';
    rest.remove_prefix(colon + 1);
    if (!has_value || key.empty() || key.size() > kMaxKeyBytes || !std::ranges::all_of(key, fits)) continue;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::string value = take_value(rest);
    out.push_back({.key = std::string(key), .value = std::move(value)});
  }
  return out;
}

// "Clip skip" is clipSkip, "VAE hash" is vaeHash. Empty when a name holds other than ASCII.
std::string camel_case(std::string_view words) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; };
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  std::string out;
  bool first_word = true;
  bool starts = false;
  for (const char c : words) {
    if ((c & 0x80) != 0) return {};
    if (!is_word(c) || c == '_') {
      starts = !out.empty();
      first_word = out.empty();
      continue;
    }
    out += first_word ? lower(c) : starts ? upper(c) : c;
    starts = false;
  }
  return out;
}

// "rain-v2: abcd1234, glow: ef"
void add_hashed_loras(Recipe& recipe, std::string_view hashes) {
  while (!hashes.empty()) {
    const std::string_view item = hashes.substr(0, hashes.find(','));
    add_lora(recipe, {.name = model_name(item.substr(0, item.rfind(':'))), .weight = std::nullopt});
    hashes.remove_prefix(std::min(item.size() + 1, hashes.size()));
  }
}

void take_pair(Recipe& recipe, const Pair& pair) {
  const std::string_view value = pair.value;
  if (pair.key == "Steps") return set_steps(recipe, value);
  if (pair.key == "Seed") return set_seed(recipe, value);
  if (pair.key == "CFG scale") return set_cfg(recipe, value);
  if (pair.key == "Sampler") recipe.sampler = clean_utf8(value, kMaxNameBytes);
  if (pair.key == "Schedule type") recipe.scheduler = clean_utf8(value, kMaxNameBytes);
  if (pair.key == "Model") recipe.model = model_name(value);
  if (pair.key == "Lora hashes") add_hashed_loras(recipe, value);
  if (pair.key == "Size") {
    const auto x = value.find('x');
    if (x != std::string_view::npos) set_size(recipe, value.substr(0, x), value.substr(x + 1));
  }
  for (const std::string_view known : {"Sampler", "Schedule type", "Model", "Lora hashes", "Size"}) {
    if (pair.key == known) return;
  }
  add_extra(recipe, camel_case(pair.key), value);
}

// <lora:name>, <lora:name:0.8>, <lora:name:0.8:0.6>, and <lyco:…> alike.
void add_tagged_loras(Recipe& recipe, std::string_view prompt) {
  for (auto open = prompt.find('<'); open != std::string_view::npos; open = prompt.find('<', open + 1)) {
    std::string_view tag = prompt.substr(open + 1, 2 * kMaxNameBytes);
    const auto close = tag.find_first_of("<>\n");
    if (close == std::string_view::npos || tag[close] != '>') continue;
    tag = tag.substr(0, close);
    if (!tag.starts_with("lora:") && !tag.starts_with("lyco:")) continue;
    tag.remove_prefix(5);
    const auto colon = tag.find(':');
    std::optional<double> weight = 1;
    if (colon != std::string_view::npos) {
      const std::string_view after = tag.substr(colon + 1);
      weight = decimal_of(after.substr(0, after.find(':')));
    }
    add_lora(recipe, {.name = model_name(tag.substr(0, colon)), .weight = weight});
  }
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

// Where the settings stand: the last line of "Steps: …", else a last line that holds three pairs or more, as A1111
// itself reads it. lines.size() when there is none.
std::size_t settings_line(const std::vector<std::string_view>& lines) {
  for (std::size_t i = lines.size(); i > 0; --i) {
    if (trimmed(lines[i - 1]).starts_with("Steps:")) return i - 1;
  }
  if (!lines.empty() && pairs_of(lines.back()).size() >= 3) return lines.size() - 1;
  return lines.size();
}

}  // namespace

std::optional<Recipe> recipe_from_a1111(std::string_view parameters) {
  parameters = trimmed(parameters);
  if (parameters.empty() || parameters.front() == '{') return std::nullopt;  // another generator's JSON
  const std::string text = clean_utf8(parameters, kMaxParameters);
  const auto lines = lines_of(text);
  const std::size_t settings = settings_line(lines);

  constexpr std::string_view kNegative = "Negative prompt:";
  std::string prompt;
  std::string negative;
  bool in_negative = false;
  for (std::size_t i = 0; i < settings; ++i) {
    std::string_view line = trimmed(lines[i]);
    if (!in_negative && line.starts_with(kNegative)) {
      in_negative = true;
      line = trimmed(line.substr(kNegative.size()));
    }
    std::string& to = in_negative ? negative : prompt;
    if (!to.empty()) to += '\n';
    to += line;
  }

  Recipe recipe;
  recipe.generator = "a1111";
  recipe.prompt = clean_utf8(trimmed(prompt), kMaxPromptBytes);
  recipe.negative_prompt = clean_utf8(trimmed(negative), kMaxPromptBytes);
  add_tagged_loras(recipe, recipe.prompt);
  if (settings < lines.size()) {
    for (const Pair& pair : pairs_of(lines[settings])) take_pair(recipe, pair);
  }
  if (says_nothing(recipe)) return std::nullopt;
  return recipe;
}

}  // namespace medialith::media
