#include "intake/describe.hpp"

#include "media/byte_source.hpp"
#include "media/png_text.hpp"

namespace medialith::intake {
namespace {

/// The readers bound what they read; this bounds how often a hostile file makes us fetch.
constexpr int kMaxFetches = 4096;

template <class Read>
Task<Result<void>> read_staged(blob::Staging& staging, media::StagedBytes& bytes, Read read) {
  CO_TRY(co_await read());
  for (int fetches = 0; bytes.missing() && fetches < kMaxFetches; ++fetches) {
    const media::StagedBytes::Range range = *bytes.missing();
    CO_TRY_ASSIGN(std::vector<std::byte> piece, co_await staging.read_back(range.offset, range.length));
    bytes.add(range.offset, std::move(piece));
    CO_TRY(co_await read());
  }
  co_return Result<void>();
}

}  // namespace

bool is_described(const media::Sniffed& type) { return type.kind == media::MediaKind::image; }

Task<Result<Description>> describe(blob::Staging& staging, std::uint64_t size, const media::Sniffed& type,
                                   net::Pool& work) {
  Description description;
  if (!is_described(type)) co_return description;
  media::StagedBytes bytes(size, staging.head());
  auto read_size = [&]() -> Task<Result<void>> {
    description.size = media::image_size(bytes);
    co_return Result<void>();
  };
  CO_TRY(co_await read_staged(staging, bytes, read_size));
  if (type.content_type != "image/png") co_return description;
  std::vector<media::PngText> texts;
  auto parse = [&]() -> Result<void> {
    texts = media::read_png_text(bytes);
    if (!bytes.missing()) description.recipe = media::recipe_from_png_text(texts);
    return {};
  };
  auto read_recipe = [&]() -> Task<Result<void>> { return net::run_on(work, parse); };
  CO_TRY(co_await read_staged(staging, bytes, read_recipe));
  co_return description;
}

domain::GenerationFields generation_of(const media::Recipe& recipe, media::MediaKind kind) {
  domain::GenerationFields fields;
  fields.model_id = recipe.model.empty() ? "unknown" : recipe.model;
  fields.model_name = fields.model_id;
  fields.provider = recipe.generator.empty() ? "unknown" : recipe.generator;
  fields.category = kind == media::MediaKind::image ? "image-generation" : "unknown";
  fields.prompt = recipe.prompt;
  fields.recipe = media::to_json(recipe);
  return fields;
}

}  // namespace medialith::intake
