#include "web/schema.hpp"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kColours[] = {"red", "green"};
constexpr Field kPartFields[] = {
    {.name = "name", .presence = Presence::required, .min = 1, .max = 5},
    {.name = "weight", .type = Type::number, .nullable = true},
};
constexpr Schema kPart = {.name = "Part", .doc = "A part.", .fields = kPartFields};
constexpr Schema kOpenPart = {.name = "OpenPart", .doc = "", .fields = kPartFields, .others = OtherMembers::kept};
constexpr Field kThingFields[] = {
    {.name = "id", .doc = "Its id.", .presence = Presence::read_only},
    {.name = "title", .doc = "Its title.", .presence = Presence::required, .min = 2, .max = 4},
    {.name = "note", .nullable = true, .min = 1},
    {.name = "colour", .nullable = true, .one_of = kColours},
    {.name = "count", .type = Type::integer, .min = 1, .max = 5},
    {.name = "low", .type = Type::number, .min = 0},
    {.name = "high", .type = Type::number, .max = 10},
    {.name = "done", .type = Type::boolean},
    {.name = "at", .type = Type::date_time, .nullable = true},
    {.name = "any", .type = Type::any, .may_be_absent = true},
    {.name = "free", .type = Type::object},
    {.name = "part", .type = Type::object, .nullable = true, .of = &kPart},
    {.name = "open", .type = Type::object, .of = &kOpenPart},
    {.name = "tags", .type = Type::array, .max = 3, .max_item = 4},
    {.name = "colours", .type = Type::array, .min = 1, .one_of = kColours},
    {.name = "parts", .type = Type::array, .of = &kPart},
};
constexpr Schema kThing = {.name = "Thing", .doc = "A thing.", .fields = kThingFields};

json::Document parse(const std::string& text) {
  return json::Document::parse(text, {.max_depth = 256, .keep_depth = 1}).value();
}

/// "path code" of each offending member.
std::vector<std::string> errors(const std::string& text, Use use = Use::create) {
  const json::Document body = parse(text);
  const auto done = check(kThing, body.root(), use);
  std::vector<std::string> found;
  if (done) return found;
  EXPECT_EQ(done.error().code, ErrorCode::validation_failed);
  EXPECT_FALSE(done.error().message.empty());
  for (const FieldError& field : done.error().fields) {
    found.push_back(field.path + " " + field.code);
    EXPECT_FALSE(field.message.empty());
  }
  return found;
}

/// Of one member beside the required one.
std::vector<std::string> errors_of(const std::string& member) { return errors(R"({"title":"abc",)" + member + "}"); }

TEST(Schema, TakesWhatItDeclares) {
  EXPECT_THAT(errors(R"({"title":"abc","note":"n","colour":"red","count":5,"low":0,"high":-1.5,"done":true,
      "at":"2026-11-21T09:36:00Z","any":[1,{"x":null}],"free":{"y":{"z":1}},"part":{"name":"n","weight":1e2},
      "open":{"name":"n","more":[1]},"tags":["a","éééé"],"colours":["red","red"],"parts":[{"name":"a"},{"name":"b"}]})"),
              IsEmpty());
  EXPECT_THAT(errors(R"({"title":"abc","note":null,"colour":null,"at":null,"any":null,"part":null})"), IsEmpty());
}

TEST(Schema, NamesEveryOffendingMember) {
  EXPECT_THAT(errors(R"({"count":0,"done":"yes","other":1,"id":"x","tags":["a",1,""]})"),
              ElementsAre("title required", "count out_of_range", "done wrong_type", "other unknown", "id read_only",
                          "tags[1] wrong_type", "tags[2] too_short"));
}

TEST(Schema, WantsAnObject) {
  for (const char* body : {"[]", "null", "1", "\"x\""}) EXPECT_THAT(errors(body), ElementsAre(" wrong_type")) << body;
}

