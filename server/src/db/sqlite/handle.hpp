// An open sqlite3 with the settings every connection of ours has, and what its result codes mean.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "base/result.hpp"

namespace medialith::db::sqlite {

struct CloseHandle {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, CloseHandle>;

/// "MLTH", in the header of every database of ours.
inline constexpr int kApplicationId = 0x4D4C5448;

enum class Role : std::uint8_t {
  writer,   ///< the only one that writes and checkpoints
  reader,   ///< query_only
  probe,    ///< looks at a file that may not be ours and leaves no trace in it
  claimer,  ///< makes the file (0600) when there is none; only marks it as ours
};

/// `path` is absolute, so that it is never taken for a URI. `vfs` is empty for the default.
Result<Handle> open_handle(const std::filesystem::path& path, Role role, const std::string& vfs);
/// A database that nobody else sees and that goes with the handle; null when memory has run out.
Handle open_memory();

/// Runs a script of ours without values or rows. For settings and migrations only.
Result<void> execute(sqlite3* handle, const std::string& script);

/// What the handle's last call failed with, as an Error. `code` is the extended result code.
Error error_of(sqlite3* handle, int code);

/// True for what a disk answers, as opposed to what a statement deserves.
inline bool is_io_error(int code) { return (code & 0xff) == SQLITE_IOERR; }
inline bool is_full(int code) { return (code & 0xff) == SQLITE_FULL; }

}  // namespace medialith::db::sqlite
