// What a staged file says about itself: size in pixels, recipe.
#pragma once

#include <optional>
#include <string>

#include "blob/store.hpp"
#include "domain/generations.hpp"
#include "media/image_size.hpp"
#include "media/recipe.hpp"
#include "media/type.hpp"
#include "net/runtime.hpp"
#include "net/task.hpp"

namespace medialith::intake {

struct Description {
  std::optional<media::ImageSize> size;
  std::optional<media::Recipe> recipe;
};

/// Whether describe() reads files of this type.
bool is_described(const media::Sniffed& type);

/// Reads headers and texts back from staging, a bounded part of the file. A file that cannot be read so is described by
/// nothing; only a failing disk is an error.
/// Texts are inflated and graphs walked on `work`: a hostile file may cost a quarter of a second.
Task<Result<Description>> describe(blob::Staging& staging, std::uint64_t size, const media::Sniffed& type,
                                   net::Pool& work);

/// The generation that a recipe makes.
domain::GenerationFields generation_of(const media::Recipe& recipe, media::MediaKind kind);

}  // namespace medialith::intake
