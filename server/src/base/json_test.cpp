#include "base/json.hpp"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace medialith::json {
namespace {

using testing::IsEmpty;

// The error of a text, as "code path" of its only field, or its message.
std::string refusal(std::string text, const ParseOptions& options = {}) {
  const auto document = Document::parse(std::move(text), options);
  if (document) return "accepted";
  EXPECT_EQ(document.error().code, ErrorCode::malformed_json);
  if (document.error().fields.empty()) return document.error().message;
  return document.error().fields[0].code + " " + document.error().fields[0].path;
}

TEST(JsonParse, KeepsOuterLevelsAsNodes) {
  const auto document = Document::parse(R"( {"a": 1.50, "b" : [true, null, "x\ny"],"c\u00e9":{}} )").value();
  const View root = document.root();
  EXPECT_EQ(root.kind(), Kind::object);
  EXPECT_EQ(root.raw(), R"({"a": 1.50, "b" : [true, null, "x\ny"],"c\u00e9":{}})");
  ASSERT_EQ(root.children().size(), 3U);
  EXPECT_EQ(root.find("a")->raw(), "1.50");
  EXPECT_EQ(root.find("a")->number(), 1.5);
  EXPECT_EQ(root.find("b")->raw(), R"([true, null, "x\ny"])");
  const auto items = root.find("b")->children();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_TRUE(items[0].boolean());
  EXPECT_EQ(items[1].kind(), Kind::null);
  EXPECT_EQ(items[2].text(), "x\ny");
  EXPECT_EQ(items[2].raw(), R"("x\ny")");
  EXPECT_EQ(root.find("cé")->raw(), "{}");
  EXPECT_EQ(root.find("nope"), std::nullopt);
  EXPECT_EQ(items[0].find("a"), std::nullopt);
}

TEST(JsonParse, TakesAnyValueAtTheRoot) {
  for (const std::string_view text : {"1", "\"x\"", "null", "true", "false", "[]", "{}", "-0.5e-3", "\"\""}) {
    EXPECT_EQ(Document::parse(" " + std::string(text) + "\n").value().root().raw(), text);
  }
}

TEST(JsonParse, ViewsSurviveAMoveOfTheDocument) {
  auto document = Document::parse(R"({"a":"b"})").value();
  const View view = document.root();
  const Document moved = std::move(document);
  EXPECT_EQ(view.find("a")->text(), "b");
}

TEST(JsonParse, ChecksButDoesNotKeepWhatIsDeeper) {
  const auto document = Document::parse(R"({"a":{"b":{"c\n":[1, 2]} },"d\t":"e\t"})", {.keep_depth = 2}).value();
  const View b = *document.root().find("a")->find("b");
  EXPECT_EQ(b.raw(), R"({"c\n":[1, 2]})");
  EXPECT_THAT(b.children(), IsEmpty());
  EXPECT_EQ(b.find("c\n"), std::nullopt);
  EXPECT_EQ(document.root().find("d\t")->text(), "e\t");
  EXPECT_EQ(refusal(R"({"a":{"b":[1,{"c":1,"c":2}]}})", {.keep_depth = 1}), "duplicate_member a.b[1].c");
  EXPECT_EQ(refusal(R"([[["\ud800"]]])", {.keep_depth = 1}), "lone_surrogate [0][0][0]");
}

TEST(JsonParse, RefusesMalformedText) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[",
                                      "]",
                                      "[1",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{1:2}",
                                      "{\"a\" 1}",
                                      "[\"a\":1]",
                                      "nul",
                                      "nulll",
                                      "tru",
                                      "truefalse",
                                      "TRUE",
                                      "'a'",
                                      "\"a",
                                      "a",
                                      "1 2",
                                      "{} {}",
                                      "[] 1",
                                      "[1}",
                                      "{\"a\":1]",
                                      "[1]]",
                                      "{\"a\":[1}",
                                      "[[1]",
                                      "{}}",
                                      "\"a\"b",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\\u12g4\"",
                                      "\"\\u-123\"",
                                      "\"\t\"",
                                      "[1:2]",
                                      "{\"a\":1 \"b\":2}",
                                      "[\"a\" \"b\"]",
                                      "\xef\xbb\xbf{}",
                                      "\"\xff\"",
                                      "\"\xed\xa0\x80\"",
                                      "[true\"a\"]",
                                      "[1\"a\"]",
                                      ":",
                                      ",",
                                      "/**/1",
                                      "\"\\"}) {
    const std::string outcome = refusal(std::string(text));
    EXPECT_THAT(outcome, testing::AnyOf(testing::StartsWith("The JSON"), testing::StartsWith("A JSON"))) << text;
  }
  EXPECT_EQ(refusal(std::string("\"a\0b\"", 5)), "A JSON string holds a control character that is not escaped.");
  EXPECT_NE(refusal(std::string("1\0", 2)), "accepted");
}

