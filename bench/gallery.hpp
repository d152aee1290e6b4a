// A gallery of many pictures for the page, in the time it takes to write rows.
#pragma once

#include <cstdint>
#include <string>

#include "store.hpp"

namespace medialith::bench {

/// Makes `count` generations of the oldest user, each with one asset, of the pictures that this user has: files are
/// linked, not copied, into the blobs' folder. Models, tags, favourites and prompts differ from one to the next.
void fill_gallery(Store& store, const std::string& blobs, std::int64_t count);

}  // namespace medialith::bench
