#include "api/trash.hpp"

#include <atomic>

#include <gtest/gtest.h>

#include "api/replay.hpp"
#include "db/testing/passing_database.hpp"
#include "domain/assets.hpp"
#include "web/testing/fixture.hpp"

namespace medialith::api {
namespace {

class CountingConnection final : public db::Connection {
 public:
  CountingConnection(db::Connection& inner, std::atomic<int>& statements) : inner_(inner), statements_(statements) {}
  db::Dialect dialect() const override { return inner_.dialect(); }
  Result<void> each(const db::Statement& statement, const db::RowCallback& on_row) override {
    ++statements_;
    return inner_.each(statement, on_row);
  }

 private:
  db::Connection& inner_;
  std::atomic<int>& statements_;
};

/// Counts what is read: on another engine each is a trip to the server.
class CountingDatabase final : public db::PassingDatabase {
 public:
  using PassingDatabase::PassingDatabase;
  Task<Result<void>> run_read(db::ReadKind kind, ReadFn fn) override {
    ReadFn counted = [this, &fn](db::Connection& connection) {
      CountingConnection counting(connection, statements_);
      return fn(counting);
    };
    co_return co_await inner().run_read(kind, std::move(counted));
  }
  int statements() const { return statements_; }

 private:
  std::atomic<int> statements_ = 0;
};

class TrashPages : public testing::Test {
 protected:
  TrashPages() {
    services_.local = ann_;
    add_trash_routes(routes_);
  }
  void trash_generation_and_asset(const std::string& name) {
    const domain::Generation generation{.rid = {f_.scratch.rids.next()}, .id = name};
    const domain::NewAsset asset{.rid = {f_.scratch.rids.next()},
                                 .id = "img_" + name,
                                 .kind = domain::AssetKind::image,
                                 .content_type = "image/png",
                                 .size = 1,
                                 .sha256 = f_.scratch.login_hash(),
                                 .blob_key = name};
    auto create = [&](domain::Mutation& m) { return domain::create_generation(m, generation, {}); };
    auto upload = [&](domain::Mutation& m) { return domain::create_asset(m, asset, nullptr); };
    auto trash = [&](domain::Mutation& m) { return domain::trash_generation(m, name, std::nullopt); };
    auto trash_asset = [&](domain::Mutation& m) { return domain::trash_asset(m, asset.id, std::nullopt); };
    ASSERT_TRUE(f_.scratch.mutate(ann_, create));
    ASSERT_TRUE(f_.scratch.mutate(ann_, upload));
    ASSERT_TRUE(f_.scratch.mutate(ann_, trash));
    ASSERT_TRUE(f_.scratch.mutate(ann_, trash_asset));
  }

  web::Fixture f_{{}};
  const domain::Principal ann_ = f_.scratch.person("ann@example.com");
  CountingDatabase counting_{*f_.scratch.database};
  web::Services services_ = f_.services_on(counting_, {});
  web::Routes routes_{services_, f_.router, native_wire()};
};

TEST_F(TrashPages, TakeAsManyStatementsHoweverMuchTheyShow) {
  for (int i = 0; i < 10; ++i) trash_generation_and_asset("g" + std::to_string(i));
  const auto statements_for = [&](const std::string& target, std::size_t items) {
    const int before = counting_.statements();
    const web::Reply reply = f_.send({.target = target});
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.json().root().find("items")->children().size(), items);
    return counting_.statements() - before;
  };
  EXPECT_EQ(statements_for("/v1/trash?limit=2", 2), statements_for("/v1/trash", 20));
}

}  // namespace
}  // namespace medialith::api
