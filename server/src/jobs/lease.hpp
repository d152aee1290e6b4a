// Leases: who may do what only one server may do, kept in the database (table `leases`).
//
// A lease ends by the database's clock (db::SharedClock), so that servers whose own clocks are wrong agree on it. What
// keeps two from acting at once is not the clock but the fence: each taking raises it, and every write of the holder
// first renews its lease by the fence it took. A holder that stood still for too long finds it changed and stops.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "db/database.hpp"

namespace medialith::jobs {

/// Who takes leases.
struct Server {
  std::string name;   ///< unique to the process, and readable
  std::string place;  ///< of two processes with one place the older one is dead: its leases may be taken at once
};

/// No lease is longer; what seems to be was taken before the database's clock was set back.
inline constexpr std::chrono::hours kLongestLease{1};

struct Lease {
  std::string name;
  std::int64_t fence = 0;
};

/// Takes the lease until `now + length`; nullopt when another server holds it. Asks once.
Result<std::optional<Lease>> take_lease(db::Transaction& tx, std::string_view name, const Server& server, Time now,
                                        std::chrono::milliseconds length);
/// The first statement of whatever the holder writes: its row stays locked until the transaction's end. Holds the lease
/// for longer; one that has expired and that nobody took is still held. False: another server has it.
Result<bool> renew_lease(db::Transaction& tx, const Lease& lease, Time until);
/// Anybody may take it from now on. False: another server has it already.
Result<bool> give_back_lease(db::Transaction& tx, const Lease& lease);

struct LeaseHolder {
  std::string name;
  Time until;
};
/// Who took the lease last; nullopt when nobody ever did.
Result<std::optional<LeaseHolder>> find_lease_holder(db::Connection& connection, std::string_view name);

}  // namespace medialith::jobs
