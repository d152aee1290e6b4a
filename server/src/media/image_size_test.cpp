#include "media/image_size.hpp"

#include <gtest/gtest.h>

#include "media/testing/fixtures.hpp"

namespace medialith::media {
namespace {

using testing::Bytes;
using testing::bytes_of;

std::optional<ImageSize> size_of(const Bytes& file) {
  SpanSource source(file);
  return image_size(source);
}

ImageSize pixels(std::uint32_t width, std::uint32_t height) { return {.width = width, .height = height}; }

// Every prefix of a header must be refused or answered alike, never misread.
void expect_no_wrong_answer_when_cut(const Bytes& file) {
  const auto whole = size_of(file);
  for (std::size_t length = 0; length < file.size(); ++length) {
    const auto cut = size_of(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)));
    if (cut) {
      EXPECT_EQ(cut, whole) << "at " << length;
    }
  }
}

TEST(ImageSize, ReadsEachFormat) {
  struct Row {
    const char* name;
    Bytes file;
    ImageSize size;
  };
  const Row rows[] = {
      {"png", testing::png({.width = 123, .height = 45}), pixels(123, 45)},
      {"jpeg", testing::jpeg({.width = 640, .height = 480}), pixels(640, 480)},
      {"progressive jpeg", testing::jpeg({.width = 640, .height = 480, .frame_marker = 0xC2}), pixels(640, 480)},
      {"webp lossy", testing::webp_lossy(800, 600), pixels(800, 600)},
      {"webp lossless", testing::webp_lossless(16384, 5), pixels(16384, 5)},
      {"webp extended", testing::webp_extended(1 << 20, 16383), pixels(1 << 20, 16383)},
      {"gif", testing::gif(320, 65535), pixels(320, 65535)},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(size_of(row.file), row.size);
    expect_no_wrong_answer_when_cut(row.file);
  }
}

TEST(ImageSize, TurnsJpegsAsTheirOrientationSays) {
  for (int orientation = 0; orientation <= 9; ++orientation) {
    for (const bool little : {true, false}) {
      const Bytes file =
          testing::jpeg({.width = 640, .height = 480, .orientation = orientation, .little_endian = little});
      const bool sideways = orientation >= 5 && orientation <= 8;
      EXPECT_EQ(size_of(file), sideways ? pixels(480, 640) : pixels(640, 480)) << orientation << little;
    }
  }
}

TEST(ImageSize, FindsAFrameHeaderMegabytesAway) {
  EXPECT_EQ(size_of(testing::jpeg({.padding_segments = 255, .padding_bytes = 65'000})), pixels(64, 64));
}

TEST(ImageSize, GivesUpOnThousandsOfSegments) {
  EXPECT_EQ(size_of(testing::jpeg({.padding_segments = 1000, .padding_bytes = 1})), pixels(64, 64));
  EXPECT_FALSE(size_of(testing::jpeg({.padding_segments = 5000, .padding_bytes = 1})));
}

TEST(ImageSize, SkipsFillBytes) {
  Bytes file = testing::jpeg();
  file.insert(file.begin() + 2, 3, std::byte{0xFF});
  EXPECT_EQ(size_of(file), pixels(64, 64));
}

TEST(ImageSize, RefusesWhatHeadersCannotSay) {
  EXPECT_FALSE(size_of(testing::gif(0, 10)));
  EXPECT_FALSE(size_of(testing::jpeg({.width = 10, .height = 0})));
  EXPECT_FALSE(size_of(testing::webp_lossy(0, 10)));
  Bytes png = testing::png();
  png[16] = std::byte{0xFF};
  EXPECT_FALSE(size_of(png)) << "beyond 2^31 - 1";
  png = testing::png();
  png[12] = std::byte{'X'};
  EXPECT_FALSE(size_of(png)) << "the first chunk is not IHDR";
  Bytes webp = testing::webp_lossy(10, 10);
  webp[23] = std::byte{0};
  EXPECT_FALSE(size_of(webp)) << "no start code";
  EXPECT_FALSE(size_of(bytes_of("\xFF\xD8\xFF\xDA\x00\x02")));
  EXPECT_FALSE(size_of(bytes_of("hello, this is text")));
  EXPECT_FALSE(size_of({}));
}

TEST(ImageSize, RefusesAScanBeforeTheFrame) {
  EXPECT_FALSE(size_of(testing::jpeg({.frame_marker = 0xC4}))) << "a Huffman table is no frame";
  EXPECT_FALSE(size_of(testing::jpeg({.frame_marker = 0xDA})));
}

}  // namespace
}  // namespace medialith::media
