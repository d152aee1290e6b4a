// Every hot statement of the library uses the index made for it: over real rows, without statistics (the server never
// runs ANALYZE) and with those of a large library planted. MEDIALITH_PLAN_ROWS=1000000 for the long run.
//
// Always on SQLite: PostgreSQL keeps statistics by itself (plans_server_test.cpp), libSQL's plans are SQLite's.
#include <cstdlib>
#include <functional>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/sqlite/testing/explain.hpp"
#include "domain/generations.hpp"
#include "domain/many.hpp"
#include "domain/operations.hpp"
#include "domain/search.hpp"
#include "domain/testing/scratch.hpp"
#include "domain/trashed.hpp"

namespace medialith::domain {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kStatistics = R"(
  ANALYZE;
  DELETE FROM sqlite_stat1;
  INSERT INTO sqlite_stat1 VALUES
    ('generations', 'generations_id', '1000000 10000 1'), ('generations', 'generations_owner', '1000000 10000'),
    ('generations', 'generations_model', '1000000 10000 1000'), ('generations', 'generations_category',
    '1000000 10000 3000'), ('generations', 'generations_updated', '1000000 10000 1'),
    ('generations', 'generations_favorite', '50000 500'), ('generations', 'generations_deleted', '20000 200 1'),
    ('assets', 'assets_owner', '4000000 40000'), ('assets', 'assets_generation', '4000000 4'),
    ('assets', 'assets_content', '4000000 40000 1'), ('assets', 'assets_deleted', '80000 800 4');
)";

/// Passes statements on and keeps their text.
class Listening final : public db::Connection {
 public:
  explicit Listening(db::Connection& inner) : inner_(inner) {}
  db::Dialect dialect() const override { return inner_.dialect(); }
  Result<void> each(const db::Statement& statement, const db::RowCallback& on_row) override {
    texts.emplace_back(statement.text(db::Dialect::sqlite));
    return inner_.each(statement, on_row);
  }
  std::vector<std::string> texts;

 private:
  db::Connection& inner_;
};

class Plans : public testing::Test {
 protected:
  Plans() {
    const char* wanted = std::getenv("MEDIALITH_PLAN_ROWS");
    const std::int64_t rows = wanted == nullptr ? 20'000 : std::strtoll(wanted, nullptr, 10);
    for (std::int64_t row = 0; row < rows; row += 500) fill(row, 500);
  }
  void fill(std::int64_t first, std::int64_t count) {
    auto run = [&](db::Transaction& tx) -> Result<void> {
      for (std::int64_t row = first; row < first + count; ++row) {
        Mutation mutation(tx, row % 10 == 0 ? ann_ : bob_, nullptr, s_.clock.now());
        Generation g{.rid = {s_.rids.next()}, .id = "g" + std::to_string(row), .updated_at = s_.clock.now()};
        g.fields.model_id = g.fields.model_name = "model-" + std::to_string(row % 7);
        g.fields.prompt = "a fox " + std::to_string(row);
        g.fields.tags = R"(["wild"])";
        g.fields.favorite = row % 50 == 0;
        insert_generation(mutation, g, search_text_of(g.fields));
      }
      return {};
    };
    ASSERT_TRUE(s_.write(run));
  }

  /// The plan of the last statement that `look` runs.
  std::string plan(const std::function<Result<void>(db::Connection&)>& look) {
    std::string text;
    auto run = [&](db::Connection& connection) -> Result<void> {
      Listening listening(connection);
      TRY(look(listening));
      text = listening.texts.back();
      return {};
    };
    EXPECT_TRUE(s_.read(run));
    return db::explain(s_.folder.path() / "test.db", text);
  }
  std::string plan(const Search& search) {
    return plan([&](db::Connection& c) -> Result<void> {
      TRY(search_generations(c, {tokenizer_, *texts_}, ann_.user, search));
      return {};
    });
  }
  std::string plan_of_assets(const Search& search) {
    return plan([&](db::Connection& c) -> Result<void> {
      TRY(search_assets(c, {tokenizer_, *texts_}, ann_.user, search));
      return {};
    });
  }

