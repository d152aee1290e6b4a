#include "jobs/lease.hpp"

namespace medialith::jobs {

Result<std::optional<Lease>> take_lease(db::Transaction& tx, std::string_view name, const Server& server, Time now,
                                        std::chrono::milliseconds length) {
  std::optional<Lease> lease;
  TRY(tx.ask(
      {{"INSERT INTO {leases} (name, fence, holder, place, expires_at) VALUES ($1, 1, $2, $3, $4)"
        " ON CONFLICT (name) DO UPDATE SET fence = {leases}.fence + 1, holder = excluded.holder,"
        " place = excluded.place, expires_at = excluded.expires_at"
        " WHERE {leases}.expires_at <= $5 OR {leases}.expires_at > $6"
        " OR ({leases}.place = excluded.place AND {leases}.holder <> excluded.holder)"
        " RETURNING fence",
        name, std::string_view(server.name), std::string_view(server.place), now + length, now, now + kLongestLease},
       [&](const db::Row& row) { lease = Lease{std::string(name), row.integer(0)}; }}));
  return lease;
}

Result<bool> renew_lease(db::Transaction& tx, const Lease& lease, Time until) {
  TRY(tx.ask({{"UPDATE {leases} SET expires_at = $3 WHERE name = $1 AND fence = $2", std::string_view(lease.name),
               lease.fence, until}}));
  return tx.changes() == 1;
}

Result<bool> give_back_lease(db::Transaction& tx, const Lease& lease) {
  // The fence too, so that a renewal that is on its way finds nothing.
  TRY(tx.ask({{"UPDATE {leases} SET fence = fence + 1, expires_at = $3 WHERE name = $1 AND fence = $2",
               std::string_view(lease.name), lease.fence, Time{0}}}));
  return tx.changes() == 1;
}

Result<std::optional<LeaseHolder>> find_lease_holder(db::Connection& connection, std::string_view name) {
  return connection.find({"SELECT holder, expires_at FROM {leases} WHERE name = $1", name},
                         [](const db::Row& row) { return LeaseHolder{std::string(row.text(0)), row.time(1)}; });
}

}  // namespace medialith::jobs
