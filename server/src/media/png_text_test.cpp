#include "media/png_text.hpp"

#include <gtest/gtest.h>

#include "media/testing/fixtures.hpp"

namespace medialith::media {
namespace {

using testing::Bytes;
using testing::PngTextForm;

std::vector<PngText> texts_of(const Bytes& file) {
  SpanSource source(file);
  return read_png_text(source);
}

TEST(PngText, ReadsEveryFormOnBothSidesOfThePixels) {
  const std::string long_text(100'000, 'a');
  const Bytes file = testing::png({
      .before_pixels = {{PngTextForm::text, "a", "one"}, {PngTextForm::compressed, "b", long_text}},
      .behind_pixels = {{PngTextForm::international, "c", "zw\xC3\xB6lf"},
                        {PngTextForm::international_compressed, "d", "\xE2\x98\x82"}},
  });
  EXPECT_EQ(texts_of(file),
            (std::vector<PngText>{{"a", "one"}, {"b", long_text}, {"c", "zw\xC3\xB6lf"}, {"d", "\xE2\x98\x82"}}));
}

TEST(PngText, TakesLatin1AndUtf8InPlainText) {
  const Bytes file = testing::png(
      {.before_pixels = {{PngTextForm::text, "latin", "caf\xE9"}, {PngTextForm::text, "utf8", "caf\xC3\xA9"}}});
  EXPECT_EQ(texts_of(file), (std::vector<PngText>{{"latin", "caf\xC3\xA9"}, {"utf8", "caf\xC3\xA9"}}));
}

TEST(PngText, ReplacesWhatIsNotUtf8AndDropsZeros) {
  const Bytes file = testing::png({.before_pixels = {{PngTextForm::international, "a", "x\xFFy"},
                                                     {PngTextForm::text, "b", std::string("p\0q", 3)}}});
  EXPECT_EQ(texts_of(file), (std::vector<PngText>{{"a", "x\xEF\xBF\xBDy"}, {"b", "pq"}}));
}

TEST(PngText, LeavesOutBombsAndKeepsTheRest) {
  const std::string bomb(kMaxPngTextBytes + 1, 'z');
  const Bytes file = testing::png({.before_pixels = {{PngTextForm::compressed, "bomb", bomb},
                                                     {PngTextForm::international_compressed, "bomb", bomb},
                                                     {PngTextForm::text, "bomb", bomb},
                                                     {PngTextForm::text, "kept", "yes"}}});
  EXPECT_EQ(texts_of(file), (std::vector<PngText>{{"kept", "yes"}}));
}

TEST(PngText, BoundsAllTextsTogether) {
  const std::string big(kMaxPngTextBytes, 'z');
  const Bytes file = testing::png({.before_pixels = {{PngTextForm::compressed, "a", big},
                                                     {PngTextForm::compressed, "b", big},
                                                     {PngTextForm::compressed, "c", "one too many"}}});
  const auto texts = texts_of(file);
  ASSERT_EQ(texts.size(), 2);
  EXPECT_EQ(texts[1].keyword, "b");
}

TEST(PngText, BoundsTheNumberOfTexts) {
  testing::PngOptions options;
  for (std::size_t i = 0; i < kMaxPngTexts + 10; ++i) options.before_pixels.push_back({PngTextForm::text, "k", "v"});
  EXPECT_EQ(texts_of(testing::png(options)).size(), kMaxPngTexts);
}

TEST(PngText, LeavesOutDamagedChunks) {
  const std::string zero(1, '\0');
  const auto with = [](std::string_view type, std::string_view data) {
    Bytes file = testing::png();
    const Bytes chunk = testing::png_chunk(type, data);
    file.insert(file.begin() + 33, chunk.begin(), chunk.end());
    return texts_of(file);
  };
  EXPECT_TRUE(with("tEXt", "no zero").empty());
  EXPECT_TRUE(with("tEXt", zero + "no keyword").empty());
  EXPECT_TRUE(with("tEXt", std::string(80, 'k') + zero + "long keyword").empty());
  EXPECT_TRUE(with("zTXt", "k" + zero).empty());
  EXPECT_TRUE(with("zTXt", "k" + zero + "\1" + testing::deflated("method")).empty());
  EXPECT_TRUE(with("zTXt", "k" + zero + zero + "not deflated").empty());
  EXPECT_TRUE(with("zTXt", "k" + zero + zero + testing::deflated("cut").substr(0, 6)).empty());
  EXPECT_TRUE(with("iTXt", "k" + zero + zero).empty());
  EXPECT_TRUE(with("iTXt", "k" + zero + zero + zero + "en" + zero + "no end").empty());
  EXPECT_EQ(with("tEXt", "k" + zero + "v").size(), 1);
}

TEST(PngText, StopsWhereLengthsLie) {
  Bytes file = testing::png({.before_pixels = {{PngTextForm::text, "a", "kept"}}});
  const std::size_t second = 33 + 12 + 6;
  file[second] = std::byte{0x7F};
  EXPECT_EQ(texts_of(file), (std::vector<PngText>{{"a", "kept"}}));
  file[33] = std::byte{0xFF};
  EXPECT_TRUE(texts_of(file).empty());
}

TEST(PngText, AnythingElseHasNone) {
  EXPECT_TRUE(texts_of({}).empty());
  EXPECT_TRUE(texts_of(testing::jpeg()).empty());
}

}  // namespace
}  // namespace medialith::media
