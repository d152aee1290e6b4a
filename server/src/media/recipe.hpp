// How a picture was made, as far as its file says: the recipe that a generator wrote into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "media/png_text.hpp"

namespace medialith::media {

// Limits of one recipe. Longer text is cut between characters, further members are left out.
inline constexpr std::size_t kMaxPromptBytes = 64 * 1024;
inline constexpr std::size_t kMaxNameBytes = 255;  ///< of models, LoRAs, samplers, schedulers
inline constexpr std::size_t kMaxLoras = 64;
inline constexpr std::size_t kMaxExtraMembers = 32;
inline constexpr std::size_t kMaxExtraBytes = 4096;  ///< of one extra value
inline constexpr std::size_t kMaxSeedDigits = 40;

struct Lora {
  std::string name;
  std::optional<double> weight;
  bool operator==(const Lora&) const = default;
};

/// All text is valid UTF-8 without U+0000. What the file does not say is empty or nullopt, never made up.
struct Recipe {
  std::string prompt;
  std::string negative_prompt;
  std::string model;  ///< without folder and extension
  std::string seed;   ///< an integer's digits: seeds reach 2^64, past what a double holds
  std::optional<std::int64_t> steps;
  std::string sampler;
  std::string scheduler;
  std::optional<double> cfg;
  std::optional<std::uint32_t> width;  ///< what was asked for; the file may have been enlarged since
  std::optional<std::uint32_t> height;
  std::vector<Lora> loras;
  std::string generator;  ///< "a1111" or "comfyui"

  struct Extra {
    std::string name;   ///< camelCase, none of the names above
    std::string value;  ///< written as a number when it is spelled like one
    bool operator==(const Extra&) const = default;
  };
  std::vector<Extra> extra;

  bool operator==(const Recipe&) const = default;
};

/// The `recipe` member of a generation: {"negativePrompt","model","seed","steps","sampler","scheduler","cfg","width",
/// "height","loras":[{"name","weight"}],"generator", …}, without what is not known. The prompt is not in it: it has a
/// member of its own.
std::string to_json(const Recipe& recipe);

/// From what a PNG carries: A1111's `parameters`, ComfyUI's `prompt` and `workflow`. Where a file has both, the first
/// wins and the others fill its gaps. nullopt when there is none, or it says nothing.
std::optional<Recipe> recipe_from_png_text(std::span<const PngText> texts);

/// The text that A1111's web UI, its forks and many savers write: the prompt, "Negative prompt: …", and a last line of
/// "Steps: 20, Sampler: …". `<lora:name:0.8>` in the prompt stays there and is a LoRA too.
std::optional<Recipe> recipe_from_a1111(std::string_view parameters);

/// ComfyUI's graphs as it embeds them: `prompt` (what ran) and `workflow` (what the editor showed); either may be
/// empty, the second counts when the first says nothing. Walked from the sampler behind the saved image to its texts,
/// models and numbers; all texts are the prompt when that finds none.
std::optional<Recipe> recipe_from_comfyui(std::string_view prompt, std::string_view workflow);

}  // namespace medialith::media
