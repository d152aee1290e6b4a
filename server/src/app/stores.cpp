#include "app/stores.hpp"

#include <future>
#include <utility>

namespace medialith::app {
namespace {

Result<std::unique_ptr<blob::DiskStore>> open_disk(const StoreParts& parts) {
  const std::string root = parts.folder.blobs();
  TRY(make_durable_folder(root));
  TRY_ASSIGN(auto blobs,
             blob::DiskStore::open(root, parts.runtime.disk(), parts.random, {.faults = parts.faults.disk}));
  TRY(blobs->probe());
  TRY(net::run_sync(blobs->sweep_staging(parts.clock.now())));
  return blobs;
}

Result<void> open_bucket(const StoreParts& parts, const StoreChoice& files, Stores& stores) {
  blob::S3Options options = files.s3;
  options.staging_folder = parts.folder.path() + "/staging";
  TRY(make_durable_folder(options.staging_folder));
  TRY_ASSIGN(auto bucket,
             net::run_sync(blob::S3Store::open(
                 std::move(options),
                 {.http = *stores.http, .disk = parts.runtime.disk(), .clock = parts.clock, .random = parts.random})));
  stores.bucket = bucket.get();
  stores.blobs = std::move(bucket);
  return {};
}

Result<Stores> open_files(const StoreParts& parts, const StoreChoice& files,
                          std::shared_ptr<http_client::Client> http) {
  Stores stores{.http = std::move(http)};
  if (files.kind == StoreKind::s3) {
    TRY(open_bucket(parts, files, stores));
    return stores;
  }
  TRY_ASSIGN(auto disk, open_disk(parts));
  stores.disk = disk.get();
  stores.blobs = std::move(disk);
  return stores;
}

}  // namespace

Result<Stores> open_stores(const StoreParts& parts, const DatabaseChoice& choice, const StoreChoice& files) {
  std::shared_ptr<http_client::Client> http;
  if (choice.engine == DatabaseEngine::libsql || files.kind == StoreKind::s3) {
    TRY_ASSIGN(http, http_client::Client::open());
  }
  auto opening = std::async(std::launch::async, [&] { return open_files(parts, files, http); });
  TRY_ASSIGN(auto database, open_database(choice, {.clock = parts.clock,
                                                   .runtime = parts.runtime,
                                                   .random = parts.random,
                                                   .on_fatal = parts.on_fatal,
                                                   .faults = parts.faults.database,
                                                   .http = http}));
  TRY_ASSIGN(Stores stores, opening.get());
  stores.database = std::move(database);
  return stores;
}

}  // namespace medialith::app
