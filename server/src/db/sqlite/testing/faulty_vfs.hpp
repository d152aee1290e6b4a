// A file layer under SQLite that fails when a test says so.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace medialith::db::sqlite {

/// What may be made to fail. Reads never are.
enum class FileOperation : std::uint8_t { write, sync, write_or_sync };
/// How: as a dying disk (EIO) or as a full one (ENOSPC).
enum class FileFailure : std::uint8_t { io_error, disk_full };

/// Wraps the operating system's file layer under a name of its own for as long as it lives; databases opened with that
/// name must be closed before. Thread-safe.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  /// For SqliteOptions::vfs.
  const std::string& name() const;
  /// The n-th such operation from now (1 = the next) fails, and every one after it until heal().
  void fail_from(FileOperation operation, std::uint64_t n, FileFailure failure);
  void heal();
  /// Writes and syncs so far, failed ones too.
  std::uint64_t operations() const;
  /// Those that failed.
  std::uint64_t failures() const;

  struct State;  // reached by the C callbacks too

 private:
  std::unique_ptr<State> state_;
};

}  // namespace medialith::db::sqlite
