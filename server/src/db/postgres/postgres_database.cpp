#include "db/postgres/postgres_database.hpp"

#include <fmt/format.h>

#include "db/postgres/pool.hpp"
#include "db/postgres/schema.hpp"
#include "db/postgres/server.hpp"

namespace medialith::db {
namespace {

struct Greeted {
  postgres::Session session;
  postgres::ServerFacts facts;
};

Result<Greeted> come(const PostgresOptions& options) {
  TRY_ASSIGN(postgres::Session session, postgres::Session::open(options.url));
  auto facts = postgres::greet(session);
  if (!facts) return std::unexpected(std::move(facts).error().error);
  return Greeted{std::move(session), std::move(*facts)};
}

}  // namespace

struct PostgresDatabase::Parts {
  Parts(PostgresOptions given, Random& random) : options(std::move(given)), pool(options, random) {}
  PostgresOptions options;
  postgres::Pool pool;
};

PostgresDatabase::PostgresDatabase(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PostgresDatabase::~PostgresDatabase() = default;

Result<std::unique_ptr<PostgresDatabase>> PostgresDatabase::open(PostgresOptions options, Random& random) {
  TRY_ASSIGN(Greeted greeted, come(options));
  TRY(postgres::accept(greeted.facts, options.unsafe));
  TRY_ASSIGN(const auto states, postgres::inspect(greeted.session, options.schema, options.migrations));
  if (auto current = refuse_pending(states); !current) {
    if (options.pending == PendingMigrations::refuse) return std::unexpected(std::move(current).error());
    TRY(postgres::migrate(greeted.session, options.schema, options.migrations));
  }
  auto parts = std::make_unique<Parts>(std::move(options), random);
  return std::unique_ptr<PostgresDatabase>(new PostgresDatabase(std::move(parts)));
}

namespace {

Task<Result<void>> await_job(postgres::Pool& pool, std::variant<Database::ReadFn, Database::WriteFn> fn) {
  postgres::Job job{.fn = std::move(fn), .submitted = std::chrono::steady_clock::now()};
  co_await net::suspend([&job, &pool](const AnyExecutor& executor, net::Resume resume) {
    job.executor = executor;
    job.resume = std::move(resume);
    auto queued = pool.submit(job);
    if (queued) return;  // `job` may be gone by now
    job.result = std::move(queued);
    net::post_to(executor, std::move(job.resume));
  });
  co_return std::move(job.result);
}

}  // namespace

Task<Result<void>> PostgresDatabase::run_read(ReadKind, ReadFn fn) {
  return await_job(parts_->pool, std::variant<ReadFn, WriteFn>(std::in_place_index<0>, std::move(fn)));
}

Task<Result<void>> PostgresDatabase::run_write(std::size_t, WriteFn fn) {
  return await_job(parts_->pool, std::variant<ReadFn, WriteFn>(std::in_place_index<1>, std::move(fn)));
}

Result<void> PostgresDatabase::check() {
  if (parts_->pool.healthy()) return {};
  return fail(ErrorCode::unavailable, "The database cannot be reached at the moment.");
}

DatabaseStats PostgresDatabase::stats() const { return parts_->pool.stats(); }

std::string postgres_prefix(std::string_view schema) { return fmt::format("\"{}\".", schema); }

Result<std::vector<MigrationState>> postgres_migration_status(const PostgresOptions& options) {
  TRY_ASSIGN(Greeted greeted, come(options));
  return postgres::inspect(greeted.session, options.schema, options.migrations);
}

Result<void> read_postgres(const PostgresOptions& options, const Database::ReadFn& fn) {
  TRY_ASSIGN(Greeted greeted, come(options));
  const std::string prefix = postgres_prefix(options.schema);
  postgres::SnapshotReader reader(greeted.session, prefix);
  return fn(reader);
}

Result<PostgresDescription> describe_postgres(const PostgresOptions& options) {
  TRY_ASSIGN(const Greeted greeted, come(options));
  const postgres::ServerFacts& facts = greeted.facts;
  TRY(postgres::accept(facts, options.unsafe));
  return PostgresDescription{
      .text = fmt::format("{}{}{}", facts.version_text, facts.direct ? ", direct" : ", through a pooler",
                          facts.neon ? ", Neon" : ""),
      .unsafe = facts.neon ? "" : facts.unsafe};
}

}  // namespace medialith::db
