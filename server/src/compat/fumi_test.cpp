#include "compat/fumi.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compat/fumi_present.hpp"
#include "compat/fumi_request.hpp"
#include "domain/assets.hpp"
#include "web/testing/fixture.hpp"

namespace medialith::compat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kNew =
    R"({"modelId":"m","modelName":"M","category":"image-generation","provider":"p","prompt":"a fox"})";

class Fumi : public testing::Test {
 protected:
  Fumi() {
    f_.add_local();
    auto trash = [this](web::Context&, std::string request) -> Task<Result<domain::Operation>> {
      trashed_.push_back(std::move(request));
      co_return domain::Operation{.id = "op", .completed = completed_, .matched = 5, .changed = 2};
    };
    add_fumi_history_routes(routes_, trash);
  }

  web::Reply send(http::Method method, const std::string& target, std::string_view body = {}) {
    return f_.send({.method = method, .target = target, .body = std::string(body)});
  }
  std::string keep() { return send(http::Method::post, "/api/history", kNew).member("id"); }

  /// A file of that size belongs to the item.
  void add_file(const std::string& item, std::int64_t size) {
    const domain::NewAsset asset{.rid = {f_.scratch.rids.next()},
                                 .id = make_asset_id(AssetPrefix::vid, f_.scratch.random),
                                 .kind = domain::AssetKind::video,
                                 .filename = std::nullopt,
                                 .content_type = "video/mp4",
                                 .size = size,
                                 .sha256 = std::string(32, '\xAB'),
                                 .width = std::nullopt,
                                 .height = std::nullopt,
                                 .blob_key = "users/x/1.mp4",
                                 .generation_id = item};
    auto create = [&](domain::Mutation& mutation) { return domain::create_asset(mutation, asset, nullptr); };
    ASSERT_TRUE(f_.scratch.mutate(*f_.services.local, create));
  }

  /// The members that a refusal names.
  std::vector<std::string> details(const web::Reply& reply) {
    std::vector<std::string> names;
    const json::Document body = reply.json();
    const auto details = body.root().find("details");
    if (!details) return names;
    for (const json::View member : details->children()) names.emplace_back(member.key());
    return names;
  }

  web::Fixture f_{{.profile = web::Profile::single}};
  web::Routes routes_{f_.services, f_.router, fumi_wire()};
  std::vector<std::string> trashed_;
  bool completed_ = true;
};

TEST_F(Fumi, AFileOfAnySizeHasItAsANumber) {
  const std::string id = keep();
  add_file(id, 3'000'000'000);
  const web::Reply reply = send(http::Method::get, "/api/history/" + id);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_THAT(reply.body, HasSubstr(R"("fileSize":3000000000,)"));
  EXPECT_THAT(reply.body, HasSubstr(R"("checksumSha256":"abababab)"));
  EXPECT_THAT(reply.body, HasSubstr(R"("duration":null,)"));
  EXPECT_THAT(send(http::Method::get, "/api/history").body, HasSubstr(R"("fileSize":3000000000,)"));
}

TEST_F(Fumi, ARefusalNamesEachMemberOnce) {
  const web::Reply missing = send(http::Method::post, "/api/history", "{}");
  EXPECT_EQ(missing.status, 400);
  EXPECT_THAT(details(missing), ElementsAre("modelId", "modelName", "category", "provider", "prompt"));
  Error error = web::invalid({{"a", "x", "First."}, {"a", "y", "Second."}, {"generationId", "not_found", "?"}});
  error.code = ErrorCode::not_found;
  const http::Response shown = present_history_error(error, {});
  EXPECT_THAT(std::get<std::string>(shown.body),
              HasSubstr(R"("details":{"a":"First.","historyItemId":"There is no such history item."})"));
}

TEST_F(Fumi, ClearingIsHandedOnWithWhatItIsAbout) {
  EXPECT_EQ(send(http::Method::delete_, "/api/history").body, R"({"deleted":2,"matched":5,"operation":"op"})");
  completed_ = false;
  EXPECT_EQ(send(http::Method::delete_, "/api/history?olderThanDays=1&userId=x").status, 202);
  const std::string yesterday = to_iso8601({f_.scratch.clock.now().ms - 86'400'000});
  EXPECT_THAT(trashed_, ElementsAre(R"({"filter":{}})", R"({"filter":{"createdBefore":")" + yesterday + R"("}})"));
  for (const char* query : {"olderThanDays=", "olderThanDays=-1", "olderThanDays=1.5", "olderThanDays=36501",
                            "olderThanDays=7&olderThanDays=8", "older=7"}) {
    EXPECT_EQ(send(http::Method::delete_, std::string("/api/history?") + query).status, 400) << query;
  }
  EXPECT_EQ(trashed_.size(), 2);
}

TEST_F(Fumi, WhatAChangeLeavesOutStays) {
  domain::GenerationFields fields{.model_id = "m", .prompt = "p", .input_params = R"({"a":1})", .rating = 3};
  const auto change = json::Document::parse(R"({"prompt":"q","inputParams":{ "b" : 2 },"rating":5,"tags":["x"]})");
  domain::GenerationFields changed = with_members(fields, change.value().root());
  EXPECT_EQ(changed.input_params, R"({ "b" : 2 })");
  EXPECT_EQ(changed.prompt, "q");
  changed.prompt = fields.prompt;
  changed.input_params = fields.input_params;
  EXPECT_EQ(changed, fields);
}

TEST_F(Fumi, ACursorOfAnotherListOrNobodysIdIsRefused) {
  const std::string id = keep();
  EXPECT_EQ(send(http::Method::get, "/api/history?cursor=" + id).body, R"({"items":[],"nextCursor":null})");
  const std::string other = f_.services.cursors.seal("generations newest", {.rid = 1});
  for (const std::string& cursor : {other, std::string("none"), std::string("a%2Fb"), std::string()}) {
    EXPECT_EQ(send(http::Method::get, "/api/history?cursor=" + cursor).member("code"), "INVALID_CURSOR") << cursor;
  }
}

TEST_F(Fumi, UnknownParametersAreDroppedWhereNothingIsDeleted) {
  keep();
  EXPECT_EQ(send(http::Method::get, "/api/history?offset=3&q=whale").status, 200);
  EXPECT_THAT(send(http::Method::get, "/api/history?q=whale").body, HasSubstr("a fox"));
  EXPECT_EQ(send(http::Method::post, "/api/history?x=1", kNew).status, 201);
  EXPECT_EQ(send(http::Method::get, "/api/history?limit=1&limit=2").status, 400);
}

}  // namespace
}  // namespace medialith::compat
