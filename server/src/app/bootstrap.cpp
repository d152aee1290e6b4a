#include "app/bootstrap.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "domain/meta.hpp"
#include "web/authenticate.hpp"

namespace medialith::app {
namespace {

Task<Result<std::optional<std::string>>> find_meta(db::Database& database, std::string_view key) {
  auto look = [key](db::Connection& connection) { return domain::find_meta(connection, key); };
  co_return co_await database.read(look);
}

/// The value that the database has from now on: the one there is, or else `value`, or that of another server that was
/// faster. Only the last two take the writer.
Task<Result<std::string>> keep_meta(db::Database& database, std::string_view key, std::string value) {
  CO_TRY_ASSIGN(auto known, co_await find_meta(database, key));
  if (known) co_return std::move(*known);
  auto run = [&](db::Transaction& tx) { return domain::keep_meta(tx, key, value); };
  co_return co_await database.write(run);
}

std::unexpected<Error> not_together(std::string_view in_database, std::string_view in_store) {
  return fail(ErrorCode::precondition_failed,
              fmt::format("The database belongs to store {}, but the files are of store {}. Check which folder is"
                          " mounted, or which bucket and prefix are set.",
                          in_database, in_store));
}

/// The id of a fresh store. Servers that start at once over one bucket each find it unmarked: they mark it with the id
/// that the first of them has put into the database. A folder has an id of its own, whoever else uses the database.
Task<Result<std::string>> new_store_id(BootstrapParts parts) {
  std::string id = parts.uuids.make();
  if (parts.blobs.capabilities().direct_file) co_return id;
  co_return co_await keep_meta(parts.database, kNewStoreId, std::move(id));
}

/// What strangers to this machine are asked for: the token there is, or a new one that is told.
Task<Result<void>> ensure_access_token(BootstrapParts parts, FirstUsers& first) {
  Secret token = make_token(parts.random);
  std::string hash = web::token_hash(token.reveal());
  const std::string ours = to_hex(bytes_of(hash));
  CO_TRY_ASSIGN(const std::string kept, co_await keep_meta(parts.database, domain::kAccessTokenMeta, ours));
  if (kept == ours) first.access_token = std::move(token);
  CO_TRY_ASSIGN(const auto bytes, from_hex(kept));
  first.access_token_hash = text_of(bytes);
  co_return Result<void>();
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
  if (in_database && in_store) co_return not_together(*in_database, *in_store);
  if (in_database) {
    co_return fail(
        ErrorCode::precondition_failed,
        fmt::format("The database belongs to store {}, but its files are not here: the folder or bucket is"
                    " empty or another one. Check which folder is mounted, or which bucket and prefix are set.",
                    *in_database));
  }
  // A store that was marked in a start that then failed is taken up again; it cannot hold anything yet.
  std::string id = in_store.value_or("");
  if (!in_store) {
    CO_TRY_ASSIGN(id, co_await new_store_id(parts));
    CO_TRY(co_await parts.blobs.set_store_id(id));
  }
  CO_TRY_ASSIGN(const std::string kept, co_await keep_meta(parts.database, kStoreId, id));
  if (kept != id) co_return not_together(kept, id);
  co_return Result<void>();
}

Task<Result<void>> check_secret(BootstrapParts parts, const Secret& secret) {
  const std::string id = secret_id(secret);
  CO_TRY_ASSIGN(const std::string known, co_await keep_meta(parts.database, kSecretId, id));
  if (known == id) co_return Result<void>();
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
    CO_TRY(co_await ensure_access_token(parts, first));
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
