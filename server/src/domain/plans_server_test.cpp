// On PostgreSQL, which keeps statistics of what there is, every hot statement of the library uses the index made for
// it.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/postgres/testing/explain.hpp"
#include "db/postgres/testing/scratch.hpp"
#include "domain/generations.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"
#include "domain/texts.hpp"

namespace medialith::domain {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRows = 20'000;

/// Passes statements on and keeps the plan of the last one.
class Explaining final : public db::Connection {
 public:
  Explaining(db::Connection& inner, db::postgres::Session& session, const std::string& schema)
      : inner_(inner), session_(session), schema_(schema) {}
  db::Dialect dialect() const override { return inner_.dialect(); }
  Result<void> each(const db::Statement& statement, const db::RowCallback& on_row) override {
    plan = db::explain(session_, schema_, statement);
    return inner_.each(statement, on_row);
  }
  std::string plan;

 private:
  db::Connection& inner_;
  db::postgres::Session& session_;
  const std::string& schema_;
};

class PostgresPlans : public ::testing::Test {
 protected:
  PostgresPlans() {
    for (int row = 0; row < kRows; row += 500) fill(row, 500);
    session_.send("ANALYZE");  // what autovacuum does after a while
    EXPECT_TRUE(session_.trip());
  }
  void fill(int first, int count) {
    auto run = [&](db::Transaction& tx) -> Result<void> {
      for (int row = first; row < first + count; ++row) {
        s_.clock.advance(std::chrono::milliseconds(10));
        Mutation mutation(tx, row % 30 == 0 ? ann_ : bob_, nullptr, s_.clock.now());
        Generation g{.rid = {s_.rids.next()}, .id = "g" + std::to_string(row), .updated_at = s_.clock.now()};
        g.fields.model_id = g.fields.model_name = "model-" + std::to_string(row % 70);
        g.fields.category = "category-" + std::to_string(row % 70);
        g.fields.prompt = "a fox " + std::to_string(row);
        g.fields.tags = row % 1000 == 0 ? R"(["wild"])" : "[]";
        insert_generation(mutation, g, search_text_of(g.fields));
      }
      return {};
    };
    ASSERT_TRUE(s_.write(run));
  }

  /// The plan of the last statement that `look` runs.
  std::string plan(const std::function<Result<void>(db::Connection&)>& look) {
    std::string plan;
    auto run = [&](db::Connection& connection) -> Result<void> {
      Explaining explaining(connection, session_, s_.schema);
      TRY(look(explaining));
      plan = explaining.plan;
      return {};
    };
    EXPECT_TRUE(s_.read(run));
    return plan;
  }
  std::string plan(const Search& search) {
    return plan([&](db::Connection& c) -> Result<void> {
      TRY(search_generations(c, {tokenizer_, texts_}, ann_.user, search));
      return {};
    });
  }

  Scratch s_{1, db::postgres_server().at("url")};
  db::postgres::Session session_ =
      std::move(db::postgres::Session::open(Secret(db::postgres_server().at("url"))).value());
  db::sqlite::Tokenizer tokenizer_;
  TextCache texts_;
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

TEST_F(PostgresPlans, UseTheIndexMadeForThem) {
  const auto sorts_not = Not(HasSubstr("Sort"));
  const Position after{s_.rids.next(), 5};
  EXPECT_THAT(plan(Search{}), AllOf(HasSubstr("generations_owner"), sorts_not));
  EXPECT_THAT(plan(Search{.after = after}), AllOf(HasSubstr("generations_owner"), HasSubstr("rid <"), sorts_not));
  EXPECT_THAT(plan(Search{.filter = {.models = {"model-10"}}}), AllOf(HasSubstr("generations_model"), sorts_not));
  EXPECT_THAT(plan(Search{.filter = {.categories = {"category-10"}}}),
              AllOf(HasSubstr("generations_category"), sorts_not));
  EXPECT_THAT(plan(Search{.filter = {.generations = {"g10"}}}), HasSubstr("generations_id"));
  EXPECT_THAT(plan(Search{.filter = {.deleted = true}}), HasSubstr("generations_deleted"));
  EXPECT_THAT(plan(Search{.sort = Sort::updated}), HasSubstr("generations_updated"));
  EXPECT_THAT(plan(Search{.words = {"fox", "300"}}), HasSubstr("Bitmap Index Scan on generations_search"));
  EXPECT_THAT(plan(Search{.filter = {.tags = {"wild"}}}), HasSubstr("Bitmap Index Scan on generations_search"));
}

TEST_F(PostgresPlans, AStatementWithoutAnIndexIsFound) {
  const std::string bad = plan([](db::Connection& c) {
    return c.each({"SELECT rid FROM {generations} WHERE status = 'failed' ORDER BY updated_at"}, [](const db::Row&) {});
  });
  EXPECT_THAT(bad, AllOf(HasSubstr("Seq Scan on generations"), HasSubstr("Sort")));
}

}  // namespace
}  // namespace medialith::domain
