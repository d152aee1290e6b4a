#include "api/jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/replay.hpp"
#include "jobs/records.hpp"
#include "web/testing/fixture.hpp"

namespace medialith::api {
namespace {

class JobRoutes : public testing::Test {
 protected:
  JobRoutes() {
    add_job_routes(routes_);
    auto put = [this](db::Transaction& tx) -> Result<void> {
      jobs::ensure_record(tx, "purge-logins", "0190-b", f_.scratch.clock.now());
      jobs::ensure_record(tx, "abort-multiparts", "0190-a", f_.scratch.clock.now());
      jobs::begin_record(tx, "abort-multiparts", {.name = "web-1", .place = ""}, f_.scratch.clock.now());
      jobs::end_record(tx, "abort-multiparts",
                       {.state = jobs::State::failed,
                        .failures = 1,
                        .done = 3,
                        .error = "UNAVAILABLE: The bucket does not answer.",
                        .due_at = f_.scratch.clock.now() + std::chrono::seconds(30)},
                       f_.scratch.clock.now() + std::chrono::seconds(1));
      return {};
    };
    f_.scratch.write(put).value();
  }
  web::Reply get(const std::string& token, const std::string& target = "/v1/jobs") {
    return f_.send({.target = target, .headers = {f_.cookie(token)}});
  }

  web::Fixture f_{{.profile = web::Profile::accounts}};
  web::Routes routes_{f_.services, f_.router, native_wire()};
};

TEST_F(JobRoutes, AdminsSeeWhatRunsByItself) {
  const web::Reply reply = get(f_.login_of("root@example.com", true));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(
      reply.body,
      R"({"items":[{"id":"0190-a","kind":"abort-multiparts","state":"failed","runs":1,"failures":1,"done":3,)"
      R"("server":"web-1","error":"UNAVAILABLE: The bucket does not answer.",)"
      R"("dueAt":"2026-09-21T14:13:50.000Z","startedAt":"2026-09-21T14:13:20.000Z",)"
      R"("finishedAt":"2026-09-21T14:13:21.000Z"},)"
      R"({"id":"0190-b","kind":"purge-logins","state":"pending","runs":0,"failures":0,"done":0,"server":null,)"
      R"("error":null,"dueAt":"2026-09-21T14:13:20.000Z","startedAt":null,"finishedAt":null}],"nextCursor":null})");
}

TEST_F(JobRoutes, NobodyElseDoes) {
  EXPECT_EQ(f_.send({.target = "/v1/jobs"}).status, 401);
  EXPECT_EQ(get(f_.login_of("ann@example.com")).member("code"), "FORBIDDEN");
  EXPECT_EQ(get(f_.login_of("root@example.com", true), "/v1/jobs?limit=1").status, 400);
}

}  // namespace
}  // namespace medialith::api
