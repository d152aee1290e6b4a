#include "db/libsql/libsql_database.hpp"

#include <mutex>
#include <utility>

#include "db/libsql/reader.hpp"
#include "db/libsql/schema.hpp"
#include "db/libsql/writer.hpp"
#include "net/runtime.hpp"

namespace medialith::db {
namespace {

constexpr std::size_t kReadQueue = 4096;
constexpr std::chrono::seconds kCheckEvery{1};
constexpr std::chrono::milliseconds kCheckTimeout{2'000};

libsql::Remote remote_of(const LibsqlOptions& options, http_client::Client& client) {
  return {.client = client, .endpoint = options.endpoint, .connect_timeout = options.connect_timeout};
}

// The last answer to the question whether the database answers.
class Health {
 public:
  /// Whether it is time to ask again; then set() follows.
  bool is_due(std::chrono::steady_clock::time_point now) {
    const std::scoped_lock lock(mutex_);
    if (asking_ || now - asked_at_ < kCheckEvery) return false;
    asked_at_ = now;
    asking_ = true;
    return true;
  }
  void set(Result<void> answer) {
    const std::scoped_lock lock(mutex_);
    asking_ = false;
    answer_ = std::move(answer);
  }
  Result<void> last() const {
    const std::scoped_lock lock(mutex_);
    return answer_;
  }

 private:
  mutable std::mutex mutex_;
  bool asking_ = false;
  std::chrono::steady_clock::time_point asked_at_;
  Result<void> answer_;
};

}  // namespace

struct LibsqlDatabase::Parts {
  Parts(LibsqlOptions given, std::shared_ptr<http_client::Client> http, const Clock& ticking)
      : options(std::move(given)),
        clock(ticking),
        client(std::move(http)),
        remote(remote_of(options, *client)),
        indexes(remote),
        readers(remote, indexes),
        pool(net::make_pool(kLibsqlThreads - 1, kReadQueue)),
        writer(remote, indexes, options.faults, options.timeout, clock) {}

  Result<void> read(const ReadFn& fn, std::chrono::milliseconds timeout) {
    Result<void> result = readers.run(fn, timeout);
    // Behind the reads that wait: they take the stream over. When the queue is full they are many.
    const bool queued = pool->post([this] { readers.close_one(); });
    static_cast<void>(queued);
    return result;
  }
  void ask_for_health() {
    const ReadFn look = [](Connection& connection) {
      return connection.each(Sql("SELECT number FROM {schema_migrations} LIMIT 1"), [](const Row&) {});
    };
    health.set(read(look, kCheckTimeout));
  }

  const LibsqlOptions options;
  const Clock& clock;
  const std::shared_ptr<http_client::Client> client;
  const libsql::Remote remote;
  libsql::IndexNames indexes;
  Health health;
  libsql::Readers readers;
  std::unique_ptr<net::Pool> pool;
  libsql::Writer writer;
};

LibsqlDatabase::LibsqlDatabase(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LibsqlDatabase::~LibsqlDatabase() = default;

Result<std::unique_ptr<LibsqlDatabase>> LibsqlDatabase::open(LibsqlOptions options,
                                                             std::shared_ptr<http_client::Client> client,
                                                             const Clock& clock) {
  TRY_ASSIGN(const std::vector<MigrationState> states, libsql_migration_status(options, *client));
  if (auto current = refuse_pending(states); !current) {
    if (options.pending == PendingMigrations::refuse) return std::unexpected(std::move(current).error());
    const libsql::Remote remote = remote_of(options, *client);
    libsql::IndexNames indexes(remote);
    TRY(libsql::migrate(remote, indexes, options.migrations, clock));
  }
  auto parts = std::make_unique<Parts>(std::move(options), std::move(client), clock);
  return std::unique_ptr<LibsqlDatabase>(new LibsqlDatabase(std::move(parts)));
}

Task<Result<void>> LibsqlDatabase::run_read(ReadKind kind, ReadFn fn) {
  const auto timeout = kind == ReadKind::long_read ? parts_->options.long_read_timeout : parts_->options.timeout;
  auto run = [this, &fn, timeout] { return parts_->read(fn, timeout); };
  co_return co_await net::run_on(*parts_->pool, std::move(run));
}

Task<Result<void>> LibsqlDatabase::run_write(std::size_t /*bytes*/, WriteFn fn) {
  libsql::PendingWrite write;
  write.fn = std::move(fn);
  auto start = [this, &write](net::Completion done) {
    write.done = std::move(done);
    parts_->writer.submit(write);
  };
  co_return co_await net::await_completion(std::move(start));
}

Result<void> LibsqlDatabase::check() {
  if (parts_->health.is_due(parts_->clock.monotonic())) {
    auto ask = [parts = parts_.get()] { parts->ask_for_health(); };
    if (!parts_->pool->post(std::move(ask))) {
      parts_->health.set(fail(ErrorCode::overloaded, "The server is busy. Try again in a moment."));
    }
  }
  return parts_->health.last();
}

DatabaseStats LibsqlDatabase::stats() const { return parts_->writer.stats(); }

Result<std::vector<MigrationState>> libsql_migration_status(const LibsqlOptions& options, http_client::Client& client) {
  const libsql::Remote remote = remote_of(options, client);
  libsql::IndexNames indexes(remote);
  return libsql::inspect(remote, indexes, options.migrations);
}

Result<void> read_libsql(const LibsqlOptions& options, http_client::Client& client, const Database::ReadFn& fn) {
  const libsql::Remote remote = remote_of(options, client);
  libsql::IndexNames indexes(remote);
  libsql::Readers readers(remote, indexes);
  Result<void> result = readers.run(fn, options.timeout);
  readers.close_one();
  return result;
}

}  // namespace medialith::db
