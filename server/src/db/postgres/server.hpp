// What a PostgreSQL server says of itself when we come to it.
#pragma once

#include <cstdint>
#include <string>

#include "db/postgres/postgres_database.hpp"
#include "db/postgres/session.hpp"

namespace medialith::db::postgres {

inline constexpr std::int64_t kOldestVersion = 130'000;

struct ServerFacts {
  std::int64_t version = 0;  ///< as server_version_num
  std::string version_text;
  bool in_recovery = false;  ///< a standby: it takes no writes
  bool direct = false;       ///< no pooler stands between
  bool neon = false;
  /// Since when this server's memory lasts: another text after a crash, a restart or a failover. A transaction's id may
  /// be given again then, so what became of it can be asked only of the same incarnation.
  std::string incarnation;
  std::string
      unsafe;  ///< settings that let an acknowledged write be lost, as `fsync=off, …`; empty when there are none
};

/// One trip.
std::expected<ServerFacts, Trouble> greet(Session& session);

/// Errors: precondition_failed for a server that is too old, or unsafe and refused; unavailable for a standby.
Result<void> accept(const ServerFacts& facts, UnsafeServer unsafe);

}  // namespace medialith::db::postgres
