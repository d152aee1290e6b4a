#include "media/byte_source.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "media/image_size.hpp"
#include "media/png_text.hpp"
#include "media/testing/fixtures.hpp"

namespace medialith::media {
namespace {

using testing::Bytes;
using testing::bytes_of;
using testing::text_of;

TEST(SpanSource, CutsAtTheEnd) {
  const Bytes file = bytes_of("0123456789");
  SpanSource source(file);
  EXPECT_EQ(text_of(source.read(8, 5)), "89");
  EXPECT_EQ(text_of(source.read(10, 1)), "");
  EXPECT_EQ(text_of(source.read(UINT64_MAX, 1)), "");
}

TEST(BudgetedReader, GivesAllOrNothingAndNoMoreThanItsBudget) {
  const Bytes file = bytes_of("0123456789");
  SpanSource source(file);
  BudgetedReader reader(source, 6);
  EXPECT_EQ(text_of(reader.take(2, 4).value()), "2345");
  EXPECT_FALSE(reader.take(8, 3));
  EXPECT_FALSE(reader.take(0, 3));
  EXPECT_EQ(text_of(reader.take(0, 2).value()), "01");
  EXPECT_FALSE(reader.take(UINT64_MAX, 1));
  EXPECT_FALSE(reader.missed());
}

TEST(StagedBytes, NamesWhatItMisses) {
  const Bytes head = bytes_of("0123");
  StagedBytes staged(5000, head);
  EXPECT_EQ(text_of(staged.read(1, 2)), "12");
  EXPECT_TRUE(staged.read(3, 2).empty());
  EXPECT_EQ(staged.missing(), (StagedBytes::Range{.offset = 3, .length = StagedBytes::kReadAhead}));
  EXPECT_TRUE(staged.read(4000, 2000).empty());
  EXPECT_EQ(staged.missing()->offset, 3) << "the first miss is kept";
  staged.add(3, Bytes(StagedBytes::kReadAhead));
  EXPECT_EQ(staged.read(3, 2).size(), 2);
  EXPECT_TRUE(staged.read(4000, 2000).empty());
  EXPECT_EQ(staged.missing(), (StagedBytes::Range{.offset = 4000, .length = 1000}));
}

TEST(StagedBytes, TakesAShortFetchAsTheEnd) {
  StagedBytes staged(5000, bytes_of("0123"));
  EXPECT_TRUE(staged.read(4, 10).empty());
  staged.add(4, bytes_of("45"));
  EXPECT_EQ(text_of(staged.read(4, 10)), "45");
  EXPECT_FALSE(staged.missing());
  EXPECT_EQ(staged.size(), 6);
}

// Runs a reader as a caller does whose bytes come asynchronously; counts what it fetched.
template <class Read>
auto run_staged(const Bytes& file, std::size_t head, std::size_t& fetched, Read read) {
  const std::span<const std::byte> all(file);
  StagedBytes staged(file.size(), all.first(std::min(head, file.size())));
  auto found = read(staged);
  for (int rounds = 0; staged.missing() && rounds < 10'000; ++rounds) {
    const auto range = *staged.missing();
    const auto piece = all.subspan(static_cast<std::size_t>(range.offset), range.length);
    fetched += piece.size();
    staged.add(range.offset, Bytes(piece.begin(), piece.end()));
    found = read(staged);
  }
  return found;
}

TEST(StagedBytes, FeedsAReaderWithLittleMoreThanItAsksFor) {
  const Bytes file = testing::jpeg({.width = 300, .height = 200, .padding_segments = 40, .padding_bytes = 60'000});
  std::size_t fetched = 0;
  const auto size = run_staged(file, 64 * 1024, fetched, [](ByteSource& source) { return image_size(source); });
  EXPECT_EQ(size, (ImageSize{.width = 300, .height = 200}));
  EXPECT_GT(file.size(), 2'000'000);
  EXPECT_LE(fetched, 41 * StagedBytes::kReadAhead);
}

TEST(StagedBytes, FindsTextsBehindPixels) {
  const std::string prompt(3000, 'x');
  const Bytes file = testing::png({.width = 300,
                                   .height = 300,
                                   .before_pixels = {{.keyword = "parameters", .text = "first"}},
                                   .behind_pixels = {{.keyword = "prompt", .text = prompt}},
                                   .pixels_per_chunk = 512});
  std::size_t fetched = 0;
  const auto texts = run_staged(file, 100, fetched, [](ByteSource& source) { return read_png_text(source); });
  EXPECT_EQ(texts, (std::vector<PngText>{{"parameters", "first"}, {"prompt", prompt}}));
}

}  // namespace
}  // namespace medialith::media
