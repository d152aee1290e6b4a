#include "app/bootstrap.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "web/authenticate.hpp"

namespace medialith::app {
namespace {

Task<Result<std::optional<std::string>>> find_meta(db::Database& database, std::string_view key) {
  auto look = [key](db::Connection& connection) { return domain::find_meta(connection, key); };
  co_return co_await database.read(look);
}

Task<Result<void>> put_meta(db::Database& database, std::string_view key, std::string value) {
  auto run = [&](db::Transaction& tx) -> Result<void> {
    domain::put_meta(tx, key, value);
    return {};
  };
  co_return co_await database.write(run);
}

}  // namespace

std::string secret_id(const Secret& secret) {
  const Digest digest = hkdf_sha256(bytes_of(secret.reveal()), "medialith secret id v1");
  return to_hex(std::span(digest).first(8));
}

Task<Result<void>> check_store_id(BootstrapParts parts) {
  CO_TRY_ASSIGN(const auto in_database, co_await find_meta(parts.database, kStoreId));
  CO_TRY_ASSIGN(const auto in_store, co_await parts.blobs.store_id());
  if (in_database && in_store && *in_database == *in_store) co_return Result<void>();
  if (in_database && in_store) {
    co_return fail(ErrorCode::precondition_failed,
                   fmt::format("The database belongs to store {}, but the files are of store {}. Check which folder is"
                               " mounted, or which bucket and prefix are set.",
                               *in_database, *in_store));
  }
  if (in_database) {
    co_return fail(
        ErrorCode::precondition_failed,
        fmt::format("The database belongs to store {}, but its files are not here: the folder or bucket is"
                    " empty or another one. Check which folder is mounted, or which bucket and prefix are set.",
                    *in_database));
  }
  // A store that was marked in a start that then failed is taken up again; it cannot hold anything yet.
  const std::string id = in_store ? *in_store : parts.uuids.make();
  if (!in_store) CO_TRY(co_await parts.blobs.set_store_id(id));
  co_return co_await put_meta(parts.database, kStoreId, id);
}

Task<Result<void>> check_secret(BootstrapParts parts, const Secret& secret) {
  const std::string id = secret_id(secret);
  CO_TRY_ASSIGN(const auto known, co_await find_meta(parts.database, kSecretId));
  if (!known) co_return co_await put_meta(parts.database, kSecretId, id);
  if (*known == id) co_return Result<void>();
  co_return fail(ErrorCode::precondition_failed,
                 "The secret is not the one this database was made with (MEDIALITH_SECRET, AUTH_SECRET or secret.key)."
                 " Links and cursors would break; put the old one back.");
}

Task<Result<FirstUsers>> ensure_users(BootstrapParts parts, const web::Settings& settings) {
  FirstUsers first;
  const Time now = parts.clock.now();
  const std::string local_id = parts.uuids.make();
  const std::string legacy_id = parts.uuids.make();
  const bool single = settings.profile == web::Profile::single;
  auto run = [&](db::Transaction& tx) -> Result<domain::User> {
    TRY_ASSIGN(auto legacy, domain::ensure_singleton_user(tx, domain::UserKind::legacy, legacy_id, now));
    if (!single) return legacy;
    return domain::ensure_singleton_user(tx, domain::UserKind::local, local_id, now);
  };
  CO_TRY_ASSIGN(const domain::User user, co_await parts.database.write(run));
  if (single) {
    first.local = domain::Principal{.user = user.rid,
                                    .user_id = user.id,
                                    .admin = true,
                                    .scopes = domain::Scopes::all,
                                    .credential = domain::Credential::local};
    if (settings.local_without_login) co_return first;
    CO_TRY_ASSIGN(const auto known, co_await find_meta(parts.database, domain::kAccessTokenMeta));
    if (known) {
      CO_TRY_ASSIGN(const auto hash, from_hex(*known));
      first.access_token_hash = text_of(hash);
      co_return first;
    }
    first.access_token = make_token(parts.random);
    first.access_token_hash = web::token_hash(first.access_token->reveal());
    const std::string hex = to_hex(bytes_of(first.access_token_hash));
    CO_TRY(co_await put_meta(parts.database, domain::kAccessTokenMeta, hex));
    co_return first;
  }
  auto look = [](db::Connection& connection) { return domain::has_admin(connection); };
  CO_TRY_ASSIGN(const bool has_admin, co_await parts.database.read(look));
  if (has_admin) co_return first;
  first.setup_token = make_token(parts.random);
  const std::string hash = web::token_hash(first.setup_token->reveal());
  auto put = [&](db::Transaction& tx) -> Result<void> {
    domain::put_setup_token(tx, hash, now);
    return {};
  };
  CO_TRY(co_await parts.database.write(put));
  co_return first;
}

}  // namespace medialith::app
