#include "db/sqlite/testing/faulty_vfs.hpp"

#include <atomic>
#include <mutex>

#include <fmt/format.h>
#include <sqlite3.h>

namespace medialith::db::sqlite {

struct FaultyVfs::State {
  // SQLITE_OK, or what this operation has to answer.
  int verdict(FileOperation operation) {
    const std::lock_guard lock(mutex);
    ++operations;
    if (!armed || (watched != FileOperation::write_or_sync && watched != operation)) return SQLITE_OK;
    if (countdown > 1) {
      --countdown;
      return SQLITE_OK;
    }
    ++failures;
    if (failure == FileFailure::disk_full) return SQLITE_FULL;
    return operation == FileOperation::sync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
  }

  std::string name;
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs{};

  mutable std::mutex mutex;  // guards what follows
  bool armed = false;
  FileOperation watched = FileOperation::write;
  FileFailure failure = FileFailure::io_error;
  std::uint64_t countdown = 0;
  std::uint64_t operations = 0;
  std::uint64_t failures = 0;
};

namespace {

// SQLite allocates this, with room for the real file behind it.
struct FaultyFile {
  sqlite3_file base;
  FaultyVfs::State* state;
  sqlite3_file* real;
};

FaultyFile& self(sqlite3_file* file) { return *reinterpret_cast<FaultyFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return self(file).real; }

int write_file(sqlite3_file* file, const void* data, int length, sqlite3_int64 offset) {
  const int verdict = self(file).state->verdict(FileOperation::write);
  return verdict == SQLITE_OK ? real(file)->pMethods->xWrite(real(file), data, length, offset) : verdict;
}

int sync_file(sqlite3_file* file, int flags) {
  const int verdict = self(file).state->verdict(FileOperation::sync);
  return verdict == SQLITE_OK ? real(file)->pMethods->xSync(real(file), flags) : verdict;
}

// Everything else goes through. Version 2: shared memory for the log, no memory-mapped reads.
const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); },
    .xRead = [](sqlite3_file* f, void* data, int length,
                sqlite3_int64 offset) { return real(f)->pMethods->xRead(real(f), data, length, offset); },
    .xWrite = write_file,
    .xTruncate = [](sqlite3_file* f, sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); },
    .xSync = sync_file,
    .xFileSize = [](sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); },
    .xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); },
    .xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); },
    .xCheckReservedLock = [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); },
    .xFileControl = [](sqlite3_file* f, int op,
                       void* argument) { return real(f)->pMethods->xFileControl(real(f), op, argument); },
    .xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    .xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    .xShmMap = [](sqlite3_file* f, int page, int size, int extend,
                  void volatile** out) { return real(f)->pMethods->xShmMap(real(f), page, size, extend, out); },
    .xShmLock = [](sqlite3_file* f, int offset, int n,
                   int flags) { return real(f)->pMethods->xShmLock(real(f), offset, n, flags); },
    .xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    .xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* out, int flags, int* out_flags) {
  auto* state = static_cast<FaultyVfs::State*>(vfs->pAppData);
  FaultyFile& file = self(out);
  file.base.pMethods = nullptr;
  file.state = state;
  file.real = reinterpret_cast<sqlite3_file*>(&file + 1);
  const int code = state->real->xOpen(state->real, path, file.real, flags, out_flags);
  if (code == SQLITE_OK) file.base.pMethods = &kMethods;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs() : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.real = sqlite3_vfs_find(nullptr);
  state.name = fmt::format("faulty-{}", static_cast<const void*>(&state));
  // A copy of the real one: what is not replaced here uses nothing of the object but pAppData, which unix file systems
  // read in xOpen alone.
  state.vfs = *state.real;
  state.vfs.zName = state.name.c_str();
  state.vfs.pAppData = &state;
  state.vfs.szOsFile = static_cast<int>(sizeof(FaultyFile)) + state.real->szOsFile;
  state.vfs.pNext = nullptr;
  state.vfs.xOpen = open_file;
  sqlite3_vfs_register(&state.vfs, 0);
}

FaultyVfs::~FaultyVfs() { sqlite3_vfs_unregister(&state_->vfs); }

const std::string& FaultyVfs::name() const { return state_->name; }

void FaultyVfs::fail_from(FileOperation operation, std::uint64_t n, FileFailure failure) {
  const std::lock_guard lock(state_->mutex);
  state_->armed = true;
  state_->watched = operation;
  state_->countdown = n;
  state_->failure = failure;
}

void FaultyVfs::heal() {
  const std::lock_guard lock(state_->mutex);
  state_->armed = false;
}

std::uint64_t FaultyVfs::operations() const {
  const std::lock_guard lock(state_->mutex);
  return state_->operations;
}

std::uint64_t FaultyVfs::failures() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failures;
}

}  // namespace medialith::db::sqlite
