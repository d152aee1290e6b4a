// What lies in a disk store beside the blobs: the root itself, STORE_ID, the staging folder. Everything here blocks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "blob/disk/core.hpp"

namespace medialith::blob {

struct StoreFolders {
  Descriptor root;
  Descriptor staging;
};

/// Errors: unavailable, with what is wrong in `detail`.
Result<Descriptor> open_store_root(const std::string& path);

/// Opens the root and its staging folder, which it makes durable. Errors: unavailable, with what is wrong in `detail`.
Result<StoreFolders> open_store_folders(const std::string& path);

/// Whether files without a name can be made here and linked; tries it. What fails for another reason (a full disk)
/// will fail again where it is answered.
bool nameless_works(DiskCore& core);

/// See DiskStore.
Result<void> probe_store(DiskCore& core);
/// Of an open folder.
FileSystemKind kind_of_file_system(int root);
Result<std::size_t> sweep_staging_folder(const DiskCore& core, Time older_than);

/// The file STORE_ID: one line with an id. Errors: blob_corrupt.
Result<std::optional<std::string>> read_store_id(int root);
/// Replaces it durably. Errors: internal for text that is no id, disk_full, unavailable.
Result<void> write_store_id(DiskCore& core, const std::string& id);

}  // namespace medialith::blob
