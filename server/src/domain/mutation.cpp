#include "domain/mutation.hpp"

#include <utility>

#include "base/bytes.hpp"

namespace medialith::domain {
namespace {

db::Bytes as_bytes(std::string_view text) { return {medialith::bytes_of(text)}; }

db::Statement replay_statement(UserRid user, const IdempotencyKey& key) {
  return {"SELECT fingerprint, status, kind, object_id, details FROM {idempotency} WHERE user_rid = $1 AND key = $2",
          user.value, std::string_view(key.key)};
}

struct StoredAnswer {
  std::string fingerprint;
  Replay replay;
};

StoredAnswer read_answer(const db::Row& row) {
  return {
      std::string(text_of(row.bytes(0))),
      {static_cast<int>(row.integer(1)), std::string(row.text(2)), std::string(row.text(3)), std::string(row.text(4))}};
}

Result<std::optional<Replay>> compare(std::optional<StoredAnswer> stored, const IdempotencyKey& key) {
  if (!stored) return std::nullopt;
  if (stored->fingerprint != key.fingerprint) {
    return fail(ErrorCode::idempotency_key_reused,
                "This Idempotency-Key was used for another request. Use a new key for a new request.");
  }
  return std::optional(std::move(stored->replay));
}

}  // namespace

db::Question Mutation::principal_question(bool& stands) const {
  auto on_row = [&stands](const db::Row&) { stands = true; };
  if (principal_.credential == Credential::key) {
    return {{"SELECT 1 FROM {api_keys} k JOIN {users} u ON u.rid = k.user_rid WHERE k.rid = $1"
             " AND (k.expires_at IS NULL OR k.expires_at > $2) AND u.disabled_at IS NULL",
             principal_.key_rid, now_},
            on_row};
  }
  return {{"SELECT 1 FROM {logins} l JOIN {users} u ON u.rid = l.user_rid WHERE l.token_hash = $1"
           " AND l.expires_at > $2 AND u.disabled_at IS NULL",
           as_bytes(principal_.login_hash), now_},
          on_row};
}

Result<std::optional<Replay>> Mutation::ask(std::vector<db::Question> questions) {
  bool stands = principal_.credential == Credential::local;
  std::optional<StoredAnswer> stored;
  if (!stands) questions.push_back(principal_question(stands));
  if (key_ != nullptr) {
    questions.push_back(
        {replay_statement(user(), *key_), [&stored](const db::Row& row) { stored.emplace(read_answer(row)); }});
  }
  if (!questions.empty()) TRY(tx_.ask(questions));
  if (!stands) return fail(ErrorCode::unauthenticated, "This login or key is no longer valid. Sign in again.");
  if (key_ == nullptr) return std::nullopt;
  return compare(std::move(stored), *key_);
}

void Mutation::record(const Change& change) {
  // The head is raised first and the change takes its number from there, so commit order is sequence order.
  tx_.later(
      {"INSERT INTO {change_heads} (user_rid, seq) VALUES ($1, 1)"
       " ON CONFLICT (user_rid) DO UPDATE SET seq = {change_heads}.seq + 1",
       user().value});
  tx_.later(
      {"INSERT INTO {changes} (user_rid, seq, kind, object_rid, id, version, deleted, changed_at)"
       " SELECT user_rid, seq, $2, $3, $4, $5, $6, $7 FROM {change_heads} WHERE user_rid = $1"
       " ON CONFLICT (kind, object_rid) DO UPDATE SET user_rid = excluded.user_rid, seq = excluded.seq,"
       " version = excluded.version,"
       " deleted = excluded.deleted, changed_at = excluded.changed_at",
       user().value, change.kind, change.rid, change.id, change.version, change.deleted, now_});
}

void Mutation::answer(int status, std::string_view kind, std::string_view object_id, std::string_view details) {
  if (key_ == nullptr) return;
  tx_.later(
      {"INSERT INTO {idempotency} (user_rid, key, fingerprint, status, kind, object_id, details, created_at)"
       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
       user().value, std::string_view(key_->key), as_bytes(key_->fingerprint), std::int64_t{status}, kind, object_id,
       db::Json{details}, now_});
}

Result<std::optional<Replay>> find_replay(db::Connection& connection, UserRid user, const IdempotencyKey& key) {
  TRY_ASSIGN(auto stored, connection.find(replay_statement(user, key), read_answer));
  return compare(std::move(stored), key);
}

Result<std::int64_t> purge_idempotency(db::Transaction& tx, Time before, std::int64_t limit) {
  struct Old {
    std::int64_t user_rid;
    std::string key;
  };
  std::vector<Old> old;
  TRY(tx.ask(
      {{"SELECT user_rid, key FROM {idempotency} WHERE created_at < $1 ORDER BY created_at LIMIT $2", before, limit},
       [&](const db::Row& row) { old.push_back({row.integer(0), std::string(row.text(1))}); }}));
  // One by one: of `(user_rid, key) IN (…)` SQLite looks up the user alone and reads all that they have, for seconds.
  for (const Old& answer : old) {
    tx.later(
        {"DELETE FROM {idempotency} WHERE user_rid = $1 AND key = $2", answer.user_rid, std::string_view(answer.key)});
  }
  return std::ssize(old);
}

Result<std::int64_t> change_head(db::Connection& connection, UserRid user) {
  TRY_ASSIGN(const auto head, connection.find({"SELECT seq FROM {change_heads} WHERE user_rid = $1", user.value},
                                              [](const db::Row& row) { return row.integer(0); }));
  return head.value_or(0);
}

}  // namespace medialith::domain
