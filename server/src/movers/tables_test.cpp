// Holds the list of tables against the schema: a migration that adds a table or a column has to say here what a copy
// does with it.
#include "movers/tables.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/testing/scratch.hpp"

namespace medialith::movers {
namespace {

using testing::Contains;
using testing::Not;

struct SchemaColumn {
  std::string name;
  std::string type;
  std::int64_t key = 0;  ///< its place in the primary key, from 1
};

/// A new database with every migration applied.
class Schema : public testing::Test {
 protected:
  std::vector<std::string> texts(const db::Statement& statement) {
    auto look = [&](db::Connection& c) {
      return c.all(statement, [](const db::Row& r) { return std::string(r.text(0)); });
    };
    return scratch.read(look).value();
  }
  std::vector<SchemaColumn> columns_of(std::string_view table) {
    auto look = [&](db::Connection& c) {
      return c.all({"SELECT name, type, pk FROM pragma_table_info($1)", table}, [](const db::Row& row) {
        return SchemaColumn{std::string(row.text(0)), std::string(row.text(1)), row.integer(2)};
      });
    };
    return scratch.read(look).value();
  }
  /// Columns of unique indexes besides the primary key, and of those that only PostgreSQL has: users_singleton and
  /// assets_once.
  std::set<std::string> unique_columns(std::string_view table) {
    const auto found =
        texts({"SELECT i.name FROM pragma_index_list($1) l, pragma_index_info(l.name) i"
               " WHERE l.\"unique\" AND l.origin <> 'pk'",
               table});
    std::set<std::string> columns(found.begin(), found.end());
    if (table == "users") columns.insert("kind");
    if (table == "assets") columns.insert({"generation_rid", "sha256", "size", "deleted_at"});
    return columns;
  }

  domain::Scratch scratch;
};

bool fits(ColumnType type, const SchemaColumn& column) {
  switch (type) {
    case ColumnType::time:
      return column.type == "INTEGER" && column.name.ends_with("_at");
    case ColumnType::integer:
    case ColumnType::boolean:
      return column.type == "INTEGER" && !column.name.ends_with("_at");
    case ColumnType::text:
    case ColumnType::json:
    case ColumnType::decimal:
      return column.type == "TEXT";
    case ColumnType::bytes:
      return column.type == "BLOB";
  }
  return false;
}

TEST_F(Schema, EveryTableIsCopiedOrLeftForAReason) {
  std::vector<std::string> known;
  for (const Table& table : copied_tables()) known.emplace_back(table.name);
  for (const LeftTable& table : left_tables()) known.emplace_back(table.name);
  // Full text is made anew by the target. SQLite's own tables are nobody's.
  const auto tables =
      texts({"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
             " AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"});
  EXPECT_GT(tables.size(), 10U);
  for (const std::string& table : tables) {
    EXPECT_THAT(known, Contains(table)) << "movers/tables.cpp does not say whether a copy takes this table";
  }
  EXPECT_EQ(std::set(known.begin(), known.end()).size(), known.size()) << "a table is there twice";
}

TEST_F(Schema, FullTextHasTheDocumentsThatAreWrittenAnew) {
  EXPECT_THAT(texts({"SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'"}),
              testing::UnorderedElementsAre("generations_search", "assets_search",
                                            // Views of the words in them.
                                            "generation_words", "asset_words"));
}

TEST_F(Schema, EveryColumnIsCopiedAsWhatItIs) {
  for (const Table& table : copied_tables()) {
    std::map<std::string, ColumnType> listed;
    for (const Column& column : table.columns) listed.emplace(column.name.text(db::Dialect::sqlite), column.type);
    const auto columns = columns_of(table.name);
    for (const SchemaColumn& column : columns) {
      const auto found = listed.find(column.name);
      ASSERT_NE(found, listed.end()) << table.name << "." << column.name << " would be left behind";
      EXPECT_TRUE(fits(found->second, column)) << table.name << "." << column.name;
    }
    EXPECT_EQ(table.columns.size(), columns.size()) << table.name;
  }
}

TEST_F(Schema, KeysComeFirstThenWhatIsUnique) {
  for (const Table& table : copied_tables()) {
    const auto columns = columns_of(table.name);
    const std::set<std::string> unique = unique_columns(table.name);
    std::int64_t keys = 0;
    for (const Column& column : table.columns) {
      const std::string name(column.name.text(db::Dialect::sqlite));
      const auto found = std::ranges::find(columns, name, &SchemaColumn::name);
      ASSERT_NE(found, columns.end()) << table.name << "." << name;
      const bool is_key = column.role == ColumnRole::key;
      EXPECT_EQ(is_key, found->key > 0) << table.name << "." << name;
      if (is_key) EXPECT_EQ(found->key, ++keys) << table.name << "." << name;
      if (!is_key) EXPECT_EQ(column.role == ColumnRole::unique, unique.contains(name)) << table.name << "." << name;
    }
    EXPECT_TRUE(std::ranges::is_sorted(table.columns, std::ranges::less(), [](const Column& column) {
      return column.role == ColumnRole::key ? 0 : column.role == ColumnRole::unique ? 1 : 2;
    })) << table.name;
    EXPECT_EQ(table.vacate.has_value(), !unique.empty()) << table.name;
  }
}

TEST_F(Schema, ParentsAreCopiedBeforeThoseThatReferToThem) {
  std::vector<std::string> before;
  for (const Table& table : copied_tables()) {
    for (const std::string& parent :
         texts({"SELECT \"table\" FROM pragma_foreign_key_list($1)", std::string_view(table.name)})) {
      EXPECT_THAT(before, Contains(parent)) << "of " << table.name;
    }
    EXPECT_THAT(before, Not(Contains(table.name)));
    before.emplace_back(table.name);
  }
}

}  // namespace
}  // namespace medialith::movers
