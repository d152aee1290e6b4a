#include "domain/rate_limits.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace medialith::domain {
namespace {

db::Bytes as_bytes(const Digest& name) { return {std::as_bytes(std::span(name))}; }

}  // namespace

Digest rate_limit_name(std::string_view kind, std::string_view whom) {
  return sha256(fmt::format("{}\n{}", kind, whom));
}

db::Question take_tokens(const Digest& name, const Refill& refill, std::int64_t tokens, Time now, Time& full) {
  const std::int64_t cost = tokens * refill.each.count();
  return {{"INSERT INTO {rate_limits} (name, full_at_ms) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET"
           " full_at_ms = CASE WHEN {rate_limits}.full_at_ms > $3 THEN {rate_limits}.full_at_ms + $4"
           " ELSE excluded.full_at_ms END RETURNING full_at_ms",
           as_bytes(name), now.ms + cost, now.ms, cost},
          [&full](const db::Row& row) { full = {row.integer(0)}; }};
}

Result<std::optional<std::chrono::milliseconds>> try_token(db::Transaction& tx, const Digest& name,
                                                           const Refill& refill, Time now) {
  const std::int64_t each = refill.each.count();
  std::int64_t full_at = now.ms;
  bool taken = false;
  const db::Question before = {{"SELECT full_at_ms FROM {rate_limits} WHERE name = $1", as_bytes(name)},
                               [&](const db::Row& row) { full_at = std::max(full_at, row.integer(0)); }};
  const db::Question take = {
      {"INSERT INTO {rate_limits} (name, full_at_ms) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET"
       " full_at_ms = CASE WHEN {rate_limits}.full_at_ms > $3 THEN {rate_limits}.full_at_ms + $4"
       " ELSE excluded.full_at_ms END WHERE {rate_limits}.full_at_ms <= $5 RETURNING full_at_ms",
       as_bytes(name), now.ms + each, now.ms, each, now.ms + (refill.burst - 1) * each},
      [&](const db::Row&) { taken = true; }};
  TRY(tx.ask(std::array{before, take}));
  if (taken) return std::nullopt;
  return std::chrono::milliseconds(full_at + each - now.ms - refill.burst * each);
}

void give_token_back(db::Transaction& tx, const Digest& name, const Refill& refill) {
  tx.later(
      {"UPDATE {rate_limits} SET full_at_ms = full_at_ms - $2 WHERE name = $1", as_bytes(name), refill.each.count()});
}

Result<std::int64_t> purge_rate_limits(db::Transaction& tx, Time now, std::int64_t limit) {
  TRY(
      tx.ask({{"DELETE FROM {rate_limits} WHERE name IN"
               " (SELECT name FROM {rate_limits} WHERE full_at_ms <= $1 LIMIT $2)",
               now.ms, limit}}));
  return tx.changes();
}

}  // namespace medialith::domain
