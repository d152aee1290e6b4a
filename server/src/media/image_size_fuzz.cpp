// image_size() over any bytes. What it answers from the whole file it must answer from fetched pieces too.
#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include "media/image_size.hpp"

namespace media = medialith::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  media::SpanSource whole(file);
  const auto expected = media::image_size(whole);
  if (expected && (expected->width == 0 || expected->height == 0)) abort();

  media::StagedBytes staged(size, file.first(std::min<std::size_t>(size, 16)));
  auto found = media::image_size(staged);
  while (const auto range = staged.missing()) {
    const auto piece = file.subspan(range->offset, range->length);
    staged.add(range->offset, std::vector(piece.begin(), piece.end()));
    found = media::image_size(staged);
  }
  if (found != expected) abort();
  return 0;
}
