// Users, passwords, logins, keys, and the one-time set-up token.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "domain/mutation.hpp"
#include "domain/principal.hpp"

namespace medialith::domain {

enum class UserKind : std::uint8_t {
  local,   ///< the one owner of profile `single`
  person,  ///< has an email and a password
  guest,
  legacy,  ///< owns rows that were imported without an owner, until an admin assigns them (S0-3, S0-4)
};
std::string_view kind_name(UserKind kind);

struct User {
  UserRid rid;
  std::string id;  ///< UUIDv7
  UserKind kind = UserKind::person;
  std::optional<std::string> email;
  std::optional<std::string> name;
  bool admin = false;
  Time created_at;
};

/// How long a login lives: without use, and at most.
inline constexpr std::chrono::days kLoginIdle{7};
inline constexpr std::chrono::days kLoginLifetime{30};
/// The one-time token that makes the first admin of a fresh deployment.
inline constexpr std::chrono::minutes kSetupTokenLifetime{30};

/// What two spellings of one address share: without surrounding space, ASCII letters in lower case.
std::string email_key(std::string_view email);

struct NewUser {
  std::string id;
  std::string email;
  std::optional<std::string> name;
  std::string password_hash;
  bool admin = false;
};

/// Errors: email_taken.
Result<User> create_user(db::Transaction& tx, const NewUser& user, Time now);
/// The user of that kind of which there is one (`local`, `legacy`), made with `id` when it is not there yet.
Result<User> ensure_singleton_user(db::Transaction& tx, UserKind kind, std::string_view id, Time now);
Result<std::optional<User>> find_user(db::Connection& connection, UserRid rid);
Result<std::optional<User>> find_singleton_user(db::Connection& connection, UserKind kind);
/// Users in the order in which they were made, `limit` at most, from the one behind `after`; {0} is the first page.
Result<std::vector<User>> list_users(db::Connection& connection, UserRid after, std::int64_t limit);
Result<std::optional<User>> find_user_by_id(db::Connection& connection, std::string_view id);
/// The person with that address.
Result<std::optional<User>> find_person(db::Connection& connection, std::string_view email);
/// True when somebody can sign in as admin: then no set-up token is needed.
Result<bool> has_admin(db::Connection& connection);

struct PasswordIdentity {
  User user;
  std::string password_hash;
  bool disabled = false;
};
Result<std::optional<PasswordIdentity>> find_password_identity(db::Connection& connection, std::string_view email);
/// For a hash that was made with weaker parameters.
void replace_password_hash(db::Transaction& tx, std::string_view email, std::string_view hash);

/// `token_hash`: SHA-256 of the cookie's token, 32 bytes.
void create_login(db::Transaction& tx, std::string_view token_hash, UserRid user, Time now);
void delete_login(db::Transaction& tx, std::string_view token_hash);

struct LoginState {
  Principal principal;
  bool touch_due = false;  ///< last_seen_at is older than a day: call touch_login when convenient
};
/// nullopt when there is none, it has expired or idled out, or the user is disabled.
Result<std::optional<LoginState>> find_login(db::Connection& connection, std::string_view token_hash, Time now);
void touch_login(db::Transaction& tx, std::string_view token_hash, Time now);
/// Deletes logins that find_login() does not find any more, `limit` at most. How many there were.
Result<std::int64_t> purge_logins(db::Transaction& tx, Time now, std::int64_t limit);

struct ApiKey {
  std::int64_t rid = 0;
  std::string id;
  std::string name;
  Scopes scopes = Scopes::none;
  Time created_at;
  std::optional<Time> expires_at;
  std::optional<Time> last_used_at;
};
struct NewApiKey {
  std::string id;
  std::string name;
  std::string secret_hash;  ///< SHA-256 of the secret, 32 bytes
  Scopes scopes = Scopes::read | Scopes::write;
  std::optional<Time> expires_at;
};
inline constexpr int kMaxKeysPerUser = 100;

/// A key that is made by a key may do no more (the caller compares scopes) and lives no longer: what has no expiry
/// takes its maker's. Errors: validation_failed when the user has kMaxKeysPerUser already, and naming expiresAt when it
/// is after its maker's.
Result<ApiKey> create_key(Mutation& mutation, const NewApiKey& key);
Result<std::vector<ApiKey>> list_keys(db::Connection& connection, UserRid user);
/// Errors: not_found.
Result<std::optional<Replay>> delete_key(Mutation& mutation, std::string_view id);
struct KeyState {
  Principal principal;
  std::string secret_hash;
  bool touch_due = false;  ///< last_used_at is older than an hour
};
/// By its public id; the caller compares the secret in constant time.
Result<std::optional<KeyState>> find_key(db::Connection& connection, std::string_view id, Time now);
void touch_key(db::Transaction& tx, std::int64_t rid, Time now);

/// Replaces any earlier one.
void put_setup_token(db::Transaction& tx, std::string_view token_hash, Time now);
/// True while the token can be used: it is there and alive, and nobody is an admin yet.
Result<bool> is_setup_token(db::Connection& connection, std::string_view token_hash, Time now);
/// The same, and it is gone afterwards. Errors: what ask() fails with.
Result<bool> take_setup_token(db::Transaction& tx, std::string_view token_hash, Time now);
/// Deletes grants of every kind that have expired, `limit` at most. How many there were.
Result<std::int64_t> purge_grants(db::Transaction& tx, Time now, std::int64_t limit);

/// Where the access token of profile `single` is kept: SHA-256 of it, lower-case hex.
inline constexpr std::string_view kAccessTokenMeta = "access_token";
/// The newest rid of generations and assets; 0 when there are none. Two look-ups, however many there are.
Result<std::int64_t> newest_rid(db::Connection& connection);

/// STORE_ID and the id of the secret: what binds this database to its folder and its key.
Result<std::optional<std::string>> find_meta(db::Connection& connection, std::string_view key);
void put_meta(db::Transaction& tx, std::string_view key, std::string_view value);
/// Puts the value unless the one that is there is greater, as texts compare.
void raise_meta(db::Transaction& tx, std::string_view key, std::string_view value);

}  // namespace medialith::domain
