// Inside the recipe readers: the rules for single members, which hold whatever the generator.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "media/recipe.hpp"

namespace medialith::media {

/// A finite decimal number that is all of the text.
std::optional<double> decimal_of(std::string_view text);

void set_seed(Recipe& recipe, std::string_view text);
void set_steps(Recipe& recipe, std::string_view text);
void set_cfg(Recipe& recipe, std::string_view text);
/// Both or none.
void set_size(Recipe& recipe, std::string_view width, std::string_view height);
/// A path's last part without its extension: `SDXL\flux-dev.safetensors` is flux-dev.
std::string model_name(std::string_view path);
/// Left out when it is there already, by name.
void add_lora(Recipe& recipe, Lora lora);
/// Left out when the name is taken, is one of the recipe's own, or is empty.
void add_extra(Recipe& recipe, std::string_view name, std::string_view value);

/// True when nothing but the generator's name is known.
bool says_nothing(const Recipe& recipe);

}  // namespace medialith::media
