#include "app/stores.hpp"

#include <future>
#include <utility>

namespace medialith::app {
namespace {

Result<std::unique_ptr<blob::DiskStore>> open_blobs(const StoreParts& parts) {
  const std::string root = parts.folder.blobs();
  TRY(make_durable_folder(root));
  TRY_ASSIGN(auto blobs,
             blob::DiskStore::open(root, parts.runtime.disk(), parts.random, {.faults = parts.faults.disk}));
  TRY(blobs->probe());
  TRY(net::run_sync(blobs->sweep_staging(parts.clock.now())));
  return blobs;
}

}  // namespace

Result<Stores> open_stores(const StoreParts& parts, const DatabaseChoice& choice) {
  auto blobs = std::async(std::launch::async, [&parts] { return open_blobs(parts); });
  TRY_ASSIGN(auto database, open_database(choice, {parts.clock, parts.runtime, parts.on_fatal, parts.faults.database}));
  Stores stores{.blobs = nullptr, .database = std::move(database)};
  TRY_ASSIGN(stores.blobs, blobs.get());
  return stores;
}

}  // namespace medialith::app