TEST(JsonParse, NamesThePlaceOfAnOffence) {
  EXPECT_EQ(refusal(R"({"recipe":{"loras":[{},{},{"weight":1e400}]}})"), "number_out_of_range recipe.loras[2].weight");
  EXPECT_EQ(refusal(R"({"a.b":["\u0000"]})"), "nul_character [\"a.b\"][0]");
  EXPECT_EQ(refusal(R"({"a":{"x":1,"y":2,"\u0078":3}})"), "duplicate_member a.x");
  EXPECT_EQ(refusal(R"({"a":1,"a":1})"), "duplicate_member a");
  EXPECT_EQ(refusal(R"(["\ude00"])"), "lone_surrogate [0]");
  EXPECT_EQ(refusal(R"(["\ud83d\ud83d"])"), "lone_surrogate [0]");
  EXPECT_EQ(refusal(R"(["\ud83dx"])"), "lone_surrogate [0]");
  EXPECT_EQ(refusal(R"({"a":[[[]]]})", {.max_depth = 3}), "too_deep a[0][0]");
  EXPECT_EQ(refusal(R"([1,2,3])", {.max_nodes = 3}), "too_many_values [2]");
  EXPECT_EQ(refusal(R"({"a\u0000":1})"), R"(nul_character ["\"a\\u0000\""])");
  EXPECT_EQ(refusal("{\"" + std::string(100, 'k') + "\":1e999}"),
            "number_out_of_range [\"" + std::string(64, 'k') + "\"]");
}

TEST(JsonParse, UnescapesEverything) {
  EXPECT_EQ(Document::parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\uFFFF")").value().root().text(),
            "\"\\/\b\f\n\r\tAé€😀\xef\xbf\xbf");
}