TEST(Schema, ChecksStrings) {
  EXPECT_THAT(errors(R"({"title":"a"})"), ElementsAre("title too_short"));
  EXPECT_THAT(errors(R"({"title":"abcde"})"), ElementsAre("title too_long"));
  EXPECT_THAT(errors(R"({"title":"éééé"})"), IsEmpty()) << "characters, not bytes";
  EXPECT_THAT(errors(R"({"title":"🦩"})"), ElementsAre("title too_short"));
  EXPECT_THAT(errors(R"({"title":null})"), ElementsAre("title wrong_type"));
  EXPECT_THAT(errors(R"({"title":1})"), ElementsAre("title wrong_type"));
  EXPECT_THAT(errors_of(R"("note":"")"), ElementsAre("note too_short"));
  EXPECT_THAT(errors_of(R"("colour":"blue")"), ElementsAre("colour not_allowed"));
  EXPECT_THAT(errors_of(R"("colour":1)"), ElementsAre("colour wrong_type"));
}

TEST(Schema, ChecksNumbers) {
  for (const char* number : {"0", "6", "-1", "1e3"}) {
    EXPECT_THAT(errors_of(R"("count":)" + std::string(number)), ElementsAre("count out_of_range")) << number;
  }
  for (const char* number : {"1.5", "99999999999999999999", "\"1\"", "null"}) {
    EXPECT_THAT(errors_of(R"("count":)" + std::string(number)), ElementsAre("count wrong_type")) << number;
  }
  EXPECT_THAT(errors_of(R"("count":2.0)"), IsEmpty()) << "a whole number is one in any spelling";
  EXPECT_THAT(errors_of(R"("low":-0.1,"high":10.1)"), ElementsAre("low out_of_range", "high out_of_range"));
  EXPECT_THAT(errors_of(R"("low":true)"), ElementsAre("low wrong_type"));
}

TEST(Schema, ChecksTimes) {
  EXPECT_THAT(errors_of(R"("at":"yesterday")"), ElementsAre("at not_a_time"));
  EXPECT_THAT(errors_of(R"("at":1790000000000)"), ElementsAre("at wrong_type"));
}

TEST(Schema, LooksIntoObjectsAndArrays) {
  EXPECT_THAT(errors_of(R"("free":[])"), ElementsAre("free wrong_type"));
  EXPECT_THAT(errors_of(R"("part":{"name":"","x":1})"), ElementsAre("part.name too_short", "part.x unknown"));
  EXPECT_THAT(errors_of(R"("part":{})"), ElementsAre("part.name required"));
  EXPECT_THAT(errors_of(R"("open":{"x":1})"), ElementsAre("open.name required"));
  EXPECT_THAT(errors_of(R"("parts":[{"name":"a"},{"name":1},2])"),
              ElementsAre("parts[1].name wrong_type", "parts[2] wrong_type"));
  EXPECT_THAT(errors_of(R"("tags":{})"), ElementsAre("tags wrong_type"));
  EXPECT_THAT(errors_of(R"("tags":["a","b","c","d"])"), ElementsAre("tags too_many"));
  EXPECT_THAT(errors_of(R"("tags":["abcde"])"), ElementsAre("tags[0] too_long"));
  EXPECT_THAT(errors_of(R"("colours":[])"), ElementsAre("colours too_few"));
  EXPECT_THAT(errors_of(R"("colours":["red","blue"])"), ElementsAre("colours[1] not_allowed"));
}

TEST(Schema, LooksIntoWhatNestsAsDeeplyAsBodiesMay) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_THAT(errors_of(R"("open":{"name":"n","deep":)" + deep + "}"), IsEmpty());
}

