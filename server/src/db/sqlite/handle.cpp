#include "db/sqlite/handle.hpp"

#include <array>
#include <mutex>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "db/errors.hpp"

namespace medialith::db::sqlite {
namespace {

// A write's savepoint copies the pages that an earlier write of its group has touched; beyond 64 KiB SQLite would put
// the copies into a temporary file on disk. -1 keeps them in memory, where they are bounded by what one write touches.
constexpr int kStatementJournalBytes = -1;

void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Both fail, harmlessly, when somebody in this process has used SQLite before.
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, kStatementJournalBytes);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // else every allocation takes one mutex
    sqlite3_initialize();
  });
}

struct Limit {
  int id;
  int value;
};

// Far above what our statements need, far below what a mistake could ask for.
constexpr std::array kLimits = {
    Limit{SQLITE_LIMIT_LENGTH, 256 << 20},    // a document is at most 64 MiB
    Limit{SQLITE_LIMIT_SQL_LENGTH, 1 << 20},  //
    Limit{SQLITE_LIMIT_COLUMN, 200},          //
    Limit{SQLITE_LIMIT_EXPR_DEPTH, 200},      //
    Limit{SQLITE_LIMIT_COMPOUND_SELECT, 50},  //
    Limit{SQLITE_LIMIT_VDBE_OP, 250'000},     //
    Limit{SQLITE_LIMIT_FUNCTION_ARG, 100},    //
    Limit{SQLITE_LIMIT_ATTACHED, 0},          //
    Limit{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 4096},
    Limit{SQLITE_LIMIT_VARIABLE_NUMBER, 8192},  // a bulk write has at most 500 rows
    Limit{SQLITE_LIMIT_TRIGGER_DEPTH, 10},      //
    Limit{SQLITE_LIMIT_WORKER_THREADS, 0},
};

void harden(sqlite3* handle) {
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  // "name" is never silently taken for a text.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  for (const Limit& limit : kLimits) sqlite3_limit(handle, limit.id, limit.value);
}

// busy_timeout comes first, since even journal_mode may wait. Memory stays bounded: cache_size is in KiB when negative.
constexpr const char* kWriterSettings = R"(
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA mmap_size = 0;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -8192;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = 67108864;
)";

// Readers do not map the file either: an I/O error would be a SIGBUS, and each mapped page would count as ours.
constexpr const char* kReaderSettings = R"(
  PRAGMA busy_timeout = 5000;
  PRAGMA query_only = ON;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA mmap_size = 0;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -4096;
)";

// SQLite would make the file with the umask's rights; the log and the shared memory inherit ours.
Result<void> make_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(ErrorCode::unavailable, fmt::format("The database {} could not be opened.", path.string()),
                std::system_category().message(errno));
  }
  ::close(fd);
  return {};
}

Result<void> settle(sqlite3* handle, Role role) {
  // Whoever closes last would copy the log into the database; that is the writer's alone.
  if (role != Role::writer) sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (role == Role::probe || role == Role::claimer) {
    sqlite3_busy_timeout(handle, 5000);
    return {};
  }
  return execute(handle, role == Role::writer ? kWriterSettings : kReaderSettings);
}

// Writes may not be tried in another mode than WAL, whatever made SQLite refuse it.
Result<void> check_journal_mode(sqlite3* handle) {
  std::string mode;
  auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) = values[0] != nullptr ? values[0] : "";
    return 0;
  };
  sqlite3_exec(handle, "PRAGMA journal_mode", keep, &mode, nullptr);
  if (mode == "wal") return {};
  return fail(
      ErrorCode::unavailable,
      "The database's file system has no shared memory between processes, which SQLite's write-ahead log needs. "
      "Use a local disk.",
      "journal_mode " + mode);
}

ErrorCode code_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::disk_full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return ErrorCode::unavailable;
    default:
      break;
  }
  const bool unique =
      code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
  return unique ? ErrorCode::already_exists : ErrorCode::internal;
}

// "UNIQUE constraint failed: t.a, t.b" names the columns; every engine's detail starts with the index's name.
std::string unique_index(sqlite3* handle, std::string_view message) {
  const std::size_t colon = message.find(": ");
  if (colon == std::string_view::npos) return std::string(message);
  const std::string_view columns = message.substr(colon + 2);
  if (columns.starts_with("index '")) return std::string(columns.substr(7, columns.size() - 8));
  constexpr const char* kFind =
      "SELECT l.name FROM pragma_index_list($1) l WHERE l.\"unique\" AND $2 = (SELECT group_concat($1 || '.' || "
      "i.name, ', ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno) i)";
  const std::string_view table = columns.substr(0, columns.find('.'));
  std::string found;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, kFind, -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_text(statement, 1, table.data(), static_cast<int>(table.size()), SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, columns.data(), static_cast<int>(columns.size()), SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) {
      found = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    }
  }
  sqlite3_finalize(statement);
  return found.empty() ? std::string(columns) : fmt::format("{}: {}", found, columns);
}

}  // namespace

Error error_of(sqlite3* handle, int code) {
  // sqlite3_errmsg is overwritten by the next call on the handle.
  const std::string message = sqlite3_errmsg(handle);
  const ErrorCode kind = code_of(code);
  return database_error(kind, kind == ErrorCode::already_exists ? unique_index(handle, message)
                                                                : fmt::format("{} (SQLite {})", message, code));
}

Result<void> execute(sqlite3* handle, const std::string& script) {
  const int code = sqlite3_exec(handle, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(handle, code));
  return {};
}

Result<Handle> open_handle(const std::filesystem::path& path, Role role, const std::string& vfs) {
  prepare_library();
  if (role == Role::claimer) TRY(make_file(path));
  sqlite3* raw = nullptr;
  const int access = role == Role::reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, access | SQLITE_OPEN_NOMUTEX, vfs.empty() ? nullptr : vfs.c_str());
  Handle handle(raw);
  if (code != SQLITE_OK) {
    Error error =
        make_error(ErrorCode::unavailable, fmt::format("The database {} could not be opened.", path.string()));
    if (handle) error.detail = error_of(handle.get(), code).detail;
    return fail(std::move(error));
  }
  harden(handle.get());
  TRY(settle(handle.get(), role));
  if (role == Role::writer) TRY(check_journal_mode(handle.get()));
  return handle;
}

}  // namespace medialith::db::sqlite
