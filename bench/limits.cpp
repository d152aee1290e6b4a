// The machine's own limits, in process, one JSON line each:
//   bench_limits commits DB SECONDS OWNERS GROUP   creates' rows, GROUP to a durable commit
//   bench_limits fill DB ROWS OWNER_SHARE          rows for the list benchmarks (not durable while it fills)
//   bench_limits owners DB COUNT KEYS_FILE         users, each with a key, for an `accounts` server
//   bench_limits gallery DB BLOBS COUNT             a gallery for the page: see gallery.hpp
//   bench_limits body                              the body of one create
//   bench_limits files FOLDER BYTES COUNT          SHA-256, write, fsync of file and folder, one after the other
// DB is a database that `medialith serve` has made.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"
#include "db/sqlite/transaction.hpp"
#include "domain/accounts.hpp"
#include "domain/mutation.hpp"
#include "gallery.hpp"
#include "rows.hpp"
#include "store.hpp"
#include "web/authenticate.hpp"

namespace medialith::bench {
namespace {

using Steady = std::chrono::steady_clock;
using db::sqlite::SessionTransaction;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

domain::Principal make_user(Store& store, int n) {
  SessionTransaction tx(store.session());
  const auto user = domain::create_user(
      tx, {.id = store.uuids().make(), .email = fmt::format("bench{}@example.com", n), .password_hash = "-"},
      store.now());
  must(user ? tx.outcome({}) : Result<void>(std::unexpected(user.error())), "user");
  return {.user = user->rid, .user_id = user->id};
}

int commits(const std::string& path, double seconds, std::size_t owner_count, int group) {
  Store store(path);
  std::vector<domain::Principal> owners = store.users(owner_count);
  store.execute("BEGIN");
  while (owners.size() < owner_count) owners.push_back(make_user(store, static_cast<int>(owners.size())));
  store.execute("COMMIT");
  // What the rows are made of is not what is measured.
  std::vector<std::pair<domain::Generation, domain::SearchText>> rows;
  for (std::int64_t n = 0; n < 200'000 && n < static_cast<std::int64_t>(seconds * 40'000); ++n) {
    rows.emplace_back(row(store.now().ms * 1'000 + n, store.rids()), domain::SearchText());
    rows.back().second = search_text_of(rows.back().first.fields);
  }
  const auto start = Steady::now();
  std::size_t done = 0;
  while (done + static_cast<std::size_t>(group) <= rows.size() && seconds_since(start) < seconds) {
    store.execute("BEGIN IMMEDIATE");
    for (int i = 0; i < group; ++i, ++done)
      store.create(owners[done % owners.size()], rows[done].first, rows[done].second);
    store.execute("COMMIT");
    if (done % 2'000 < static_cast<std::size_t>(group)) store.execute("PRAGMA wal_checkpoint(PASSIVE)");
  }
  const double took = seconds_since(start);
  fmt::print("{{\"rate\":{:.0f},\"rows\":{},\"seconds\":{:.2f}}}\n", static_cast<double>(done) / took, done, took);
  return 0;
}

int fill(const std::string& path, std::int64_t count, double share) {
  Store store(path);
  store.execute("PRAGMA synchronous=OFF");
  store.execute("PRAGMA cache_size=-262144");
  std::vector<domain::Principal> owners = store.users(1);
  store.execute("BEGIN");
  while (owners.size() < 11) owners.push_back(make_user(store, static_cast<int>(owners.size())));
  store.execute("COMMIT");
  const auto first = static_cast<std::int64_t>(static_cast<double>(count) * share);
  for (std::int64_t n = 0; n < count;) {
    store.execute("BEGIN IMMEDIATE");
    for (int i = 0; i < 2'000 && n < count; ++i, ++n) {
      // The large owner's rows lie among the others', as they would in life.
      const bool large = (n * first) / count != ((n + 1) * first) / count;
      const domain::Generation g = row(n, store.rids());
      store.create(large ? owners[0] : owners[1 + static_cast<std::size_t>(n % 10)], g, search_text_of(g.fields));
    }
    store.execute("COMMIT");
    store.execute("PRAGMA wal_checkpoint(PASSIVE)");
    if (n % 100'000 == 0) fmt::print(stderr, "  {} rows\n", n);
  }
  store.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return 0;
}

int make_owners(const std::string& path, int count, const std::string& keys_file) {
  Store store(path);
  std::ofstream keys(keys_file);
  store.execute("BEGIN IMMEDIATE");
  for (int n = 0; n < count; ++n) {
    const domain::Principal user = make_user(store, n);
    const web::BearerKey key{fmt::format("bench{}", n), std::string(make_token(store.random()).reveal())};
    SessionTransaction tx(store.session());
    domain::Mutation mutation(tx, user, nullptr, store.now());
    const auto made =
        domain::create_key(mutation, {.id = key.id, .name = "bench", .secret_hash = web::token_hash(key.secret)});
    must(made ? tx.outcome({}) : Result<void>(std::unexpected(made.error())), "key");
    keys << web::format_key(key) << '\n';
  }
  store.execute("COMMIT");
  return 0;
}

/// A library of `count` rows in a thousand parts: one is the first owner's, a hundred the second's, the
/// rest a hundred others'.
int fill_library(const std::string& path, std::int64_t count, const std::string& keys_file) {
  constexpr std::size_t kOwners = 102;
  make_owners(path, kOwners, keys_file);
  Store store(path);
  store.execute("PRAGMA synchronous=OFF");
  store.execute("PRAGMA cache_size=-262144");
  const std::vector<domain::Principal> owners = store.users(kOwners);
  for (std::int64_t n = 0; n < count;) {
    store.execute("BEGIN IMMEDIATE");
    for (int i = 0; i < 500 && n < count; ++i, ++n) {
      const std::int64_t part = (n * 7919) % 1000;
      const domain::Generation g = library_row(n, store.rids());
      const std::size_t owner = part == 0 ? 0 : part <= 100 ? 1 : 2 + static_cast<std::size_t>(n % 100);
      store.create(owners.at(owner), g, search_text_of(g.fields));
    }
    store.execute("COMMIT");
    store.execute("PRAGMA wal_checkpoint(PASSIVE)");
    if (n % 100'000 == 0) fmt::print(stderr, "  {} rows\n", n);
  }
  store.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return 0;
}

/// SHA-256, write, fsync of the file, fsync of the folder: what a durable upload cannot do without, in a row.
int files(const std::string& folder, std::size_t bytes, int count) {
  const std::vector<std::byte> content(bytes, std::byte{0x5A});
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return 1;
  constexpr std::size_t kPiece = 256 * 1024;
  const auto start = Steady::now();
  for (int n = 0; n < count; ++n) {
    const std::string path = fmt::format("{}/limit-{}-{}", folder, ::getpid(), n);
    Sha256 hash;
    hash.update(content);
    (void)hash.finish();
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return 1;
    for (std::size_t at = 0; at < bytes; at += kPiece) {
      const std::size_t piece = std::min(kPiece, bytes - at);
      if (::write(file, content.data() + at, piece) != static_cast<ssize_t>(piece)) return 1;
    }
    if (::fsync(file) != 0 || ::close(file) != 0 || ::fsync(directory) != 0) return 1;
  }
  const double took = seconds_since(start);
  fmt::print("{{\"rate\":{:.2f},\"mb_per_s\":{:.1f},\"seconds\":{:.2f}}}\n", count / took,
             static_cast<double>(bytes) * count / took / 1e6, took);
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  const std::string& verb = arguments.at(0);
  if (verb == "commits") {
    return commits(arguments.at(1), std::stod(arguments.at(2)), std::stoul(arguments.at(3)),
                   std::stoi(arguments.at(4)));
  }
  if (verb == "fill") return fill(arguments.at(1), std::stoll(arguments.at(2)), std::stod(arguments.at(3)));
  if (verb == "owners") return make_owners(arguments.at(1), std::stoi(arguments.at(2)), arguments.at(3));
  if (verb == "library") return fill_library(arguments.at(1), std::stoll(arguments.at(2)), arguments.at(3));
  if (verb == "gallery") {
    Store store(arguments.at(1));
    fill_gallery(store, arguments.at(2), std::stoll(arguments.at(3)));
    return 0;
  }
  if (verb == "word") {
    fmt::print("{}", library_word(std::stoll(arguments.at(1))));
    return 0;
  }
  if (verb == "files") return files(arguments.at(1), std::stoul(arguments.at(2)), std::stoi(arguments.at(3)));
  if (verb == "body") {
    fmt::print("{}", body(1));
    return 0;
  }
  fmt::print(stderr, "bench_limits: no verb {}\n", verb);
  return 2;
}

}  // namespace
}  // namespace medialith::bench

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  return medialith::bench::run({argv + 1, argv + argc});
}
