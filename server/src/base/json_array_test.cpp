#include "base/json_array.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::json {
namespace {

using testing::ElementsAre;

constexpr std::size_t kLarge = 1000;

/// The elements of `text`, fed `piece` bytes at a time.
Result<std::vector<std::string>> read(std::string_view text, std::size_t piece, std::size_t max_element = kLarge) {
  ArrayReader reader(max_element);
  std::vector<std::string> elements;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    reader.feed(text.substr(0, piece));
    while (true) {
      TRY_ASSIGN(auto element, reader.next());
      if (!element) break;
      elements.push_back(std::move(*element));
    }
  }
  TRY(reader.finish());
  return elements;
}

TEST(ArrayReader, ElementsComeAsTheyWereSentHoweverTheTextIsCut) {
  constexpr std::string_view kText = " [ {\"a\":[1,{\"b\":\"]}\"}]} ,\"x,\\\"]\\\\\",-1.5e3, null,[],{},true ] \r\n";
  for (std::size_t piece = 1; piece <= kText.size(); ++piece) {
    const auto elements = read(kText, piece);
    ASSERT_TRUE(elements) << elements.error().message;
    EXPECT_THAT(*elements,
                ElementsAre("{\"a\":[1,{\"b\":\"]}\"}]}", "\"x,\\\"]\\\\\"", "-1.5e3", "null", "[]", "{}", "true"));
  }
}

TEST(ArrayReader, AnEmptyArrayHasNone) {
  EXPECT_THAT(read("[]", 1).value(), ElementsAre());
  EXPECT_THAT(read(" [ \n] ", 2).value(), ElementsAre());
}

TEST(ArrayReader, WhatIsNoArrayIsRefused) {
  for (const std::string_view text : {"",      " ",    "{}",   "1",    "[",  "[1",   "[1,", "[1,]",     "[,1]",  "[,]",
                                      "[1 2]", "[1]]", "[1],", "[{}}", "[}", "[\"a", "[{]", "[1\"a\"]", "[1{}]", "]"}) {
    for (const std::size_t piece : {1U, 100U}) {
      const auto elements = read(text, piece);
      ASSERT_FALSE(elements) << text;
      EXPECT_EQ(elements.error().code, ErrorCode::malformed_json) << text;
    }
  }
}

TEST(ArrayReader, AnElementHasALimit) {
  EXPECT_TRUE(read(R"(["12345678","12345678"])", 3, 10));
  const auto refused = read(R"(["12345678","123456789"])", 3, 10);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::body_too_large);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("Item 1 "));
}

}  // namespace
}  // namespace medialith::json
