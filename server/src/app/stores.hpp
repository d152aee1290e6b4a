// Opening where the rows and the files are kept.
#pragma once

#include <functional>
#include <memory>

#include "app/data_folder.hpp"
#include "app/databases.hpp"
#include "app/faults.hpp"
#include "app/options.hpp"
#include "app/store_choice.hpp"
#include "blob/disk/disk_store.hpp"
#include "blob/s3/s3_store.hpp"
#include "http_client/client.hpp"
#include "net/runtime.hpp"

namespace medialith::app {

struct Stores {
  std::shared_ptr<http_client::Client> http;  ///< with a bucket, or libSQL
  std::unique_ptr<blob::BlobStore> blobs;
  // The same store, as what it is; nullptr for the other kind.
  blob::DiskStore* disk = nullptr;
  blob::S3Store* bucket = nullptr;
  std::unique_ptr<db::Database> database;
};

/// What they are opened with; all of it outlives them.
struct StoreParts {
  const DataFolder& folder;
  net::Runtime& runtime;
  const Clock& clock;
  Random& random;
  const TestFaults& faults;
  std::function<void(const Error&)> on_fatal;  ///< see db::SqliteOptions
};

/// Opens both at once: each waits for a disk or a network most of the time. The store is tried (write, read back) and,
/// on disk, rid of what an earlier run left unfinished. Blocks. Errors: what either fails with.
Result<Stores> open_stores(const StoreParts& parts, const DatabaseChoice& choice, const StoreChoice& files);

}  // namespace medialith::app
