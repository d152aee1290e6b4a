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
  TRY_ASSIGN(auto database, db::SqliteDatabase::open({.path = choice.path,
                                                      .loops = parts.runtime.loop_count(),
                                                      .current_loop = net::Runtime::current_loop,
                                                      .on_fatal = parts.on_fatal,
                                                      .faults = parts.faults.database},
                                                     parts.clock, parts.runtime.work()));
  Stores stores{.blobs = nullptr, .database = std::move(database)};
  TRY_ASSIGN(stores.blobs, blobs.get());
  return stores;
}

}  // namespace medialith::app
