// Keys of a disk store in their order, a page at a time.
#pragma once

#include <cstddef>
#include <string>

#include "blob/disk/core.hpp"
#include "blob/store.hpp"

namespace medialith::blob {

inline constexpr std::size_t kMaxListPage = 10'000;

/// See BlobStore::list(); a cursor is the last key of the page before. Blocks. Memory is bounded by `limit` and the
/// depth of keys, whatever the size of a folder. What is not a blob (a link, a name that is no key) is passed over.
Result<ListPage> list_keys(const DiskCore& core, const std::string& prefix, const std::string& cursor,
                           std::size_t limit);

}  // namespace medialith::blob
