#include "store.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "db/sqlite/handle.hpp"
#include "db/sqlite/transaction.hpp"

namespace medialith::bench {
namespace {

db::sqlite::Handle open(const std::string& path) {
  auto handle = db::sqlite::open_handle(path, db::sqlite::Role::writer, "");
  if (!handle) must(std::unexpected(handle.error()), "open");
  return std::move(*handle);
}

}  // namespace

void must(const Result<void>& result, std::string_view what) {
  if (result) return;
  fmt::print(stderr, "{}: {} {}\n", what, result.error().message, result.error().detail);
  std::exit(1);
}

Store::Store(const std::string& path)
    : session_(open(path)), clock_(), random_(), uuids_(clock_, random_), rids_(clock_) {}

void Store::execute(const std::string& sql) { must(db::sqlite::execute(session_.handle(), sql), sql); }

void Store::create(const domain::Principal& owner, const domain::Generation& generation,
                   const domain::SearchText& search) {
  db::sqlite::SessionTransaction tx(session_);
  domain::Mutation mutation(tx, owner, nullptr, generation.updated_at);
  const auto made = domain::create_generation(mutation, generation, search);
  must(made ? tx.outcome({}) : Result<void>(std::unexpected(made.error())), "create");
}

std::vector<domain::Principal> Store::users(std::size_t count) {
  std::vector<domain::Principal> users;
  must(session_.run({"SELECT rid, id FROM {users} WHERE kind IN ('local', 'person') ORDER BY rid"},
                    [&](const db::Row& row) {
                      if (users.size() < count)
                        users.push_back({.user = {row.integer(0)}, .user_id = std::string(row.text(1))});
                    }),
       "users");
  return users;
}

}  // namespace medialith::bench
