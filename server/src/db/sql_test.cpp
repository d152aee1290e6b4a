#include "db/sql.hpp"

#include <gtest/gtest.h>

namespace medialith::db {
namespace {

TEST(ExpandTables, PutsThePrefixBeforeEveryTable) {
  EXPECT_EQ(expand_tables("SELECT * FROM {users} u JOIN {api_keys} k ON k.user_rid = u.rid", ""),
            "SELECT * FROM users u JOIN api_keys k ON k.user_rid = u.rid");
  EXPECT_EQ(expand_tables("DELETE FROM {users}", "\"medialith\"."), "DELETE FROM \"medialith\".users");
}

TEST(ExpandTables, LeavesQuotedTextCommentsAndOtherBracesAlone) {
  for (const char* text : {"SELECT '{users}', '{}', 'it''s {users}'", "SELECT \"{users}\"", "SELECT 1 -- {users}",
                           "SELECT 1 /* {users} */", "SELECT {}, {Users}, {a b}", "{users", "'open {users}"}) {
    EXPECT_EQ(expand_tables(text, "p."), text);
  }
  EXPECT_EQ(expand_tables("SELECT 1 -- '\nFROM {users}", "p."), "SELECT 1 -- '\nFROM p.users");
}

TEST(Statement, ComposesLiteralsAndNumbersAppendedValues) {
  Statement statement("SELECT rid FROM {generations} WHERE owner = $1", 7);
  EXPECT_TRUE(statement.is_literal());
  statement.append(" AND model_id = ").append_value(std::string_view("flux"));
  EXPECT_FALSE(statement.is_literal());
  EXPECT_EQ(statement.text(Dialect::sqlite), "SELECT rid FROM {generations} WHERE owner = $1 AND model_id = $2");
  ASSERT_EQ(statement.values().size(), 2U);
  EXPECT_EQ(std::get<std::int64_t>(statement.values()[0]), 7);
  EXPECT_EQ(std::get<std::string_view>(statement.values()[1]), "flux");
}

TEST(Statement, HasASecondTextOnlyWhereOneWasGiven) {
  Statement statement(Sql("SELECT $1 || 'x'", on_postgres("SELECT concat($1, 'x')")), std::string_view("a"));
  EXPECT_TRUE(statement.is_literal());
  EXPECT_EQ(statement.literal(Dialect::postgres), "SELECT concat($1, 'x')");
  statement.append(Sql(" LIMIT -1", on_postgres(" LIMIT ALL"))).append(" OFFSET ").append_value(5);
  EXPECT_EQ(statement.text(Dialect::sqlite), "SELECT $1 || 'x' LIMIT -1 OFFSET $2");
  EXPECT_EQ(statement.text(Dialect::postgres), "SELECT concat($1, 'x') LIMIT ALL OFFSET $2");
}

TEST(Statement, BindsAnAbsentValueAsNull) {
  EXPECT_TRUE(std::holds_alternative<Null>(maybe(std::optional<std::string>())));
  EXPECT_TRUE(std::holds_alternative<Null>(maybe(std::optional<double>())));
  const std::optional<std::string> there = "x";
  EXPECT_EQ(std::get<std::string_view>(maybe(there)), "x");
}

}  // namespace
}  // namespace medialith::db
