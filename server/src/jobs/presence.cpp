#include "jobs/presence.hpp"

#include <string>
#include <string_view>

namespace medialith::jobs {
namespace {

// Before the server's name. Jobs and disk stores have names without a space.
constexpr std::string_view kPrefix = "server ";

std::string lease_of(const Server& server) { return std::string(kPrefix) + server.name; }

}  // namespace

Task<Result<void>> Presence::announce() {
  const std::string name = lease_of(server_);
  const Time now = clock_.now();
  auto put = [&](db::Transaction& tx) -> Result<void> {
    // Those that were killed: long ago, or at our place.
    tx.later({"DELETE FROM {leases} WHERE name LIKE 'server %' AND name <> $1 AND (expires_at <= $2 OR place = $3)",
              std::string_view(name), now - kLongestLease, std::string_view(server_.place)});
    tx.later(
        {"INSERT INTO {leases} (name, fence, holder, place, expires_at) VALUES ($1, 1, $2, $3, $4)"
         " ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at WHERE {leases}.fence = 1",
         std::string_view(name), std::string_view(server_.name), std::string_view(server_.place), now + kPresent});
    return {};
  };
  co_return co_await database_.write(put);
}

Task<Result<void>> Presence::leave() {
  const std::string name = lease_of(server_);
  const Time left = clock_.now();
  auto put = [&](db::Transaction& tx) -> Result<void> {
    // Not deleted: an announcement that is on its way would put it back. Others' announcements clear it away later.
    tx.later(
        {"INSERT INTO {leases} (name, fence, holder, place, expires_at) VALUES ($1, 2, $2, $3, $4)"
         " ON CONFLICT (name) DO UPDATE SET fence = excluded.fence, expires_at = excluded.expires_at",
         std::string_view(name), std::string_view(server_.name), std::string_view(server_.place), left});
    return {};
  };
  co_return co_await database_.write(put);
}

Result<std::optional<LeaseHolder>> find_working_server(db::Connection& connection, Time now) {
  return connection.find({"SELECT holder, expires_at FROM {leases} WHERE expires_at > $1 AND expires_at <= $2"
                          " ORDER BY expires_at DESC LIMIT 1",
                          now, now + kLongestLease},
                         [](const db::Row& row) { return LeaseHolder{std::string(row.text(0)), row.time(1)}; });
}

}  // namespace medialith::jobs