  void hold() {
    const auto sorts_not = Not(HasSubstr("TEMP B-TREE"));
    const Position after{s_.rids.next(), 5};
    EXPECT_THAT(plan(Search{}), AllOf(HasSubstr("INDEX generations_owner (user_rid=?)"), sorts_not));
    EXPECT_THAT(plan(Search{.after = after}),
                AllOf(HasSubstr("generations_owner (user_rid=? AND rowid<?)"), sorts_not));
    EXPECT_THAT(plan(Search{.filter = {.models = {"model-1"}}}),
                AllOf(HasSubstr("generations_model (user_rid=? AND model_id=?)"), sorts_not));
    EXPECT_THAT(plan(Search{.filter = {.categories = {"x"}}}),
                AllOf(HasSubstr("generations_category (user_rid=? AND category=?)"), sorts_not));
    EXPECT_THAT(plan(Search{.filter = {.generations = {"g1"}}}), HasSubstr("generations_id (user_rid=? AND id=?)"));
    EXPECT_THAT(plan(Search{.filter = {.deleted = true}}), HasSubstr("generations_deleted (user_rid=?"));
    EXPECT_THAT(plan(Search{.sort = Sort::updated}), AllOf(HasSubstr("generations_updated (user_rid=?)"), sorts_not));
    EXPECT_THAT(plan(Search{.sort = Sort::updated, .after = after}),
                AllOf(HasSubstr("generations_updated (user_rid=? AND "), sorts_not));
    for (const Search& search :
         {Search{.words = {"fox"}}, Search{.words = {"fox"}, .after = after}, Search{.filter = {.tags = {"wild"}}}}) {
      EXPECT_THAT(plan(search),
                  AllOf(HasSubstr("SCAN s VIRTUAL TABLE"), HasSubstr("SEARCH g USING INTEGER PRIMARY KEY"), sorts_not));
    }
    EXPECT_THAT(plan(Search{.words = {"fox"}, .sort = Sort::relevance}), HasSubstr("INTEGER PRIMARY KEY"));
    texts_ = std::make_unique<TextCache>();
    EXPECT_THAT(plan(Search{.words = {"zebra"}}), AllOf(HasSubstr("INTEGER PRIMARY KEY"), sorts_not));
    EXPECT_THAT(plan(Search{.words = {"zebra"}}), AllOf(HasSubstr("INDEX generations_owner"), sorts_not))
        << "with the texts in memory";
    EXPECT_THAT(plan_of_assets(Search{}), AllOf(HasSubstr("assets_owner (user_rid=?)"), sorts_not));
    EXPECT_THAT(plan_of_assets(Search{.words = {"fox"}}), HasSubstr("assets_owner"));
    EXPECT_THAT(plan([&](db::Connection& c) -> Result<void> {
                  TRY(list_trash(c, ann_.user, after, 50));
                  return {};
                }),
                HasSubstr("assets_deleted (user_rid=? AND deleted_at"));
    EXPECT_THAT(plan([&](db::Connection& c) -> Result<void> {
                  TRY(running_operations(c));
                  return {};
                }),
                HasSubstr("operations_running"));
  }

  /// What a bulk step asks looks up the rows that it moves, however many its owner has.
  void hold_moves() {
    const Rows rows{.generations = {1, 2, 3}, .assets = {4, 5}};
    for (const Move move : {Move::trash, Move::restore, Move::purge}) {
      Moving moving(move, rows);
      std::vector<db::Question> questions;
      moving.ask_too(ann_.user, questions);
      for (const db::Question& question : questions) {
        const std::string text = question.statement.text(db::Dialect::sqlite);
        EXPECT_THAT(db::explain(s_.folder.path() / "test.db", text),
                    AnyOf(HasSubstr("INTEGER PRIMARY KEY (rowid=?)"), HasSubstr("(generation_rid=?)")))
            << text;
      }
    }
  }

  Scratch s_{1, std::nullopt};
  db::sqlite::Tokenizer tokenizer_;
  std::unique_ptr<TextCache> texts_ = std::make_unique<TextCache>();
  const Principal ann_ = s_.person("ann@example.com");
  const Principal bob_ = s_.person("bob@example.com");
};

TEST_F(Plans, UseTheIndexMadeForThem) {
  {
    SCOPED_TRACE("without statistics");
    hold();
    hold_moves();
  }
  SCOPED_TRACE("with planted statistics");
  db::run_script(s_.folder.path() / "test.db", std::string(kStatistics));
  hold();
  hold_moves();
}

TEST_F(Plans, AStatementWithoutAnIndexIsFound) {
  const std::string bad = plan([](db::Connection& c) {
    return c.each({"SELECT rid FROM {generations} WHERE status = 'failed' ORDER BY updated_at"}, [](const db::Row&) {});
  });
  EXPECT_THAT(bad, AllOf(HasSubstr("SCAN generations"), HasSubstr("TEMP B-TREE")));
}

}  // namespace
}  // namespace medialith::domain
