// sniff() over any bytes: the first two bytes choose what is declared, the rest is the file.
#include <array>
#include <cstdlib>
#include <span>
#include <string_view>

#include "media/type.hpp"

namespace media = medialith::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<std::string_view, 8> kDeclared = {
      "", "image/png", "text/plain", "text/html", "audio/mp4", "audio/webm; codecs=opus", "audio/pcm", "nonsense"};
  static constexpr std::array<std::string_view, 4> kNames = {"", "a.js", "a.M4A", "a.b.png"};
  if (size < 2) return 0;
  const auto head = std::as_bytes(std::span(data, size)).subspan(2);
  const auto found = media::sniff(head, kDeclared[data[0] % kDeclared.size()], kNames[data[1] % kNames.size()]);
  // The answer is a row of the table, and what is active is never served under its own type.
  const auto& row = media::type_info(found.content_type);
  if (row.content_type != found.content_type || row.extension != found.extension || row.kind != found.kind) abort();
  if (found.active && !media::serving_of(found.content_type).attachment) abort();
  return 0;
}