TEST(JsonParse, AllowsExactlyTheDepthThatIsSaid) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  for (const std::size_t depth : {1U, 64U, 256U, 1000U}) {
    EXPECT_TRUE(Document::parse(nested(depth), {.max_depth = depth}));
    EXPECT_THAT(refusal(nested(depth + 1), {.max_depth = depth}), testing::StartsWith("too_deep"));
  }
  EXPECT_THAT(refusal(nested(100'000), {.max_depth = 1'000'000}), testing::StartsWith("too_deep"));
}

TEST(JsonParse, ChecksNumbersByTheirText) {
  for (const std::string_view text :
       {"0", "-0", "10", "0.10", "1E5", "1e+5", "1e-5", "123456789012345678901234567890", "1.7976931348623157e308",
        "5e-324", "0e999999999999", "-0.0e-99999999999999999999"}) {
    EXPECT_EQ(Document::parse(std::string(text)).value().root().raw(), text);
  }
  for (const std::string_view text : {"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "1_000", "NaN", "Infinity",
                                      "-Infinity", "1.e5", "--1", "1e5.5", "1f"}) {
    EXPECT_THAT(refusal(std::string(text)), testing::StartsWith("The JSON")) << text;
  }
  for (const std::string_view text : {"1e309", "-1e309", "1e400", "1e-400", "1e99999999999999999999"}) {
    EXPECT_EQ(refusal("[" + std::string(text) + "]"), "number_out_of_range [0]") << text;
  }
  EXPECT_EQ(refusal("[" + std::string(400, '9') + "]"), "number_out_of_range [0]");
}

TEST(JsonParse, FindsADuplicateAmongManyMembersQuickly) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(refusal(text + "\"k77\":0}"), "duplicate_member k77");
}

TEST(JsonView, ReadsIntegersExactly) {
  const auto integer = [](std::string text) { return Document::parse(std::move(text)).value().root().integer(); };
  EXPECT_EQ(integer("12"), 12);
  EXPECT_EQ(integer("-0"), 0);
  EXPECT_EQ(integer("12.0"), 12);
  EXPECT_EQ(integer("-1.2e1"), -12);
  EXPECT_EQ(integer("0.0e5"), 0);
  EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(integer("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(integer("1e30"), std::nullopt);
  EXPECT_EQ(integer("1.5"), std::nullopt);
  EXPECT_EQ(integer("1e-3"), std::nullopt);
  EXPECT_EQ(integer("\"1\""), std::nullopt);
}

TEST(JsonEqual, ComparesValuesNotSpelling) {
  EXPECT_TRUE(equal(R"({"a":1,"b":[1,2]})", R"({ "b":[1.0,2e0], "a":1 })"));
  EXPECT_TRUE(equal("1e2", "100"));
  EXPECT_TRUE(equal("-0", "0.0"));
  EXPECT_TRUE(equal("0.00120", "12e-4"));
  EXPECT_TRUE(equal(R"("\u00e9\/")", R"("é/")"));
  EXPECT_FALSE(equal("0.1", "0.10000000000000000001"));
  EXPECT_FALSE(equal("12345678901234567890123", "12345678901234567890124"));
  EXPECT_FALSE(equal("[1,2]", "[2,1]"));
  EXPECT_FALSE(equal("[1]", "[1,1]"));
  EXPECT_FALSE(equal(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(equal("1", "-1"));
  EXPECT_FALSE(equal("1", "\"1\""));
  EXPECT_FALSE(equal("true", "false"));
  EXPECT_FALSE(equal("{", "["));
}

TEST(JsonWriter, WritesNestedContainers) {
  std::string out;
  Writer writer(out);
  writer.begin_object().key("a").integer(-1).key("b").begin_array();
  writer.boolean(true).null().begin_object().end_object().begin_array().end_array().number(0.1);
  writer.end_array().key("c").raw("[1]").key("d\n").string("x").key("e").number(
      std::numeric_limits<double>::infinity());
  writer.end_object();
  EXPECT_EQ(out, R"({"a":-1,"b":[true,null,{},[],0.1],"c":[1],"d\n":"x","e":null})");
}

TEST(JsonWriterDeathTest, RefusesWrongNesting) {
  std::string out;
  EXPECT_DEATH(Writer(out).begin_object().integer(1), "needs a key");
  EXPECT_DEATH(Writer(out).begin_array().key("a"), "belongs into an object");
  EXPECT_DEATH(Writer(out).begin_array().end_object(), "not open");
  EXPECT_DEATH(Writer(out).end_array(), "not open");
}

TEST(JsonWriter, EscapesWhatJsonDemandsAndNothingElse) {
  std::string out;
  append_string(out, std::string_view("\"\\/\b\f\n\r\t\x01\x1f\x7f"
                                      "é😀\xe2\x80\xa8",
                                      20));
  EXPECT_EQ(out,
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f"
            "é😀\xe2\x80\xa8\"");
}

TEST(JsonWriter, FindsACharacterToEscapeAtEveryPosition) {
  for (std::size_t size = 1; size < 100; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\n';
      std::string out;
      append_string(out, text);
      ASSERT_EQ(Document::parse(out).value().root().text(), text);
    }
  }
}

// Texts are copied by words and blocks: whatever byte stands wherever, the outcome is that of a loop over bytes.
TEST(JsonWriter, EscapesEveryByteAtEveryPositionAlike) {
  for (std::size_t size = 1; size < 80; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(byte);
        std::string alone;
        append_string(alone, std::string_view(text).substr(at, 1));
        std::string whole = "before";
        append_string(whole, text);
        ASSERT_EQ(whole, "before\"" + std::string(at, 'x') + alone.substr(1, alone.size() - 2) +
                             std::string(size - at - 1, 'x') + "\"")
            << byte;
      }
    }
  }
}

TEST(JsonWriter, WritesTimesAsIso8601) {
  std::string out;
  Writer(out).begin_array().time({0}).time({1'790'000'000'123}).end_array();
  EXPECT_EQ(out, R"(["1970-01-01T00:00:00.000Z","2026-09-21T14:13:20.123Z"])");
}

RC_GTEST_PROP(JsonWriter, ReadsBackAnyAsciiText, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  std::string out;
  append_string(out, text);
  RC_ASSERT(Document::parse(out).value().root().text() == text);
}

RC_GTEST_PROP(JsonWriter, ReadsBackAnyFiniteDouble, (double value)) {
  RC_PRE(std::isfinite(value));
  std::string out;
  Writer(out).number(value);
  RC_ASSERT(Document::parse(out).value().root().number() == value);
}

RC_GTEST_PROP(JsonWriter, ReadsBackAnyInteger, (std::int64_t value)) {
  std::string out;
  Writer(out).integer(value);
  RC_ASSERT(Document::parse(out).value().root().integer() == value);
}

}  // namespace
}  // namespace medialith::json
