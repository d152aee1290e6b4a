#include "media/recipe_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "media/text.hpp"

namespace medialith::media {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> decimal_of(std::string_view text) {
  const auto value = number_of<double>(trimmed(text));
  return value && std::isfinite(*value) ? value : std::nullopt;
}

void set_seed(Recipe& recipe, std::string_view text) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > kMaxSeedDigits) return;
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return;
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));  // JSON has no leading zeros
  recipe.seed = (negative ? "-" : "") + std::string(digits);
}

void set_steps(Recipe& recipe, std::string_view text) {
  constexpr std::int64_t kMax = 1'000'000;
  const auto value = number_of<std::int64_t>(trimmed(text));
  if (value && *value >= 0 && *value <= kMax) recipe.steps = value;
}

void set_cfg(Recipe& recipe, std::string_view text) {
  if (const auto value = decimal_of(text)) recipe.cfg = value;
}

void set_size(Recipe& recipe, std::string_view width, std::string_view height) {
  constexpr std::uint32_t kMax = 0x7FFFFFFF;
  const auto w = number_of<std::uint32_t>(trimmed(width));
  const auto h = number_of<std::uint32_t>(trimmed(height));
  if (!w || !h || *w == 0 || *h == 0 || *w > kMax || *h > kMax) return;
  recipe.width = w;
  recipe.height = h;
}

std::string model_name(std::string_view path) {
  static constexpr std::array<std::string_view, 8> kExtensions = {".safetensors", ".ckpt", ".gguf", ".sft",
                                                                  ".pt",          ".pth",  ".bin",  ".onnx"};
  path = trimmed(path);
  if (const auto slash = path.find_last_of("/\\"); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  for (const std::string_view extension : kExtensions) {
    if (path.size() > extension.size() && path.ends_with(extension)) {
      path.remove_suffix(extension.size());
      break;
    }
  }
  return clean_utf8(path, kMaxNameBytes);
}

void add_lora(Recipe& recipe, Lora lora) {
  if (lora.name.empty() || recipe.loras.size() >= kMaxLoras) return;
  if (std::ranges::find(recipe.loras, lora.name, &Lora::name) != recipe.loras.end()) return;
  recipe.loras.push_back(std::move(lora));
}

void add_extra(Recipe& recipe, std::string_view name, std::string_view value) {
  static constexpr std::array<std::string_view, 12> kOwn = {"prompt", "negativePrompt", "model", "seed",
                                                            "steps",  "sampler",        "cfg",   "scheduler",
                                                            "width",  "height",         "loras", "generator"};
  value = trimmed(value);
  if (name.empty() || name.size() > kMaxNameBytes || value.empty() || recipe.extra.size() >= kMaxExtraMembers) return;
  if (std::ranges::find(kOwn, name) != kOwn.end()) return;
  if (std::ranges::find(recipe.extra, name, &Recipe::Extra::name) != recipe.extra.end()) return;
  recipe.extra.push_back({.name = std::string(name), .value = clean_utf8(value, kMaxExtraBytes)});
}

bool says_nothing(const Recipe& recipe) {
  Recipe nothing;
  nothing.generator = recipe.generator;
  return recipe == nothing;
}

}  // namespace medialith::media
