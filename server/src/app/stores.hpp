// Opening what a data folder holds.
#pragma once

#include <functional>
#include <memory>

#include "app/data_folder.hpp"
#include "app/databases.hpp"
#include "app/faults.hpp"
#include "app/options.hpp"
#include "blob/disk/disk_store.hpp"
#include "net/runtime.hpp"

namespace medialith::app {

struct Stores {
  std::unique_ptr<blob::DiskStore> blobs;
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

/// Opens both at once: each waits for the disk most of the time. The store is tried (write, flush, read back) and rid
/// of what an earlier run left unfinished. Blocks. Errors: what either fails with.
Result<Stores> open_stores(const StoreParts& parts, const DatabaseChoice& choice);

}  // namespace medialith::app
