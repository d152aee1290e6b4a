#include "domain/accounts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.hpp"

namespace medialith::domain {
namespace {

constexpr std::array<std::string_view, 4> kKindNames = {"local", "person", "guest", "legacy"};

UserKind kind_from(std::string_view name) {
  const auto* found = std::ranges::find(kKindNames, name);
  return static_cast<UserKind>(found - kKindNames.begin());
}

db::Bytes as_bytes(std::string_view text) { return {medialith::bytes_of(text)}; }

// Columns in this order: rid, id, kind, email, name, admin, created_at.
User read_user(const db::Row& row) {
  return {.rid = {row.integer(0)},
          .id = std::string(row.text(1)),
          .kind = kind_from(row.text(2)),
          .email = row.maybe_text(3),
          .name = row.maybe_text(4),
          .admin = row.boolean(5),
          .created_at = row.time(6)};
}

Error outlives_its_maker() {
  const std::string message = "A key made with a key expires no later than that one.";
  Error error = make_error(ErrorCode::validation_failed, message);
  error.fields.push_back({"expiresAt", "out_of_range", message});
  return error;
}

}  // namespace

std::string_view kind_name(UserKind kind) { return kKindNames.at(std::to_underlying(kind)); }

std::string email_key(std::string_view email) {
  while (!email.empty() && email.front() == ' ') email.remove_prefix(1);
  while (!email.empty() && email.back() == ' ') email.remove_suffix(1);
  std::string key(email);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

Result<User> create_user(db::Transaction& tx, const NewUser& user, Time now) {
  const std::string key = email_key(user.email);
  User created{.id = user.id, .email = user.email, .name = user.name, .admin = user.admin, .created_at = now};
  Result<void> inserted =
      tx.ask({{"INSERT INTO {users} (id, kind, email, email_key, name, admin, created_at, updated_at)"
               " VALUES ($1, 'person', $2, $3, $4, $5, $6, $6) RETURNING rid",
               std::string_view(user.id), std::string_view(user.email), std::string_view(key), db::maybe(user.name),
               user.admin, now},
              [&](const db::Row& row) { created.rid = {row.integer(0)}; }});
  if (!inserted && inserted.error().code == ErrorCode::already_exists) {
    return fail(ErrorCode::email_taken, "There is an account with this email already.");
  }
  TRY(inserted);
  tx.later(
      {"INSERT INTO {identities} (user_rid, issuer, subject, password_hash, created_at)"
       " VALUES ($1, 'password', $2, $3, $4)",
       created.rid.value, std::string_view(key), std::string_view(user.password_hash), now});
  return created;
}

Result<User> ensure_singleton_user(db::Transaction& tx, UserKind kind, std::string_view id, Time now) {
  std::optional<User> user;
  auto on_row = [&](const db::Row& row) { user = read_user(row); };
  TRY(tx.ask({{"SELECT rid, id, kind, email, name, admin, created_at FROM {users} WHERE kind = $1", kind_name(kind)},
              on_row}));
  if (user) return std::move(*user);
  TRY(tx.ask({{"INSERT INTO {users} (id, kind, admin, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)"
               " RETURNING rid, id, kind, email, name, admin, created_at",
               id, kind_name(kind), kind == UserKind::local, now},
              on_row}));
  return std::move(*user);
}

Result<std::optional<User>> find_user(db::Connection& connection, UserRid rid) {
  return connection.find(
      {"SELECT rid, id, kind, email, name, admin, created_at FROM {users} WHERE rid = $1", rid.value}, read_user);
}

Result<std::optional<User>> find_singleton_user(db::Connection& connection, UserKind kind) {
  return connection.find(
      {"SELECT rid, id, kind, email, name, admin, created_at FROM {users} WHERE kind = $1", kind_name(kind)},
      read_user);
}

Result<std::vector<User>> list_users(db::Connection& connection, UserRid after, std::int64_t limit) {
  return connection.all({"SELECT rid, id, kind, email, name, admin, created_at FROM {users} WHERE rid > $1"
                         " ORDER BY rid LIMIT $2",
                         after.value, limit},
                        read_user);
}

Result<std::optional<User>> find_user_by_id(db::Connection& connection, std::string_view id) {
  return connection.find({"SELECT rid, id, kind, email, name, admin, created_at FROM {users} WHERE id = $1", id},
                         read_user);
}

Result<std::optional<User>> find_person(db::Connection& connection, std::string_view email) {
  const std::string key = email_key(email);
  return connection.find(
      {"SELECT rid, id, kind, email, name, admin, created_at FROM {users} WHERE email_key = $1", std::string_view(key)},
      read_user);
}

Result<bool> has_admin(db::Connection& connection) {
  TRY_ASSIGN(auto found, connection.find({"SELECT 1 FROM {users} WHERE admin AND kind = 'person'"
                                          " AND disabled_at IS NULL LIMIT 1"},
                                         [](const db::Row&) { return true; }));
  return found.has_value();
}

Result<std::optional<PasswordIdentity>> find_password_identity(db::Connection& connection, std::string_view email) {
  const std::string key = email_key(email);
  return connection.find(
      {"SELECT u.rid, u.id, u.kind, u.email, u.name, u.admin, u.created_at, i.password_hash, u.disabled_at"
       " FROM {identities} i JOIN {users} u ON u.rid = i.user_rid WHERE i.issuer = 'password' AND i.subject = $1",
       std::string_view(key)},
      [](const db::Row& row) { return PasswordIdentity{read_user(row), std::string(row.text(7)), !row.is_null(8)}; });
}

void replace_password_hash(db::Transaction& tx, std::string_view email, std::string_view hash) {
  const std::string key = email_key(email);
  tx.later({"UPDATE {identities} SET password_hash = $1 WHERE issuer = 'password' AND subject = $2", hash,
            std::string_view(key)});
}

void create_login(db::Transaction& tx, std::string_view token_hash, UserRid user, Time now) {
  tx.later(
      {"INSERT INTO {logins} (token_hash, user_rid, created_at, last_seen_at, expires_at)"
       " VALUES ($1, $2, $3, $3, $4)",
       as_bytes(token_hash), user.value, now, now + kLoginLifetime});
}

void delete_login(db::Transaction& tx, std::string_view token_hash) {
  tx.later({"DELETE FROM {logins} WHERE token_hash = $1", as_bytes(token_hash)});
}

Result<std::optional<LoginState>> find_login(db::Connection& connection, std::string_view token_hash, Time now) {
  return connection.find(
      {"SELECT u.rid, u.id, u.admin, l.last_seen_at FROM {logins} l JOIN {users} u ON u.rid = l.user_rid"
       " WHERE l.token_hash = $1 AND l.expires_at > $2 AND l.last_seen_at > $3 AND u.disabled_at IS NULL",
       as_bytes(token_hash), now, now - kLoginIdle},
      [&](const db::Row& row) {
        const bool admin = row.boolean(2);
        return LoginState{.principal = {.user = {row.integer(0)},
                                        .user_id = std::string(row.text(1)),
                                        .admin = admin,
                                        .scopes = scopes_of_user(admin),
                                        .credential = Credential::login,
                                        .login_hash = std::string(token_hash)},
                          .touch_due = now - row.time(3) > std::chrono::days(1)};
      });
}

void touch_login(db::Transaction& tx, std::string_view token_hash, Time now) {
  tx.later({"UPDATE {logins} SET last_seen_at = $1 WHERE token_hash = $2", now, as_bytes(token_hash)});
}

Result<std::int64_t> purge_logins(db::Transaction& tx, Time now, std::int64_t limit) {
  TRY(
      tx.ask({{"DELETE FROM {logins} WHERE token_hash IN"
               " (SELECT token_hash FROM {logins} WHERE expires_at <= $1 OR last_seen_at <= $2 LIMIT $3)",
               now, now - kLoginIdle, limit}}));
  return tx.changes();
}

Result<ApiKey> create_key(Mutation& mutation, const NewApiKey& key) {
  std::int64_t count = 0;
  std::optional<Time> latest;
  std::vector<db::Question> questions;
  questions.push_back({{"SELECT count(*) FROM {api_keys} WHERE user_rid = $1", mutation.user().value},
                       [&](const db::Row& row) { count = row.integer(0); }});
  if (mutation.principal().credential == Credential::key) {
    questions.push_back({{"SELECT expires_at FROM {api_keys} WHERE rid = $1", mutation.principal().key_rid},
                         [&](const db::Row& row) { latest = row.maybe_time(0); }});
  }
  TRY(mutation.ask(std::move(questions)));
  if (count >= kMaxKeysPerUser) {
    return fail(ErrorCode::validation_failed, "You have 100 keys already. Delete one that is no longer used.");
  }
  const std::optional<Time> expires_at = key.expires_at ? key.expires_at : latest;
  if (latest && *expires_at > *latest) return fail(outlives_its_maker());
  mutation.later(
      {"INSERT INTO {api_keys} (id, user_rid, name, secret_hash, scopes, created_at, expires_at)"
       " VALUES ($1, $2, $3, $4, $5, $6, $7)",
       std::string_view(key.id), mutation.user().value, std::string_view(key.name), as_bytes(key.secret_hash),
       std::int64_t{std::to_underlying(key.scopes)}, mutation.now(), db::maybe(expires_at)});
  return ApiKey{.id = key.id,
                .name = key.name,
                .scopes = key.scopes,
                .created_at = mutation.now(),
                .expires_at = expires_at,
                .last_used_at = std::nullopt};
}

Result<std::vector<ApiKey>> list_keys(db::Connection& connection, UserRid user) {
  return connection.all({"SELECT rid, id, name, scopes, created_at, expires_at, last_used_at FROM {api_keys}"
                         " WHERE user_rid = $1 ORDER BY rid DESC",
                         user.value},
                        [](const db::Row& row) {
                          return ApiKey{.rid = row.integer(0),
                                        .id = std::string(row.text(1)),
                                        .name = std::string(row.text(2)),
                                        .scopes = static_cast<Scopes>(row.integer(3)),
                                        .created_at = row.time(4),
                                        .expires_at = row.maybe_time(5),
                                        .last_used_at = row.maybe_time(6)};
                        });
}

Result<std::optional<Replay>> delete_key(Mutation& mutation, std::string_view id) {
  bool found = false;
  TRY_ASSIGN(auto replay,
             mutation.ask({{{"SELECT 1 FROM {api_keys} WHERE id = $1 AND user_rid = $2", id, mutation.user().value},
                            [&](const db::Row&) { found = true; }}}));
  if (replay) return replay;
  if (!found) return fail(ErrorCode::not_found, "There is no such key.");
  mutation.later({"DELETE FROM {api_keys} WHERE id = $1 AND user_rid = $2", id, mutation.user().value});
  mutation.answer(204, "api_key", id);
  return std::nullopt;
}

Result<std::optional<KeyState>> find_key(db::Connection& connection, std::string_view id, Time now) {
  return connection.find(
      {"SELECT k.rid, k.user_rid, u.id, u.admin, k.scopes, k.secret_hash, k.last_used_at FROM {api_keys} k"
       " JOIN {users} u ON u.rid = k.user_rid"
       " WHERE k.id = $1 AND (k.expires_at IS NULL OR k.expires_at > $2) AND u.disabled_at IS NULL",
       id, now},
      [&](const db::Row& row) {
        const bool admin = row.boolean(3);
        // What a key may do never exceeds what its owner may do now.
        const Scopes granted = static_cast<Scopes>(row.integer(4)) & scopes_of_user(admin);
        const auto hash = row.bytes(5);
        const auto last_used = row.maybe_time(6);
        return KeyState{.principal = {.user = {row.integer(1)},
                                      .user_id = std::string(row.text(2)),
                                      .admin = admin && has(granted, Scopes::admin),
                                      .scopes = granted,
                                      .credential = Credential::key,
                                      .login_hash = {},
                                      .key_rid = row.integer(0)},
                        .secret_hash = std::string(text_of(hash)),
                        .touch_due = !last_used || now - *last_used > std::chrono::hours(1)};
      });
}

void touch_key(db::Transaction& tx, std::int64_t rid, Time now) {
  tx.later({"UPDATE {api_keys} SET last_used_at = $1 WHERE rid = $2", now, rid});
}

void put_setup_token(db::Transaction& tx, std::string_view token_hash, Time now) {
  tx.later({"DELETE FROM {grants} WHERE kind = 'setup'"});
  tx.later({"INSERT INTO {grants} (secret_hash, kind, created_at, expires_at) VALUES ($1, 'setup', $2, $3)",
            as_bytes(token_hash), now, now + kSetupTokenLifetime});
}

namespace {

db::Statement setup_token_statement(std::string_view token_hash, Time now) {
  return {
      "SELECT 1 FROM {grants} WHERE secret_hash = $1 AND kind = 'setup' AND expires_at > $2 AND NOT EXISTS"
      " (SELECT 1 FROM {users} WHERE admin AND kind = 'person' AND disabled_at IS NULL)",
      as_bytes(token_hash), now};
}

}  // namespace

Result<bool> is_setup_token(db::Connection& connection, std::string_view token_hash, Time now) {
  TRY_ASSIGN(auto found, connection.find(setup_token_statement(token_hash, now), [](const db::Row&) { return true; }));
  return found.has_value();
}

Result<bool> take_setup_token(db::Transaction& tx, std::string_view token_hash, Time now) {
  bool alive = false;
  TRY(tx.ask({setup_token_statement(token_hash, now).lock(db::Lock::rows), [&](const db::Row&) { alive = true; }}));
  if (alive) tx.later({"DELETE FROM {grants} WHERE secret_hash = $1", as_bytes(token_hash)});
  return alive;
}

Result<std::int64_t> purge_grants(db::Transaction& tx, Time now, std::int64_t limit) {
  TRY(
      tx.ask({{"DELETE FROM {grants} WHERE secret_hash IN"
               " (SELECT secret_hash FROM {grants} WHERE expires_at <= $1 LIMIT $2)",
               now, limit}}));
  return tx.changes();
}

Result<std::int64_t> newest_rid(db::Connection& connection) {
  std::int64_t newest = 0;
  TRY(connection.each({"SELECT max(rid) FROM {generations} UNION ALL SELECT max(rid) FROM {assets}"},
                      [&](const db::Row& row) { newest = std::max(newest, row.maybe_integer(0).value_or(0)); }));
  return newest;
}

Result<std::optional<std::string>> find_meta(db::Connection& connection, std::string_view key) {
  return connection.find({"SELECT value FROM {meta} WHERE key = $1", key},
                         [](const db::Row& row) { return std::string(row.text(0)); });
}

void put_meta(db::Transaction& tx, std::string_view key, std::string_view value) {
  tx.later({"INSERT INTO {meta} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key, value});
}

void raise_meta(db::Transaction& tx, std::string_view key, std::string_view value) {
  tx.later(
      {"INSERT INTO {meta} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
       " WHERE {meta}.value < excluded.value",
       key, value});
}

}  // namespace medialith::domain
