// Which server this is, for the leases it takes from a database that others share.
#pragma once

#include "app/data_folder.hpp"
#include "base/random.hpp"
#include "jobs/lease.hpp"

namespace medialith::app {

/// A command beside the servers. Its name is host, pid and some letters, so that no two processes share it; nor do they
/// share its place.
jobs::Server identify_process(Random& random);

/// The server whose place is the data folder's inode on the kernel that runs: whoever was there before held the
/// folder's lock, which this process holds now, and is dead.
jobs::Server identify_server(const DataFolder& folder, Random& random);

}  // namespace medialith::app
