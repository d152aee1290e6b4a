#include "domain/filter.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace medialith::domain {
namespace {

std::vector<std::string> patterns_of(TermKind kind, const std::vector<std::string>& values) {
  std::vector<std::string> patterns;
  patterns.reserve(values.size());
  for (const std::string& value : values) patterns.push_back("%" + term_of(kind, value) + "%");
  return patterns;
}

}  // namespace

std::string term_of(TermKind kind, std::string_view value) {
  const Digest digest = sha256(value);
  return fmt::format("{}{}z", std::to_underlying(kind), to_hex(std::span(digest).first(8)));
}

void append_any_of(db::Statement& statement, db::Sql column_in, const std::vector<std::string>& values) {
  if (values.empty()) return;
  statement.append(column_in);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) statement.append(", ");
    statement.append_value(std::string_view(values[i]));
  }
  statement.append(")");
}

void append_rids(db::Statement& statement, const std::vector<std::int64_t>& rids) {
  for (std::size_t i = 0; i < rids.size(); ++i) {
    if (i > 0) statement.append(", ");
    statement.append_value(rids[i]);
  }
  statement.append(")");
}

Conditions::Conditions(const Filter& filter)
    : filter_(filter),
      tags_(patterns_of(TermKind::tag, filter.tags)),
      loras_(patterns_of(TermKind::lora, filter.loras)),
      samplers_(patterns_of(TermKind::sampler, filter.samplers)) {}

void Conditions::append_terms(db::Statement& statement, const std::vector<std::string>& patterns) const {
  if (patterns.empty()) return;
  statement.append(" AND (");
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (i > 0) statement.append(" OR ");
    statement.append("g.search_terms LIKE ").append_value(std::string_view(patterns[i]));
  }
  statement.append(")");
}

void Conditions::append_seeds(db::Statement& statement) const {
  if (filter_.seeds.empty()) return;
  // A seed is a number of any length, or its text: both as they were sent.
  statement.append(" AND (");
  append_any_of(statement, "trim(CAST(g.recipe -> 'seed' AS TEXT), '\"') IN (", filter_.seeds);
  append_any_of(statement, " OR trim(CAST(g.input_params -> 'seed' AS TEXT), '\"') IN (", filter_.seeds);
  statement.append(")");
}

void Conditions::append_of_generation(db::Statement& statement) const {
  append_any_of(statement, " AND g.model_id IN (", filter_.models);
  append_any_of(statement, " AND g.provider IN (", filter_.providers);
  append_any_of(statement, " AND g.category IN (", filter_.categories);
  append_any_of(statement, " AND g.status IN (", filter_.statuses);
  append_any_of(statement, " AND g.id IN (", filter_.generations);
  append_terms(statement, tags_);
  append_terms(statement, loras_);
  append_terms(statement, samplers_);
  append_seeds(statement);
  if (filter_.favorite) statement.append(" AND g.favorite = ").append_value(*filter_.favorite);
}

void Conditions::append_to_generations(db::Statement& statement) const {
  filter_.deleted ? statement.append(" AND g.deleted_at IS NOT NULL") : statement.append(" AND g.deleted_at IS NULL");
  append_of_generation(statement);
  if (filter_.created_after) statement.append(" AND g.rid >= ").append_value(first_rid_at(*filter_.created_after));
  if (filter_.created_before) statement.append(" AND g.rid < ").append_value(first_rid_at(*filter_.created_before));
  if (filter_.kinds.empty() && !filter_.min_size) return;
  statement.append(" AND EXISTS (SELECT 1 FROM {assets} f WHERE f.generation_rid = g.rid");
  if (!filter_.deleted) statement.append(" AND f.deleted_at IS NULL");
  append_any_of(statement, " AND f.kind IN (", filter_.kinds);
  if (filter_.min_size) statement.append(" AND f.size >= ").append_value(*filter_.min_size);
  statement.append(")");
}

void Conditions::append_to_assets(db::Statement& statement) const {
  filter_.deleted ? statement.append(" AND a.deleted_at IS NOT NULL") : statement.append(" AND a.deleted_at IS NULL");
  statement.append(" AND a.visibility = 'normal'");
  append_of_generation(statement);
  if (filter_.created_after) statement.append(" AND a.rid >= ").append_value(first_rid_at(*filter_.created_after));
  if (filter_.created_before) statement.append(" AND a.rid < ").append_value(first_rid_at(*filter_.created_before));
  append_any_of(statement, " AND a.kind IN (", filter_.kinds);
  if (filter_.min_size) statement.append(" AND a.size >= ").append_value(*filter_.min_size);
}

}  // namespace medialith::domain
