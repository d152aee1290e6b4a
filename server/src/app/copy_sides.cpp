#include "app/copy_sides.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "app/bootstrap.hpp"
#include "app/databases.hpp"
#include "app/environment_file.hpp"
#include "blob/memory/memory_store.hpp"
#include "domain/accounts.hpp"

namespace medialith::app {
namespace {

std::unexpected<Error> refuse(const Place& place, std::string_view sentence) {
  return fail(ErrorCode::precondition_failed, fmt::format("{}: {}", place.named, sentence));
}

/// What a place's database has of this program's tables.
enum class Schema : std::uint8_t { none, older, current };

Result<Schema> schema_of(const Place& place) {
  TRY_ASSIGN(const auto states, migration_states(place.choice));
  const auto applied =
      std::ranges::count_if(states, [](const db::MigrationState& s) { return s.applied_at.has_value(); });
  if (applied == 0) return Schema::none;
  return applied == std::ssize(states) ? Schema::current : Schema::older;
}

movers::Reading reading_of(const Place& place, const Clock& clock) {
  return [&place, &clock](const db::Database::ReadFn& fn) { return look_into(place.choice, clock, fn); };
}

struct BlobsToRead {
  std::unique_ptr<http_client::Client> http;
  std::unique_ptr<blob::BlobStore> blobs;
};

Result<BlobsToRead> open_blobs_to_read(const Place& place, const SideParts& parts) {
  BlobsToRead opened;
  if (place.files.kind == StoreKind::disk) {
    const std::string root = DataFolder::blobs_of(place.data());
    TRY_ASSIGN(opened.blobs, blob::DiskStore::open_to_read(root, parts.runtime.disk(), parts.random));
    return opened;
  }
  TRY_ASSIGN(opened.http, http_client::Client::open());
  TRY_ASSIGN(opened.blobs,
             net::run_sync(blob::S3Store::open_to_read(
                 place.files.s3,
                 {.http = *opened.http, .disk = parts.runtime.disk(), .clock = parts.clock, .random = parts.random})));
  return opened;
}

/// What `meta` says of a deployment.
struct Identity {
  std::optional<std::string> store_id;
  std::optional<std::string> secret_id;
};

Result<Identity> read_identity(const movers::Reading& read) {
  Identity identity;
  auto look = [&](db::Connection& connection) -> Result<void> {
    TRY_ASSIGN(identity.store_id, domain::find_meta(connection, kStoreId));
    TRY_ASSIGN(identity.secret_id, domain::find_meta(connection, kSecretId));
    return movers::refuse_unfinished_copy(connection);
  };
  TRY(read(look));
  return identity;
}

/// The secret a server there would take, unless it would make one.
Result<std::optional<Secret>> secret_of(const Place& place) {
  TRY_ASSIGN(std::optional<Secret> configured, configured_secret(place.config));
  if (configured) return configured;
  return read_secret_key(DataFolder::secret_key_of(place.data()));
}

}  // namespace

Result<Place> find_place(std::string_view flag, const std::string& named) {
  Environment environment;
  std::error_code error;
  if (std::filesystem::is_regular_file(named, error)) {
    TRY_ASSIGN(environment, read_environment_file(named));
  } else {
    environment.emplace("MEDIALITH_DATA", named);
  }
  auto config = Config::load(options(), environment);
  if (!config) {
    Error wrong = std::move(config).error();
    wrong.message = fmt::format("{} {}: {}", flag, named, wrong.message);
    return fail(std::move(wrong));
  }
  TRY_ASSIGN(DatabaseChoice choice, choose_database(*config));
  TRY_ASSIGN(StoreChoice files, choose_store(*config));
  return Place{named, std::move(*config), std::move(choice), std::move(files)};
}

Result<OpenSource> open_source(const Place& place, const SideParts& parts) {
  TRY_ASSIGN(const Schema schema, schema_of(place));
  if (schema == Schema::none) return refuse(place, "there is no deployment to copy.");
  if (schema == Schema::older) {
    return refuse(place, "its database lacks migrations of this version. Start its server with this version first.");
  }
  OpenSource source{.read = reading_of(place, parts.clock)};
  TRY_ASSIGN(const Identity identity, read_identity(source.read));
  if (!identity.store_id || !identity.secret_id)
    return refuse(place, "it has never been served: nothing is there yet.");
  source.id = *identity.store_id;
  TRY_ASSIGN(BlobsToRead opened, open_blobs_to_read(place, parts));
  source.http = std::move(opened.http);
  source.blobs = std::move(opened.blobs);
  TRY_ASSIGN(const auto in_store, net::run_sync(source.blobs->store_id()));
  if (in_store != identity.store_id) {
    return refuse(place,
                  fmt::format("its database belongs to store {}, its files to {}. Check which folder is mounted.",
                              source.id, in_store.value_or("none")));
  }
  TRY_ASSIGN(std::optional<Secret> secret, secret_of(place));
  if (!secret) return refuse(place, "its secret is missing: name it in a file with MEDIALITH_SECRET.");
  if (secret_id(*secret) != *identity.secret_id) return refuse(place, "its secret is not the one of its database.");
  source.secret = std::move(*secret);
  return source;
}

Result<bool> needs_secret(const Place& target, const Secret& secret) {
  TRY_ASSIGN(const std::optional<Secret> there, secret_of(target));
  if (!there) return true;
  if (secret_id(*there) == secret_id(secret)) return false;
  return refuse(target,
                "it has another secret than the source (MEDIALITH_SECRET, AUTH_SECRET or secret.key), so that links and"
                " logins would break. Take it away, and the copy brings the source's.");
}

Result<TargetGlance> look_at_target(const Place& place, const OpenSource& source, const SideParts& parts) {
  TargetGlance target{.read = [](const db::Database::ReadFn&) { return Result<void>(); },
                      .origin = {.source_id = source.id, .target_id = ""}};
  TRY_ASSIGN(const Schema schema, schema_of(place));
  if (schema == Schema::older) {
    return refuse(place, "its database lacks migrations of this version, which a copy would apply: a dry run cannot.");
  }
  if (schema == Schema::current) {
    target.read = reading_of(place, parts.clock);
    auto look = [&target](db::Connection& connection) -> Result<void> {
      TRY_ASSIGN(const auto id, domain::find_meta(connection, kStoreId));
      target.origin.target_id = id.value_or("");
      return {};
    };
    TRY(target.read(look));
  }
  std::error_code error;
  if (place.files.kind == StoreKind::disk && !std::filesystem::exists(DataFolder::blobs_of(place.data()), error)) {
    target.blobs = std::make_unique<blob::MemoryStore>(parts.clock);
    return target;
  }
  TRY_ASSIGN(BlobsToRead opened, open_blobs_to_read(place, parts));
  target.http = std::move(opened.http);
  target.blobs = std::move(opened.blobs);
  return target;
}

}  // namespace medialith::app
