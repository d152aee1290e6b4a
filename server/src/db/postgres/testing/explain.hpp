// How PostgreSQL would run a statement, for tests that hold a statement to its index.
#pragma once

#include <string>
#include <string_view>

#include "db/postgres/postgres_database.hpp"
#include "db/postgres/session.hpp"
#include "db/sql.hpp"

namespace medialith::db {

/// The lines of EXPLAIN for the statement with its values, or what is wrong with it.
inline std::string explain(postgres::Session& session, std::string_view schema, const Statement& statement) {
  const std::string text = expand_tables(statement.text(Dialect::postgres), postgres_prefix(schema));
  session.send("EXPLAIN " + text, statement.values());
  const auto results = session.trip();
  if (!results) return results.error().error.detail;
  std::string plan;
  const PGresult* lines = results->front().get();
  for (int line = 0; line < PQntuples(lines); ++line) {
    plan += postgres::ResultRow(lines, line).text(0);
    plan += '\n';
  }
  return plan;
}

}  // namespace medialith::db