TEST(Schema, RefusesToLookIntoTooManyValues) {
  std::string many = R"("parts":[{"name":"a"})";
  for (int i = 0; i < 20'000; ++i) many += R"(,{"name":"a"})";
  EXPECT_THAT(errors_of(many + "]"), ElementsAre("parts too_large"));
}

TEST(Schema, APatchMayLeaveOutAndRemove) {
  EXPECT_THAT(errors("{}", Use::patch), IsEmpty());
  EXPECT_THAT(errors(R"({"count":null,"done":null,"tags":null,"free":null})", Use::patch), IsEmpty());
  EXPECT_THAT(errors(R"({"title":null})", Use::patch), ElementsAre("title wrong_type"))
      << "what is required has no default";
  EXPECT_THAT(errors(R"({"id":null,"x":null})", Use::patch), ElementsAre("id read_only", "x unknown"));
}

TEST(Schema, IgnoresWhatItIsToldToAtTheTop) {
  constexpr std::string_view ignored[] = {"userId"};
  const json::Document top = parse(R"({"title":"abc","userId":{"any":1}})");
  EXPECT_TRUE(check(kThing, top.root(), Use::create, ignored));
  const json::Document inside = parse(R"({"title":"abc","part":{"name":"n","userId":1}})");
  const auto done = check(kThing, inside.root(), Use::create, ignored);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fields.front().path, "part.userId");
}

TEST(Schema, InvalidSpeaksOfOneMemberOrOfMany) {
  EXPECT_EQ(invalid("title", "required", "It is.").message, "`title` is not valid: It is.");
  EXPECT_EQ(invalid("", "wrong_type", "This must be an object.").message, "This must be an object.");
  EXPECT_EQ(invalid({{"a", "x", "1"}, {"b", "y", "2"}}).message, "2 members are not valid; `fields` names them.");
}

TEST(JsonSchema, OfARequestLeavesOutWhatTheServerSets) {
  const std::string text = json_schema(kThing, As::request);
  const auto document = json::Document::parse(text).value();
  const auto properties = document.root().find("properties");
  ASSERT_TRUE(properties);
  EXPECT_FALSE(properties->find("id"));
  EXPECT_EQ(document.root().find("required")->raw(), R"(["title"])");
  EXPECT_EQ(document.root().find("additionalProperties")->raw(), "false");
  EXPECT_EQ(properties->find("title")->raw(),
            R"({"type":"string","description":"Its title.","minLength":2,"maxLength":4})");
  EXPECT_EQ(properties->find("colour")->raw(), R"({"type":["string","null"],"enum":["red","green",null]})");
  EXPECT_EQ(properties->find("count")->raw(), R"({"type":"integer","minimum":1,"maximum":5})");
  EXPECT_EQ(properties->find("tags")->raw(),
            R"({"type":"array","maxItems":3,"items":{"type":"string","maxLength":4}})");
  EXPECT_EQ(properties->find("colours")->raw(),
            R"({"type":"array","minItems":1,"items":{"type":"string","enum":["red","green"]}})");
  EXPECT_EQ(properties->find("any")->raw(), "{}");
  EXPECT_EQ(properties->find("part")->find("type")->raw(), R"(["object","null"])");
  EXPECT_EQ(properties->find("at")->raw(), R"({"type":["string","null"],"format":"date-time"})");
}

TEST(JsonSchema, OfAnAnswerWantsEveryMemberThatIsNeverLeftOut) {
  const auto document = json::Document::parse(json_schema(kThing, As::response)).value();
  EXPECT_TRUE(document.root().find("properties")->find("id"));
  const std::string required(document.root().find("required")->raw());
  EXPECT_THAT(required, testing::StartsWith(R"(["id","title")"));
  EXPECT_THAT(required, testing::Not(testing::HasSubstr("any")));
}

TEST(JsonSchema, KeepsOtherMembersWhereTheyAreKept) {
  const auto document = json::Document::parse(json_schema(kOpenPart, As::request)).value();
  EXPECT_FALSE(document.root().find("additionalProperties"));
}

TEST(CountCharacters, CountsCodePoints) {
  EXPECT_EQ(count_characters(""), 0);
  EXPECT_EQ(count_characters("abc"), 3);
  EXPECT_EQ(count_characters("é漢🦩"), 3);
}

}  // namespace
}  // namespace medialith::web
