// What a database has to hold before the first request: its STORE_ID, the id of its secret, its first users.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "blob/store.hpp"
#include "db/database.hpp"
#include "domain/accounts.hpp"
#include "web/services.hpp"

namespace medialith::app {

/// Where the database keeps its STORE_ID and the id of its secret.
inline constexpr std::string_view kStoreId = "store_id";
inline constexpr std::string_view kSecretId = "secret_id";
/// Where servers that start at once agree on the id that a fresh bucket is marked with.
inline constexpr std::string_view kNewStoreId = "new_store_id";

/// An id that tells secrets apart and says nothing about them.
std::string secret_id(const Secret& secret);

struct BootstrapParts {
  db::Database& database;
  blob::BlobStore& blobs;
  Clock& clock;
  Random& random;
  UuidMaker& uuids;
};

/// Compares the STORE_ID of database and store and gives both one when they are fresh (R-D17). Servers that start at
/// once over the same fresh bucket agree. Errors: precondition_failed naming both ids.
Task<Result<void>> check_store_id(BootstrapParts parts);

/// Compares the id of the secret with the one the database was made with. Errors: precondition_failed.
Task<Result<void>> check_secret(BootstrapParts parts, const Secret& secret);

struct FirstUsers {
  std::optional<domain::Principal> local;  ///< profile `single`
  std::optional<Secret> setup_token;       ///< profile `accounts` without an admin
  std::optional<Secret> access_token;      ///< `single` on another address than this machine's: minted just now
  std::string access_token_hash;           ///< of the one there is, now or from an earlier start; else empty
};
Task<Result<FirstUsers>> ensure_users(BootstrapParts parts, const web::Settings& settings);

}  // namespace medialith::app
