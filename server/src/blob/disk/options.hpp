// What a disk store can be told, and what it tells of itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace medialith::blob {

/// Switches of the crash and power-cut harness, which has to see that each planted bug is found; and a way for tests to
/// watch steps and to make system calls fail. All off by default.
struct DiskFaults {
  bool no_file_fsync = false;       ///< planted bug: link without fsync of the file
  bool no_directory_fsync = false;  ///< planted bug: answer without fsync of the folder that took the link
  bool no_parent_fsync = false;     ///< planted bug: make folders without fsync of their parents

  /// Called when a step is reached, on the thread that does it: after_open, after_write, before_file_fsync,
  /// after_file_fsync, after_link, after_parent_fsync, after_directory_fsync, unlink (right after the name is gone).
  std::function<void(std::string_view point)> at = {};

  /// An errno that stands in for the result of a call, or 0 to make the call: open, fallocate, write, write_back,
  /// file_fsync, link, make_folder, parent_fsync, directory_fsync, unlink, read.
  std::function<int(std::string_view call)> error = {};
};

struct DiskOptions {
  /// Uploads are refused (507) when they would leave less free than this, so that the database can still delete.
  std::uint64_t free_floor = 64ULL << 20;
  /// Folders kept open because they were used last; each costs a descriptor.
  std::size_t open_folders = 256;
  /// Take staging files with a name even where nameless ones (O_TMPFILE) work.
  bool named_staging = false;
  DiskFaults faults = {};
};

/// Counters only grow. A snapshot, not a consistent cut.
struct DiskHealth {
  bool writable = true;
  std::string reason;                ///< why it is not writable, for the log and for doctor
  std::uint64_t buffered_bytes = 0;  ///< held in upload buffers now
  std::uint64_t file_fsyncs = 0;
  std::uint64_t folder_fsyncs = 0;  ///< of folders that took or lost a name, and of parents
};

/// The file system under a store.
struct FileSystemKind {
  std::string name;     ///< "ext4", "tmpfs" … or its magic number in hex
  std::string warning;  ///< why bytes there may not last, one sentence; empty when nothing is known against it
};

}  // namespace medialith::blob
