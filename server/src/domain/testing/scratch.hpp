// A real database with users, for tests of what works on them.
#pragma once

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "db/libsql/libsql_database.hpp"
#include "db/libsql/testing/sqld.hpp"
#include "db/postgres/postgres_database.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "db/sqlite/testing/scratch.hpp"
#include "domain/accounts.hpp"
#include "domain/mutation.hpp"
#include "net/runtime.hpp"

namespace medialith::domain {

/// The server that tests/conformance runs them on; without one it is SQLite.
inline std::optional<std::string> server_of_environment() {
  const char* url = std::getenv("MEDIALITH_TEST_DATABASE");
  return url == nullptr ? std::nullopt : std::optional<std::string>(url);
}

/// A database with every migration applied, time moved by hand: SQLite in a folder that goes with the object, a schema
/// of its own on a PostgreSQL server, or the whole of a libSQL server, which is emptied before: of those one at a time.
class Scratch {
 public:
  /// `server`: the URL of one that nobody else needs. nullopt: SQLite.
  explicit Scratch(std::uint64_t seed = 1, const std::optional<std::string>& server = server_of_environment())
      : random(seed), database(open(server)) {}
  /// Whether full text is SQLite's, to be looked into with its own words.
  bool has_fts5() const { return database->engine() != "postgres"; }

  template <class F>
  auto read(F fn) {
    return net::run_sync(database->read(std::move(fn)));
  }
  template <class F>
  auto write(F fn) {
    return net::run_sync(database->write(std::move(fn)));
  }
  /// `fn(Mutation&)` in a transaction of its own.
  template <class F>
  auto mutate(const Principal& who, F fn, const IdempotencyKey* key = nullptr) {
    return write([&](db::Transaction& tx) {
      Mutation mutation(tx, who, key, clock.now());
      return fn(mutation);
    });
  }

  /// Somebody with an account and a login.
  Principal person(const std::string& email, bool admin = false) {
    const NewUser user{uuids.make(), email, std::nullopt, "$argon2id$", admin};
    const std::string hash = login_hash();
    auto run = [&](db::Transaction& tx) -> Result<User> {
      TRY_ASSIGN(User created, create_user(tx, user, clock.now()));
      create_login(tx, hash, created.rid, clock.now());
      return created;
    };
    const User created = write(run).value();
    return {.user = created.rid,
            .user_id = created.id,
            .admin = admin,
            .scopes = scopes_of_user(admin),
            .credential = Credential::login,
            .login_hash = hash};
  }
  /// 32 bytes that nobody else has.
  std::string login_hash() {
    std::string hash(32, '\0');
    random.fill(std::as_writable_bytes(std::span(hash)));
    return hash;
  }
  /// The one number that a query answers.
  std::int64_t number(const db::Statement& statement) {
    auto look = [&](db::Connection& c) { return c.find(statement, [](const db::Row& row) { return row.integer(0); }); };
    return read(look).value().value();
  }
  std::int64_t number(db::Sql sql) { return number(db::Statement(sql)); }
  /// The number of the owner's last change; 0 before the first.
  std::int64_t head(UserRid user) {
    return number({"SELECT coalesce(max(seq), 0) FROM {change_heads} WHERE user_rid = $1", user.value});
  }

  ManualClock clock;
  SeededRandom random;
  UuidMaker uuids{clock, random};
  RidMaker rids{clock};
  db::ScratchFolder folder;
  net::Runtime runtime{net::RuntimeOptions{.loops = 1, .work_threads = 2, .disk_threads = 1}};
  std::string schema;  ///< on PostgreSQL
  std::unique_ptr<db::Database> database;

 private:
  std::unique_ptr<db::Database> open(const std::optional<std::string>& server) {
    if (!server) return db::SqliteDatabase::open({.path = folder.path() / "test.db"}, clock, runtime.work()).value();
    if (server->starts_with("postgres")) return open_postgres(*server);
    db::Sqld sqld(db::parse_libsql_url(*server, Secret()).value());
    sqld.drop_everything();
    return db::LibsqlDatabase::open({.endpoint = sqld.endpoint()}, sqld.client(), clock).value();
  }
  std::unique_ptr<db::Database> open_postgres(const std::string& url) {
    static std::atomic<int> count = 0;
    db::PostgresOptions options;
    options.url = Secret(url);
    options.schema = schema = fmt::format("test_{}_{}", ::getpid(), ++count);
    options.unsafe = db::UnsafeServer::allow;  // nothing in it matters
    return db::PostgresDatabase::open(std::move(options), random).value();
  }
};

}  // namespace medialith::domain
