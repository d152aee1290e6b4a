// Everything that reads recipes, over any bytes: as a PNG, as A1111's text and as either of ComfyUI's graphs.
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/json.hpp"
#include "media/png_text.hpp"
#include "media/recipe.hpp"
#include "media/text.hpp"

namespace media = medialith::media;

namespace {

// What is made of any file must be fit for the database and the wire.
void check(const std::optional<media::Recipe>& recipe) {
  if (!recipe) return;
  for (const std::string* text : {&recipe->prompt, &recipe->negative_prompt, &recipe->model, &recipe->sampler}) {
    if (!media::is_utf8(*text) || text->contains('\0') || text->size() > media::kMaxPromptBytes) abort();
  }
  if (!medialith::json::Document::parse(media::to_json(*recipe))) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  media::SpanSource source(file);
  const auto texts = media::read_png_text(source);
  for (const auto& text : texts) {
    if (!media::is_utf8(text.text) || text.text.contains('\0')) abort();
  }
  check(media::recipe_from_png_text(texts));

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(media::recipe_from_a1111(text));
  check(media::recipe_from_comfyui(text, text));
  return 0;
}
