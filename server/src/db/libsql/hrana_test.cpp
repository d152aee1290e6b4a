#include "db/libsql/hrana.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace medialith::db::libsql {
namespace {

using ::testing::ElementsAre;

TEST(Hrana, BindsValuesByName) {
  const std::byte raw[] = {std::byte{0}, std::byte{0xff}};
  const Statement statement("INSERT INTO {t} VALUES ($1, $2, $3, $4, $5, $6, $7)", Null{},
                            std::numeric_limits<std::int64_t>::min(), 0.1, true, std::string_view("a\"b"), Bytes{raw},
                            Time{-1});
  EXPECT_EQ(encode(statement, Rows::unwanted).value(),
            R"json({"sql":"INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7)","named_args":[)json"
            R"({"name":"$1","value":{"type":"null"}},)"
            R"({"name":"$2","value":{"type":"integer","value":"-9223372036854775808"}},)"
            R"({"name":"$3","value":{"type":"float","value":0.1}},)"
            R"({"name":"$4","value":{"type":"integer","value":"1"}},)"
            R"({"name":"$5","value":{"type":"text","value":"a\"b"}},)"
            R"({"name":"$6","value":{"type":"blob","base64":"AP8="}},)"
            R"({"name":"$7","value":{"type":"integer","value":"-1"}}],"want_rows":false})");
}

TEST(Hrana, RefusesWhatJsonCannotHold) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const auto encoded = encode(Statement("SELECT $1", none), Rows::wanted);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code, ErrorCode::internal);
}

TEST(Hrana, LeavesOutTheWordsOfFullText) {
  const std::string_view texts[] = {"a"};
  const auto encoded = encode(Statement("SELECT $1", 1, Words{texts}), Rows::wanted);
  EXPECT_THAT(encoded.value(), ::testing::Not(::testing::HasSubstr("$2")));
}

TEST(Hrana, StepsDependOnEachOtherAndOnTheTransaction) {
  Batch batch;
  batch.inside("1");
  batch.always("2");
  batch.next("3");
  EXPECT_EQ(batch.request(), R"({"type":"batch","batch":{"steps":[)"
                             R"({"stmt":1,"condition":{"type":"not","cond":{"type":"is_autocommit"}}},{"stmt":2},)"
                             R"({"stmt":3,"condition":{"type":"and","conds":[{"type":"ok","step":1},)"
                             R"({"type":"not","cond":{"type":"is_autocommit"}}]}}]}})");
}

Reply reply_with(const std::string& results) {
  return Reply::parse(R"({"baton":"b","base_url":null,"results":[)" + results + "]}", 1).value();
}

TEST(Hrana, ReadsEveryTypeOfCell) {
  const Reply reply = reply_with(
      R"({"type":"ok","response":{"type":"batch","result":{"step_errors":[null],"step_results":[{"cols":[],"rows":[)"
      R"([{"type":"null"},{"type":"integer","value":"9223372036854775807"},{"type":"float","value":1.5},)"
      R"({"type":"text","value":"5\u00e9"},{"type":"blob","base64":"AP8"},{"type":"blob","base64":""},)"
      R"({"type":"float","value":null}]],"affected_row_count":3}]}}})");
  EXPECT_EQ(reply.baton(), "b");
  EXPECT_EQ(reply.base_url(), "");
  const std::vector<Step> steps = reply.steps(0, 1);
  EXPECT_EQ(steps[0].changes(), 3);
  int rows = 0;
  steps[0].each([&](const Row& row) {
    ++rows;
    EXPECT_TRUE(row.is_null(0));
    EXPECT_EQ(row.integer(0), 0);
    EXPECT_EQ(row.integer(1), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(row.text(1), "9223372036854775807");
    EXPECT_TRUE(row.boolean(1));
    EXPECT_EQ(row.real(2), 1.5);
    EXPECT_EQ(row.integer(2), 1);
    EXPECT_EQ(row.text(3), "5é");
    EXPECT_THAT(row.bytes(4), ElementsAre(std::byte{0}, std::byte{0xff}));
    EXPECT_TRUE(row.bytes(5).empty());
    EXPECT_FALSE(row.is_null(5));
    EXPECT_EQ(row.real(6), 0);
  });
  EXPECT_EQ(rows, 1);
}

TEST(Hrana, TellsDoneFailedAndSkippedApart) {
  const Reply reply =
      reply_with(R"({"type":"ok","response":{"type":"batch","result":{"step_results":[{"rows":[]},null,null],)"
                 R"("step_errors":[null,{"message":"no","code":"SQLITE_BUSY"},null]}}})");
  const std::vector<Step> steps = reply.steps(0, 4);
  EXPECT_EQ(steps[0].state, Step::State::done);
  EXPECT_EQ(steps[1].state, Step::State::failed);
  EXPECT_EQ(steps[1].error.code, "SQLITE_BUSY");
  EXPECT_EQ(steps[1].error.message, "no");
  EXPECT_EQ(steps[2].state, Step::State::skipped);
  EXPECT_EQ(steps[3].state, Step::State::skipped) << "a step the answer does not mention";
  EXPECT_FALSE(reply.error(0));
}

TEST(Hrana, ARequestMayFailAsAWhole) {
  const Reply reply = reply_with(R"({"type":"error","error":{"message":"syntax","code":"SQL_PARSE_ERROR"}})");
  ASSERT_TRUE(reply.error(0));
  EXPECT_EQ(reply.error(0)->code, "SQL_PARSE_ERROR");
  EXPECT_EQ(reply.steps(0, 1)[0].state, Step::State::skipped);
}

TEST(Hrana, WhatIsNoAnswerLeavesTheOutcomeUnknown) {
  for (const char* text :
       {"", "<html>", "[]", "{}", R"({"results":[]})", R"({"results":[{},{}]})", R"({"results":{}})"}) {
    const auto reply = Reply::parse(text, 1);
    ASSERT_FALSE(reply) << text;
    EXPECT_EQ(reply.error().code, ErrorCode::outcome_unknown);
  }
}

TEST(Hrana, ReadsErrorsOfOtherAnswers) {
  EXPECT_EQ(read_error(R"({"message":"gone","code":"STREAM_EXPIRED"})").code, "STREAM_EXPIRED");
  EXPECT_EQ(read_error("Received an invalid baton").message, "Received an invalid baton");
}

}  // namespace
}  // namespace medialith::db::libsql
