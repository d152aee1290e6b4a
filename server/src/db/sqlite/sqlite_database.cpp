#include "db/sqlite/sqlite_database.hpp"

#include "db/sqlite/readers.hpp"
#include "db/sqlite/schema.hpp"
#include "db/sqlite/writer.hpp"

namespace medialith::db {
namespace {

Result<std::filesystem::path> file_at(const std::filesystem::path& path) {
  if (path.empty() || path == ":memory:") {
    return fail(ErrorCode::precondition_failed,
                "The database is a file: writer and readers are connections of their own, and what is kept only in "
                "memory is not kept. Name a file.");
  }
  std::error_code error;
  auto result = std::filesystem::absolute(path, error);
  if (error) return fail(ErrorCode::unavailable, "The database could not be found.", error.message());
  return result;
}

}  // namespace

struct SqliteDatabase::Parts {
  Parts(SqliteOptions given, const Clock& clock, net::Pool& work)
      : options(std::move(given)), readers(options, clock, work) {}
  SqliteOptions options;
  std::unique_ptr<sqlite::Writer> writer;  // closes last
  sqlite::Readers readers;
};

SqliteDatabase::SqliteDatabase(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteDatabase::~SqliteDatabase() = default;

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(SqliteOptions options, const Clock& clock,
                                                             net::Pool& work) {
  TRY_ASSIGN(options.path, file_at(options.path));
  TRY_ASSIGN(const std::vector<MigrationState> states, sqlite::inspect(options.path, options.vfs, options.migrations));
  if (options.pending == PendingMigrations::refuse) TRY(refuse_pending(states));
  TRY(sqlite::claim(options.path, options.vfs));
  TRY_ASSIGN(sqlite::Handle handle, sqlite::open_handle(options.path, sqlite::Role::writer, options.vfs));
  sqlite::Session session(std::move(handle));
  TRY(sqlite::migrate(session, states, clock.now()));
  auto parts = std::make_unique<Parts>(std::move(options), clock, work);
  TRY(parts->readers.open_loops());
  parts->writer = std::make_unique<sqlite::Writer>(std::move(session), parts->options, clock);
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::move(parts)));
}

Task<Result<void>> SqliteDatabase::run_read(ReadKind kind, ReadFn fn) {
  return parts_->readers.run(kind, std::move(fn));
}

Task<Result<void>> SqliteDatabase::run_write(std::size_t bytes, WriteFn fn) {
  sqlite::PendingWrite write;
  write.fn = std::move(fn);
  write.bytes = bytes;
  co_await net::suspend([&write, this](const AnyExecutor& executor, net::Resume resume) {
    write.executor = executor;
    write.resume = std::move(resume);
    auto queued = parts_->writer->submit(write);
    if (queued) return;  // `write` may be gone by now
    write.result = std::move(queued);
    net::post_to(executor, std::move(write.resume));
  });
  co_return std::move(write.result);
}

Result<void> SqliteDatabase::check() {
  if (!parts_->writer->healthy()) return fail(ErrorCode::unavailable, "The disk failed under the database.");
  return parts_->readers.run_here([](Connection& connection) {
    return connection.each(Sql("SELECT number FROM {schema_migrations} LIMIT 1"), [](const Row&) {});
  });
}

DatabaseStats SqliteDatabase::stats() const {
  DatabaseStats stats = parts_->writer->stats();
  stats.short_reads_moved = parts_->readers.moved();
  return stats;
}

Result<std::vector<MigrationState>> sqlite_migration_status(const std::filesystem::path& path,
                                                            std::span<const Migration> migrations) {
  TRY_ASSIGN(const std::filesystem::path file, file_at(path));
  return sqlite::inspect(file, "", migrations);
}

Result<void> read_sqlite_file(const std::filesystem::path& path, const Clock& clock, const Database::ReadFn& fn) {
  TRY_ASSIGN(const std::filesystem::path file, file_at(path));
  TRY_ASSIGN(sqlite::Handle handle, sqlite::open_handle(file, sqlite::Role::reader, ""));
  sqlite::Reader reader(sqlite::Session(std::move(handle)), clock);
  return *reader.run(fn, std::nullopt);  // nothing stops it
}

}  // namespace medialith::db
